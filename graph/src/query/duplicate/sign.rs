//! THE table of signs that two entities are one, or two: what each weighs, and how it is said.

use std::sync::Arc;

use crate::model::Identifier;
use crate::state::{EntityIx, RelationIx};
use crate::view::View;

/// How many shared neighbours a sentence names.
const NAMED_MAX: usize = 3;

/// More shared neighbours than weigh so much say nothing more: competitors share customers too.
const SHARED_MAX_BITS: f64 = 3.0;

/// A sign that two entities are one, or that they are two.
#[derive(Debug, Clone, PartialEq)]
pub enum Sign {
    /// One identifier, of a register that gives each to one entity.
    SameIdentifier(Identifier),
    /// A name of one is a name of the other.
    SameName {
        /// The name.
        name: Arc<str>,
        /// Whether it is a registered full name.
        is_full: bool,
    },
    /// Two names are one without places, legal form and class word.
    SameCore {
        /// What is left of both.
        core: String,
    },
    /// A name is a short form (简称) of the other.
    ShortName {
        /// The short form.
        short: Arc<str>,
        /// The longer name.
        long: Arc<str>,
        /// How it is made of the longer one.
        how: Shortened,
    },
    /// Two names sound alike, tones aside.
    SameSound {
        /// A name of the first.
        a: Arc<str>,
        /// A name of the second.
        b: Arc<str>,
        /// Characters of what is their own.
        chars: usize,
    },
    /// What is their own of two names differs by one character: missing, added, other or swapped.
    NearName {
        /// A name of the first.
        a: Arc<str>,
        /// A name of the second.
        b: Arc<str>,
        /// Characters of the longer.
        chars: usize,
    },
    /// Both lie in one place, or one's place in the other's.
    SamePlace(EntityIx),
    /// They have neighbours in common, over the same relations.
    SharedNeighbours {
        /// Whom, those with the fewest relations first.
        shared: Vec<EntityIx>,
        /// Σ 1 / ln(relations of each) over them (Adamic and Adar 2003).
        adamic_adar: f64,
    },
    /// Two identifiers of a register that gives an entity only one.
    OtherIdentifier(Identifier, Identifier),
    /// Two places of one level, neither of which lies in the other.
    OtherPlace(EntityIx, EntityIx),
    /// Both have registered full names, and they differ in what is their own.
    OtherFullName(Arc<str>, Arc<str>),
    /// Their names number them as others of a series, or only one of them.
    OtherNumber {
        /// A name of the first.
        a: Arc<str>,
        /// A name of the second.
        b: Arc<str>,
        /// Whether both have a number.
        both: bool,
    },
    /// Regions of different units: a 省 and a 市.
    OtherUnit(&'static str, &'static str),
    /// The name of one says that it is a part of something.
    Branch(&'static str),
    /// A relation between the two: it takes two to have one.
    Related(RelationIx),
    /// The name that they share fits others too.
    FitsOthers {
        /// How many.
        others: usize,
    },
}

/// How a short name is made of a longer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortened {
    /// Its beginning, places aside.
    Beginning,
    /// It stands behind two characters that may be a place nobody has named.
    BehindAPlace,
    /// Some of its characters in their order, the first among them: 北大 of 北京大学.
    Characters,
}

impl Sign {
    /// What it weighs, in bits: the binary logarithm of how much likelier one meets it between two
    /// names of one entity than between entities that are two (Fellegi and Sunter 1969). Negative
    /// for signs of two. Set by hand and held by examples; they are no measured rates.
    pub fn bits(&self) -> f64 {
        let by_chars = |chars: usize, two: f64, three: f64, more: f64| match chars {
            0 | 1 => -9.0,
            2 => two,
            3 => three,
            _ => more,
        };
        match self {
            Self::SameIdentifier(_) => 12.0,
            Self::SameName { is_full: true, .. } => 6.0,
            Self::SameName { name, .. } => by_chars(name.chars().count(), 2.0, 3.0, 4.0),
            Self::SameCore { core } => by_chars(core.chars().count(), 1.0, 2.0, 3.0),
            Self::ShortName { short, how, .. } => {
                let chars = short.chars().count();
                match how {
                    Shortened::Beginning => by_chars(chars, 0.5, 1.0, 2.0),
                    Shortened::BehindAPlace => by_chars(chars, -1.0, 0.5, 1.5),
                    Shortened::Characters => by_chars(chars, -0.5, 0.5, 1.0),
                }
            }
            Self::SameSound { chars, .. } => by_chars(*chars, -1.0, 0.0, 1.5),
            Self::NearName { chars, .. } => match chars {
                ..6 => -1.0,
                6..8 => 0.5,
                _ => 1.0,
            },
            Self::SamePlace(_) => 1.0,
            Self::SharedNeighbours { adamic_adar, .. } => adamic_adar.min(SHARED_MAX_BITS),
            Self::OtherIdentifier(..) => -12.0,
            Self::OtherPlace(..) | Self::OtherFullName(..) | Self::OtherUnit(..) => -4.0,
            Self::OtherNumber { both: true, .. } => -6.0,
            Self::OtherNumber { both: false, .. } => -3.0,
            Self::Branch(_) | Self::Related(_) => -5.0,
            Self::FitsOthers { .. } => -1.5,
        }
    }

    /// The most that signs other than of names and identifiers can add.
    pub(super) const MORE_BITS_MAX: f64 = 1.0 + SHARED_MAX_BITS;

    /// Whether it speaks for one.
    pub(super) fn is_for(&self) -> bool {
        matches!(
            self,
            Self::SameIdentifier(_)
                | Self::SameName { .. }
                | Self::SameCore { .. }
                | Self::ShortName { .. }
                | Self::SameSound { .. }
                | Self::NearName { .. }
                | Self::SamePlace(_)
                | Self::SharedNeighbours { .. }
        )
    }

    /// The sign in words, in Chinese as the sentences of claims are.
    pub fn sentence(&self, view: &View) -> String {
        let name = |entity: EntityIx| view.name(entity);
        match self {
            Self::SameIdentifier(id) => format!("{} 相同：{}", id.scheme(), id.value()),
            Self::SameName { name, .. } => format!("同名“{name}”"),
            Self::SameCore { core } => format!("除去地名和组织形式，同为“{core}”"),
            Self::ShortName { short, long, .. } => format!("“{short}”是“{long}”的简称"),
            Self::SameSound { a, b, .. } => format!("“{a}”与“{b}”读音相同"),
            Self::NearName { a, b, .. } => format!("“{a}”与“{b}”只差一字"),
            Self::SamePlace(place) => format!("同在 {}", name(*place)),
            Self::SharedNeighbours { shared, adamic_adar } => {
                let named: Vec<String> =
                    shared.iter().take(NAMED_MAX).map(|e| name(*e).to_string()).collect();
                let more = if shared.len() > NAMED_MAX { "等" } else { "" };
                format!(
                    "有 {} 个共同的关联方：{}{more}（Adamic–Adar {adamic_adar:.1}）",
                    shared.len(),
                    named.join("、")
                )
            }
            Self::OtherIdentifier(a, b) => {
                format!("但 {} 不同：{} 与 {}", a.scheme(), a.value(), b.value())
            }
            Self::OtherPlace(a, b) => format!("但一在 {}，一在 {}", name(*a), name(*b)),
            Self::OtherFullName(a, b) => format!("但登记的全称不同：“{a}”与“{b}”"),
            Self::OtherNumber { a, b, both: true } => format!("但编号不同：“{a}”与“{b}”"),
            Self::OtherNumber { a, b, both: false } => {
                format!("但“{a}”与“{b}”只有一个有编号")
            }
            Self::OtherUnit(a, b) => format!("但一为{a}，一为{b}"),
            Self::Branch(word) => format!("但其一是{word}"),
            Self::Related(relation) => {
                let claims = view.relation(*relation).map(|found| found.claims).unwrap_or_default();
                let said = claims.first().map(|claim| view.sentence(*claim)).unwrap_or_default();
                format!("但二者之间有关系：{said}")
            }
            Self::FitsOthers { others } => format!("但这个名称也合于另外 {others} 个"),
        }
    }
}
