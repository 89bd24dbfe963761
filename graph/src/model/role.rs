//! Roles of a firm: dated claims, not kinds.

use super::vocabulary::vocabulary;

vocabulary! {
    /// What a firm is said to be in its industry. Official roles expire.
    Role, "role", {
        /// 链主: anchors a chain, cluster or town.
        ChainLeader = "CHAIN_LEADER",
        /// 龙头 / 头部 / 领军.
        Leading = "LEADING",
        /// 骨干.
        Backbone = "BACKBONE",
        /// 世界500强.
        FortuneGlobal500 = "FORTUNE_GLOBAL_500",
        /// 独角兽.
        Unicorn = "UNICORN",
        /// 专精特新“小巨人”.
        LittleGiant = "LITTLE_GIANT",
        /// 专精特新中小企业.
        SpecializedSme = "SPECIALIZED_SME",
        /// 国家高新技术企业.
        HighTech = "HIGH_TECH",
        /// 科技型中小企业.
        TechSme = "TECH_SME",
        /// 上市公司.
        Listed = "LISTED",
    }
}

vocabulary! {
    /// Who gave the role: an authority's list, or a writer's words. Kept apart.
    RoleBasis, "role basis", {
        /// By a list or an authority.
        Designated = "DESIGNATED",
        /// By a writer.
        Described = "DESCRIBED",
    }
}
