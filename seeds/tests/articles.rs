//! What the demo articles must yield above all: the answers that the showcase gives.

use graph::model::{
    Comparator, EntityDraft, EntityKind, Modality, Predicate, Role, RoleBasis, Statement,
};
use seeds::RuleExtractor;

use crate::reader::{Read, read};

/// An article of the demo, without its front matter.
fn article(name: &str) -> Read {
    let path = format!("{}/articles/{name}.md", env!("CARGO_MANIFEST_DIR"));
    let file = std::fs::read_to_string(path).unwrap();
    let (front, text) = file.strip_prefix("---\n").unwrap().split_once("\n---\n").unwrap();
    let published = front.lines().find_map(|l| l.strip_prefix("published_on: ")).unwrap();
    read(&RuleExtractor::bundled().unwrap(), text, published)
}

fn supplies(read: &Read, source: &str, target: &str, product: &str) -> bool {
    read.extraction.drafts.claims.iter().any(|claim| match &claim.statement {
        Statement::Relation(r) => {
            r.predicate == Predicate::Supplies
                && read.called(r.source, source)
                && read.called(r.target, target)
                && r.qualifiers.product.is_some_and(|p| read.called(p, product))
        }
        _ => false,
    })
}

#[test]
fn who_leads_the_town_and_what_was_spun_off() {
    let read = article("01-membrane-town");
    assert!(read.relates("科百特", Predicate::Leads, "膜材料小镇"));
    assert!(read.relates("安普鲁薄膜项目", Predicate::SpunOffFrom, "科百特"));
    assert!(!read.relates("科百特", Predicate::LocatedIn, "河上镇"));
}

#[test]
fn which_firms_stand_in_a_chain_and_at_which_stage() {
    let read = article("02-embodied-robots");
    let stage = |firm: &str| {
        read.extraction.drafts.claims.iter().find_map(|claim| match &claim.statement {
            Statement::Relation(r)
                if r.predicate == Predicate::MemberOf && read.called(r.source, firm) =>
            {
                r.qualifiers.stage.map(|s| read.names(s)[0].to_owned())
            }
            _ => None,
        })
    };
    assert_eq!(stage("行思无界").as_deref(), Some("整机"));
    assert!(read.relates("凯尔达", Predicate::LocatedIn, "萧山"));
    for developer in ["浙大科创中心人形机器人创新研究院", "凯尔达", "镜识科技"]
    {
        assert!(read.relates(developer, Predicate::Develops, "黑豹2.0"), "{developer}");
    }
    assert!(!read.relates("凯尔达", Predicate::PartnersWith, "镜识科技"));
}

#[test]
fn a_figure_has_its_year_and_comparator() {
    let read = article("03-turing-town");
    let output = read.extraction.drafts.claims.iter().find_map(|claim| match &claim.statement {
        Statement::Observation(o) if o.metric == "总产出" => Some(o),
        _ => None,
    });
    let output = output.unwrap();
    assert!(read.called(output.subject, "图灵小镇"));
    assert_eq!((output.value, output.unit.as_str()), (34_000_000_000.0, "CNY"));
    assert_eq!(output.comparator, Comparator::Over);
    assert_eq!(output.period.as_ref().unwrap().to_string(), "2024");
    for cluster in ["现代纺织与服装", "节能与新能源汽车及零部件", "数字安防与网络通信"]
    {
        let list = "“浙江制造”省级特色产业集群核心区协同区";
        assert!(read.relates(cluster, Predicate::Awarded, list), "{cluster}");
    }
}

#[test]
fn a_network_claims_what_its_name_says_and_no_member_is_made_up() {
    let read = article("04-golden-ding");
    let claimed = |metric: &str| {
        read.extraction.drafts.claims.iter().find_map(|claim| match &claim.statement {
            Statement::Observation(o) if o.metric == metric => {
                assert_eq!(claim.evidence.as_ref().unwrap().quote, "一镇七星");
                Some(o.value)
            }
            _ => None,
        })
    };
    assert_eq!((claimed("小镇数"), claimed("平台数")), (Some(1.0), Some(7.0)));
    let members = read.extraction.drafts.claims.iter().filter(|claim| {
        matches!(&claim.statement, Statement::Relation(r) if r.predicate == Predicate::MemberOf)
    });
    assert_eq!(members.count(), 0);
}

#[test]
fn the_stated_supply_chain_is_read_link_by_link() {
    let read = article("06-seal-ring-journey");
    for (source, target, product) in [
        ("砺岫新材", "珂砚陶瓷", "高纯碳化硅微粉"),
        ("珂砚陶瓷", "绛帆密封", "碳化硅密封环"),
        ("绛帆密封", "沅朔泵业", "集装式机械密封"),
        ("沅朔泵业", "衡渚装备", "磁力驱动泵"),
        ("衡渚装备", "煜棠材料", "流体输送机组"),
    ] {
        assert!(supplies(&read, source, target, product), "{source} → {target}");
    }
    assert!(!read.relates("衡渚装备", Predicate::Supplies, "沅朔泵业"));
}

#[test]
fn a_plan_is_a_plan_and_a_denied_award_is_none() {
    let read = article("08-wafer-boat-project");
    let planned = read.extraction.drafts.claims.iter().any(|claim| {
        matches!(&claim.statement, Statement::Relation(r)
            if r.predicate == Predicate::Supplies && r.modality == Modality::Planned)
    });
    assert!(planned);
    let read = article("09-fluid-conference");
    assert!(!read.relates("岑野电机", Predicate::Awarded, "2025年澜江省制造业链主企业名单"));
    let leader = read.extraction.drafts.claims.iter().any(|claim| {
        matches!(&claim.statement, Statement::Role(r)
            if r.role == Role::ChainLeader
                && r.basis == RoleBasis::Designated
                && read.called(r.entity, "沅朔泵业"))
    });
    assert!(leader);
}

/// Two districts may each have a town of one trade: without its place the name would be shared,
/// and one town would get what is said of the other.
#[test]
fn a_town_keeps_the_place_that_is_glued_to_its_name() {
    let text = "滨江机器人小镇位于杭州市滨江区，聚焦机器人产业。";
    let read = read(&RuleExtractor::bundled().unwrap(), text, "2025-05-24");
    let towns: Vec<&str> = read
        .extraction
        .drafts
        .entities
        .iter()
        .filter_map(|entity| match entity {
            EntityDraft::Named { kind: EntityKind::Town, name, .. } => Some(name.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(towns, ["滨江机器人小镇"]);
}
