//! Entities: a stable id and a kind. Everything else about one is a claim.

use super::name::NameKey;
use super::vocabulary::{id_type, vocabulary};

id_type! {
    /// Identifies an entity for ever: UUIDv5 over its kind and the normalised name it was first
    /// declared with. A rename, an alias or a merge never changes it.
    EntityId
}

id_type! {
    /// Identifies one merge of entities, so that it can be undone.
    MergeId
}

impl EntityId {
    /// The id of an entity of this kind first declared under this name, on every machine.
    pub fn derive(kind: EntityKind, name: &NameKey) -> Self {
        Self::from_uuid(super::derive_id(&["entity", kind.as_str(), name.as_str()]))
    }
}

impl MergeId {
    /// The id of the merge that a command makes: over what is kept, what is absorbed and the
    /// position of the log it was decided at, so that the same pair can be merged again later.
    pub fn derive(keep: EntityId, absorbed: &[EntityId], at: u64) -> Self {
        let mut parts = vec!["merge".to_owned(), keep.to_string(), at.to_string()];
        parts.extend(absorbed.iter().map(ToString::to_string));
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        Self::from_uuid(super::derive_id(&parts))
    }
}

vocabulary! {
    /// What an entity is. Labels and meanings stand in [`super::ontology`].
    EntityKind, "entity kind", {
        /// 企业: a registered company or group.
        Firm = "FIRM",
        /// 产业集群: an officially named concentration of one industry in one place.
        Cluster = "CLUSTER",
        /// 产业链 / 赛道: an industry spoken of as one.
        Chain = "CHAIN",
        /// 环节: a link of a chain.
        Stage = "STAGE",
        /// 小镇: a characteristic town, a platform for one industry.
        Town = "TOWN",
        /// 园区: development zone, park, science city, new town, resort.
        Park = "PARK",
        /// 科创平台: laboratory, institute, innovation centre, pilot-scale platform.
        Platform = "PLATFORM",
        /// 网络: a named set of towns and platforms.
        Network = "NETWORK",
        /// 行政区: province, city, district, county, township.
        Region = "REGION",
        /// 高校: a university or a school of one.
        University = "UNIVERSITY",
        /// 组织: association, learned society, alliance.
        Organization = "ORGANIZATION",
        /// 部门: party or government body.
        Agency = "AGENCY",
        /// 产品: a product, model, material, equipment.
        Product = "PRODUCT",
        /// 技术: technology, process, method, application scenario.
        Technology = "TECHNOLOGY",
        /// 项目: a named investment or construction project, base, line.
        Project = "PROJECT",
        /// 政策: policy, reform, programme, plan, published case.
        Policy = "POLICY",
        /// 荣誉: award, list, tier of a list.
        Honour = "HONOUR",
        /// 活动: conference, contest, fair.
        Occasion = "OCCASION",
        /// 人物: a person named in their public role.
        Person = "PERSON",
    }
}
