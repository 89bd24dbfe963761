//! THE table: kinds, roles and predicates with labels, domains and ranges. Checks, enums,
//! `lianzhu ontology` and the docs come from it.

use thiserror::Error;

use super::entity::EntityKind::{self, *};
use super::observation::Comparator;
use super::relation::Predicate::{self, *};
use super::relation::TextQualifier;
use super::role::Role;

/// One kind of entity: its labels and meaning.
#[derive(Debug, Clone, Copy)]
pub struct KindEntry {
    /// Which kind.
    pub kind: EntityKind,
    /// Chinese label.
    pub zh: &'static str,
    /// English label.
    pub en: &'static str,
    /// What it is, in English.
    pub meaning: &'static str,
}

/// One role: its labels and whether authorities give it.
#[derive(Debug, Clone, Copy)]
pub struct RoleEntry {
    /// Which role.
    pub role: Role,
    /// Chinese label.
    pub zh: &'static str,
    /// English label.
    pub en: &'static str,
}

/// One predicate: its labels, and the kinds that may stand at either end.
#[derive(Debug, Clone, Copy)]
pub struct PredicateRule {
    /// Which predicate.
    pub predicate: Predicate,
    /// Chinese label, read source to target.
    pub zh: &'static str,
    /// English label, read source to target.
    pub en: &'static str,
    /// Chinese label, read target to source.
    pub inverse_zh: &'static str,
    /// English label, read target to source.
    pub inverse_en: &'static str,
    /// Stored once, read both ways.
    pub symmetric: bool,
    /// Kinds that the source may have.
    pub domain: &'static [EntityKind],
    /// Kinds that the target may have.
    pub range: &'static [EntityKind],
}

/// One qualifier whose value is text: its labels.
#[derive(Debug, Clone, Copy)]
pub struct QualifierEntry {
    /// Which qualifier.
    pub qualifier: TextQualifier,
    /// Chinese label.
    pub zh: &'static str,
    /// English label.
    pub en: &'static str,
}

/// A metric that recurs: its canonical Chinese name and an English label.
#[derive(Debug, Clone, Copy)]
pub struct MetricEntry {
    /// Canonical name, as recorded.
    pub zh: &'static str,
    /// English label.
    pub en: &'static str,
}

/// A relation between kinds that its predicate does not join.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// The source's kind is not in the domain.
    #[error(
        "{predicate} cannot start at a {source_kind} (it ends at a {target_kind}); sources may be: {allowed}"
    )]
    Domain {
        /// The predicate.
        predicate: Predicate,
        /// Kind of the source.
        source_kind: EntityKind,
        /// Kind of the target.
        target_kind: EntityKind,
        /// Kinds that may stand there.
        allowed: String,
    },
    /// The target's kind is not in the range.
    #[error(
        "{predicate} cannot end at a {target_kind} (it starts at a {source_kind}); targets may be: {allowed}"
    )]
    Range {
        /// The predicate.
        predicate: Predicate,
        /// Kind of the source.
        source_kind: EntityKind,
        /// Kind of the target.
        target_kind: EntityKind,
        /// Kinds that may stand there.
        allowed: String,
    },
}

/// Checks that a predicate may join these kinds.
///
/// # Errors
/// [`SignatureError`] that names both kinds and what would be allowed.
pub fn check_signature(
    predicate: Predicate,
    source_kind: EntityKind,
    target_kind: EntityKind,
) -> Result<(), SignatureError> {
    let rule = rule(predicate);
    let list =
        |kinds: &[EntityKind]| kinds.iter().map(|k| k.as_str()).collect::<Vec<_>>().join(", ");
    if !rule.domain.contains(&source_kind) {
        let allowed = list(rule.domain);
        return Err(SignatureError::Domain { predicate, source_kind, target_kind, allowed });
    }
    if !rule.range.contains(&target_kind) {
        let allowed = list(rule.range);
        return Err(SignatureError::Range { predicate, source_kind, target_kind, allowed });
    }
    Ok(())
}

/// The entry of a predicate.
pub fn rule(predicate: Predicate) -> &'static PredicateRule {
    // A test holds that the table stands in the order of the enum.
    &PREDICATES[predicate as usize]
}

/// The entry of a kind.
pub fn kind(kind: EntityKind) -> &'static KindEntry {
    &KINDS[kind as usize]
}

/// The entry of a role.
pub fn role(role: Role) -> &'static RoleEntry {
    &ROLES[role as usize]
}

/// The entry of a text qualifier.
pub fn qualifier(qualifier: TextQualifier) -> &'static QualifierEntry {
    &QUALIFIERS[qualifier as usize]
}

/// How a comparator is said before a figure; nothing for an exact one.
pub fn comparator_zh(comparator: Comparator) -> &'static str {
    match comparator {
        Comparator::Exact => "",
        Comparator::About => "约",
        Comparator::Over => "超",
        Comparator::Under => "不足",
    }
}

/// Actors: whoever can act in the ecosystem.
pub const ACTORS: &[EntityKind] =
    &[Firm, Platform, University, Region, Park, Town, Agency, Organization];

const fn entry(
    kind: EntityKind,
    zh: &'static str,
    en: &'static str,
    meaning: &'static str,
) -> KindEntry {
    KindEntry { kind, zh, en, meaning }
}

/// Every kind, in the order of the enum.
pub const KINDS: &[KindEntry] = &[
    entry(Firm, "企业", "firm", "a registered company or business group"),
    entry(
        Cluster,
        "产业集群",
        "cluster",
        "an officially named concentration of one industry in one place",
    ),
    entry(Chain, "产业链", "chain", "an industry or industrial chain spoken of as one"),
    entry(Stage, "环节", "stage", "a link of a chain"),
    entry(
        Town,
        "小镇",
        "town",
        "a characteristic town: a platform for one industry, not a township",
    ),
    entry(Park, "园区", "park", "development zone, park, science city, new town, resort"),
    entry(
        Platform,
        "科创平台",
        "platform",
        "laboratory, institute, innovation centre or pilot-scale platform",
    ),
    entry(Network, "网络", "network", "a named set of towns and platforms"),
    entry(Region, "行政区", "region", "province, city, district, county or township"),
    entry(University, "高校", "university", "a university or a school of one"),
    entry(Organization, "组织", "organization", "association, learned society or alliance"),
    entry(Agency, "部门", "agency", "party or government body"),
    entry(Product, "产品", "product", "a product, model, material or piece of equipment"),
    entry(
        Technology,
        "技术",
        "technology",
        "a technology, process, method or application scenario",
    ),
    entry(Project, "项目", "project", "a named investment or construction project, base or line"),
    entry(Policy, "政策", "policy", "policy, reform, programme, plan or published case"),
    entry(Honour, "荣誉", "honour", "an award, a list, or a tier of a list"),
    entry(Occasion, "活动", "occasion", "a named conference, contest or fair"),
    entry(Person, "人物", "person", "a person named in their public role"),
];

const fn role_entry(role: Role, zh: &'static str, en: &'static str) -> RoleEntry {
    RoleEntry { role, zh, en }
}

/// Every role, in the order of the enum.
pub const ROLES: &[RoleEntry] = &[
    role_entry(Role::ChainLeader, "链主", "chain leader"),
    role_entry(Role::Leading, "龙头", "leading firm"),
    role_entry(Role::Backbone, "骨干", "backbone firm"),
    role_entry(Role::FortuneGlobal500, "世界500强", "Fortune Global 500"),
    role_entry(Role::Unicorn, "独角兽", "unicorn"),
    role_entry(Role::LittleGiant, "专精特新“小巨人”", "little giant"),
    role_entry(Role::SpecializedSme, "专精特新中小企业", "specialized SME"),
    role_entry(Role::HighTech, "国家高新技术企业", "high-tech enterprise"),
    role_entry(Role::TechSme, "科技型中小企业", "technology SME"),
    role_entry(Role::Listed, "上市公司", "listed company"),
];

const fn directed(
    predicate: Predicate,
    (zh, en): (&'static str, &'static str),
    (inverse_zh, inverse_en): (&'static str, &'static str),
    domain: &'static [EntityKind],
    range: &'static [EntityKind],
) -> PredicateRule {
    PredicateRule { predicate, zh, en, inverse_zh, inverse_en, symmetric: false, domain, range }
}

/// Every predicate, in the order of the enum.
pub const PREDICATES: &[PredicateRule] = &[
    directed(
        Leads,
        ("引领", "leads"),
        ("由…引领", "is led by"),
        &[Firm, Park, Platform],
        &[Town, Cluster, Chain, Stage, Park, Region],
    ),
    directed(
        MemberOf,
        ("属于", "is a member of"),
        ("成员有", "has member"),
        &[Firm, Platform, University, Town, Park],
        &[Cluster, Chain, Stage, Network, Organization],
    ),
    directed(
        PartOf,
        ("组成", "is part of"),
        ("包含", "has part"),
        &[Stage, Product, Technology, Cluster, Chain, Platform, Policy, Honour, Project],
        &[Chain, Cluster, Product, Platform, University, Policy, Honour, Project],
    ),
    directed(
        LocatedIn,
        ("位于", "is located in"),
        ("境内有", "is the location of"),
        &[Firm, Cluster, Town, Park, Platform, Project, Occasion, Region, Network, University],
        &[Region, Park, Town],
    ),
    directed(
        FocusesOn,
        ("聚焦", "focuses on"),
        ("为…所聚焦", "is a focus of"),
        &[Region, Park, Town, Platform, Cluster, Organization],
        &[Chain, Stage, Technology],
    ),
    directed(
        ReliesOn,
        ("依托", "relies on"),
        ("为…所依托", "is relied on by"),
        &[Region, Park, Town, Cluster, Chain, Firm],
        &[Network, Platform, Park, Firm, Cluster],
    ),
    directed(
        Supplies,
        ("供应", "supplies"),
        ("采购自", "is supplied by"),
        &[Firm, Region],
        &[Firm, Project, Chain, Stage],
    ),
    directed(Feeds, ("上游于", "feeds"), ("下游于", "is fed by"), &[Stage], &[Stage]),
    directed(
        Produces,
        ("生产", "produces"),
        ("由…生产", "is produced by"),
        &[Firm, Project, Platform],
        &[Product],
    ),
    directed(
        Develops,
        ("研发", "develops"),
        ("由…研发", "is developed by"),
        &[Firm, Platform, University, Region],
        &[Product, Technology],
    ),
    directed(
        Uses,
        ("采用", "uses"),
        ("为…所采用", "is used by"),
        &[Firm, Project, Platform],
        &[Product, Technology],
    ),
    directed(
        UsedIn,
        ("用于", "is used in"),
        ("使用", "makes use of"),
        &[Product, Technology],
        &[Chain, Stage, Product],
    ),
    directed(
        SpunOffFrom,
        ("裂变自", "was spun off from"),
        ("裂变出", "spun off"),
        &[Project, Firm],
        &[Firm, University, Platform],
    ),
    directed(
        Owns,
        ("控股", "owns"),
        ("由…控股", "is owned by"),
        &[Firm, Agency],
        &[Firm, Project, Platform],
    ),
    directed(
        InvestsIn,
        ("投资", "invests in"),
        ("由…投资", "is invested in by"),
        &[Firm, Agency, Region],
        &[Project, Firm, Platform, Town, Park],
    ),
    directed(
        Builds,
        ("建设", "builds"),
        ("由…建设", "is built by"),
        &[Firm, Region, University, Agency],
        &[Town, Park, Platform, Project],
    ),
    directed(
        Operates,
        ("运营", "operates"),
        ("由…运营", "is operated by"),
        &[Firm, Agency, Organization],
        &[Park, Platform, Town],
    ),
    directed(
        Incubates,
        ("孵化", "incubates"),
        ("由…孵化", "is incubated by"),
        &[Region, Park, Town, Platform, University],
        &[Firm, Project],
    ),
    PredicateRule {
        predicate: PartnersWith,
        zh: "合作",
        en: "partners with",
        inverse_zh: "合作",
        inverse_en: "partners with",
        symmetric: true,
        domain: ACTORS,
        range: ACTORS,
    },
    directed(
        Awarded,
        ("获得", "was awarded"),
        ("授予", "was awarded to"),
        &[
            Firm,
            Cluster,
            Chain,
            Stage,
            Town,
            Park,
            Platform,
            Network,
            Region,
            University,
            Organization,
            Agency,
            Product,
            Technology,
            Project,
            Policy,
            Occasion,
            Person,
        ],
        &[Honour],
    ),
    directed(
        IssuedBy,
        ("由…发布", "is issued by"),
        ("发布", "issues"),
        &[Honour, Policy],
        &[Agency, Region, Occasion, Organization],
    ),
    directed(Organizes, ("主办", "organizes"), ("由…主办", "is organized by"), ACTORS, &[Occasion]),
    directed(
        ParticipatesIn,
        ("参加", "participates in"),
        ("参加者有", "has participant"),
        &[Firm, Platform, University, Region, Park, Town, Agency, Organization, Person],
        &[Occasion],
    ),
    directed(
        Implements,
        ("推行", "implements"),
        ("由…推行", "is implemented by"),
        &[Region, Agency, Firm, Park, Platform],
        &[Policy],
    ),
    directed(
        AffiliatedWith,
        ("任职于", "is affiliated with"),
        ("任职者有", "has affiliate"),
        &[Person],
        ACTORS,
    ),
];

const fn qualifier_entry(
    qualifier: TextQualifier,
    zh: &'static str,
    en: &'static str,
) -> QualifierEntry {
    QualifierEntry { qualifier, zh, en }
}

/// Every text qualifier, in the order of the enum.
pub const QUALIFIERS: &[QualifierEntry] = &[
    qualifier_entry(TextQualifier::Role, "称", "as"),
    qualifier_entry(TextQualifier::Position, "位置", "position"),
    qualifier_entry(TextQualifier::Scope, "范围", "scope"),
    qualifier_entry(TextQualifier::Mode, "方式", "mode"),
    qualifier_entry(TextQualifier::Share, "份额", "share"),
    qualifier_entry(TextQualifier::Amount, "金额", "amount"),
    qualifier_entry(TextQualifier::Topic, "事项", "topic"),
    qualifier_entry(TextQualifier::Title, "职务", "title"),
    qualifier_entry(TextQualifier::Rank, "名次", "rank"),
    qualifier_entry(TextQualifier::Edition, "批次", "edition"),
    qualifier_entry(TextQualifier::Count, "次数", "count"),
    qualifier_entry(TextQualifier::Distributive, "对应", "distribution"),
];

const fn metric(zh: &'static str, en: &'static str) -> MetricEntry {
    MetricEntry { zh, en }
}

/// Metric: how many towns a network claims.
pub const METRIC_TOWNS: &str = "小镇数";
/// Metric: how many platforms a network claims.
pub const METRIC_PLATFORMS: &str = "平台数";

/// Metrics that recur; others are recorded under the words of their source.
pub const METRICS: &[MetricEntry] = &[
    metric(METRIC_TOWNS, "towns"),
    metric(METRIC_PLATFORMS, "platforms"),
    metric("面积", "area"),
    metric("总产出", "total output"),
    metric("总产值", "gross output value"),
    metric("营业收入", "revenue"),
    metric("税收", "tax revenue"),
    metric("总投资", "total investment"),
    metric("新增产值", "added output"),
    metric("企业数", "firms"),
    metric("规上企业数", "firms above designated size"),
    metric("国家高新技术企业数", "high-tech enterprises"),
    metric("科技型中小企业数", "technology SMEs"),
    metric("独角兽企业数", "unicorns"),
    metric("专利数", "patents"),
    metric("市场占有率", "market share"),
    metric("规上工业增加值增速", "growth of industrial added value"),
    metric("工业投资增速", "growth of industrial investment"),
    metric("年节约成本", "yearly saving"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_stand_in_the_order_of_their_enums() {
        assert!(EntityKind::ALL.iter().copied().eq(KINDS.iter().map(|e| e.kind)));
        assert!(Role::ALL.iter().copied().eq(ROLES.iter().map(|e| e.role)));
        assert!(Predicate::ALL.iter().copied().eq(PREDICATES.iter().map(|r| r.predicate)));
        assert!(TextQualifier::ALL.iter().copied().eq(QUALIFIERS.iter().map(|e| e.qualifier)));
    }

    #[test]
    fn a_broken_signature_names_both_kinds() {
        assert!(check_signature(Leads, Firm, Town).is_ok());
        let error = check_signature(Leads, Region, Town).unwrap_err().to_string();
        assert!(error.contains("REGION") && error.contains("TOWN"), "{error}");
        let error = check_signature(Leads, Firm, Product).unwrap_err().to_string();
        assert!(error.contains("FIRM") && error.contains("PRODUCT"), "{error}");
    }
}
