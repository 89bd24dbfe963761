//! Relations: who stands to whom in what relation, and what makes two statements of one the same.

use std::collections::BTreeMap;

use uuid::fmt::Hyphenated;

use super::date::Validity;
use super::entity::EntityId;
use super::vocabulary::{id_type, vocabulary};

id_type! {
    /// Identifies a relation: UUIDv5 over its [`RelationKey`]. Validity, confidence and claims
    /// never change it.
    RelationId
}

vocabulary! {
    /// The relations that exist. Domains, ranges, labels and meanings stand in
    /// [`super::ontology`].
    Predicate, "predicate", {
        /// 引领.
        Leads = "LEADS",
        /// 属于, as an actor.
        MemberOf = "MEMBER_OF",
        /// 组成, as a structural part.
        PartOf = "PART_OF",
        /// 位于.
        LocatedIn = "LOCATED_IN",
        /// 聚焦.
        FocusesOn = "FOCUSES_ON",
        /// 依托.
        ReliesOn = "RELIES_ON",
        /// 供应.
        Supplies = "SUPPLIES",
        /// 上游于: stage to stage, from chain templates only.
        Feeds = "FEEDS",
        /// 生产.
        Produces = "PRODUCES",
        /// 研发.
        Develops = "DEVELOPS",
        /// 采用.
        Uses = "USES",
        /// 用于.
        UsedIn = "USED_IN",
        /// 裂变自.
        SpunOffFrom = "SPUN_OFF_FROM",
        /// 控股.
        Owns = "OWNS",
        /// 投资.
        InvestsIn = "INVESTS_IN",
        /// 建设.
        Builds = "BUILDS",
        /// 运营.
        Operates = "OPERATES",
        /// 孵化.
        Incubates = "INCUBATES",
        /// 合作: stored once, read both ways.
        PartnersWith = "PARTNERS_WITH",
        /// 获得.
        Awarded = "AWARDED",
        /// 由…发布.
        IssuedBy = "ISSUED_BY",
        /// 主办.
        Organizes = "ORGANIZES",
        /// 参加.
        ParticipatesIn = "PARTICIPATES_IN",
        /// 推行.
        Implements = "IMPLEMENTS",
        /// 任职.
        AffiliatedWith = "AFFILIATED_WITH",
    }
}

vocabulary! {
    /// Whether a fact holds or is a plan.
    Modality, "modality", {
        /// It is so.
        Actual = "ACTUAL",
        /// 将, 拟, 计划, 力争: hoped for or planned.
        Planned = "PLANNED",
    }
}

vocabulary! {
    /// Qualifiers whose value is text. (`product` and `stage` hold entities.)
    TextQualifier, "qualifier", {
        /// The word for the role played: 链主, 依托.
        Role = "role",
        /// `upstream`, `midstream` or `downstream`.
        Position = "position",
        /// What part of the source or target is meant.
        Scope = "scope",
        /// The manner: 内生裂变.
        Mode = "mode",
        /// A share held, as written.
        Share = "share",
        /// An amount, as written.
        Amount = "amount",
        /// What the relation is about.
        Topic = "topic",
        /// A post held: 教授.
        Title = "title",
        /// A rank in a list or contest.
        Rank = "rank",
        /// An edition or batch: 首批.
        Edition = "edition",
        /// How often.
        Count = "count",
        /// `unknown` where a list against a list leaves open who goes with what.
        Distributive = "distributive",
    }
}

/// What narrows a relation: a product, a stage, and texts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Qualifiers<E> {
    /// The product supplied or meant.
    pub product: Option<E>,
    /// The stage of the chain in which it holds.
    pub stage: Option<E>,
    /// Everything else, as text.
    pub texts: BTreeMap<TextQualifier, String>,
}

impl<E> Qualifiers<E> {
    /// No qualifier at all.
    pub const fn none() -> Self {
        Self { product: None, stage: None, texts: BTreeMap::new() }
    }
}

/// One statement of a relation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelationStatement<E> {
    /// Which relation.
    pub predicate: Predicate,
    /// Its first end.
    pub source: E,
    /// Its second end.
    pub target: E,
    /// What narrows it.
    pub qualifiers: Qualifiers<E>,
    /// When it held, as stated.
    pub validity: Validity,
    /// Whether it is a plan.
    pub modality: Modality,
}

/// What makes two statements speak of one relation: predicate, both ends, and the qualifiers
/// `product`, `stage` and `role`. A symmetric predicate's ends are ordered. `R` is how the role word
/// is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelationKey<E, R = String> {
    /// Which relation.
    pub predicate: Predicate,
    /// Its first end (the smaller one where the predicate is symmetric).
    pub source: E,
    /// Its second end.
    pub target: E,
    /// The product supplied.
    pub product: Option<E>,
    /// The stage in which it holds.
    pub stage: Option<E>,
    /// The role word.
    pub role: Option<R>,
}

impl<E: Copy + Ord> RelationStatement<E> {
    /// Whether it names the ends of a symmetric relation the other way round than the key does.
    pub fn is_turned(&self) -> bool {
        super::ontology::rule(self.predicate).symmetric && self.target < self.source
    }

    /// The key of the relation that it speaks of.
    pub fn key(&self) -> RelationKey<E> {
        let (mut source, mut target) = (self.source, self.target);
        if self.is_turned() {
            std::mem::swap(&mut source, &mut target);
        }
        RelationKey {
            predicate: self.predicate,
            source,
            target,
            product: self.qualifiers.product,
            stage: self.qualifiers.stage,
            role: self.qualifiers.texts.get(&TextQualifier::Role).cloned(),
        }
    }
}

impl RelationId {
    /// The id of the relation with this key, on every machine.
    pub fn derive(key: &RelationKey<EntityId>) -> Self {
        // Done for every relation of a log that is replayed: texts of ids stand on the stack.
        let mut buffers = [[0_u8; Hyphenated::LENGTH]; 4];
        let ids = [Some(key.source), Some(key.target), key.product, key.stage];
        let mut texts = [""; 4];
        for ((text, buffer), id) in texts.iter_mut().zip(&mut buffers).zip(ids) {
            *text = id.map_or("", |id| id.uuid().hyphenated().encode_lower(buffer));
        }
        let [source, target, product, stage] = texts;
        let role = key.role.as_deref().unwrap_or_default();
        let predicate = key.predicate.as_str();
        Self::from_uuid(super::derive_id(&[
            "relation", predicate, source, target, product, stage, role,
        ]))
    }
}
