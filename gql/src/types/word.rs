//! The model's closed vocabularies as GraphQL enums. Their words and descriptions come from the
//! model and its ontology, so that a new predicate appears here by itself.

use std::borrow::Cow;
use std::fmt;

use async_graphql::parser::types::Field;
use async_graphql::registry::{Deprecation, MetaEnumValue, MetaType, MetaTypeId, Registry};
use async_graphql::{
    ContextSelectionSet, InputType, InputValueError, InputValueResult, Name, OutputType,
    Positioned, ServerResult, Value,
};
use graph::model::{
    ClaimStatus, Comparator, EntityKind, IdentifierScheme, Modality, Predicate, Role, RoleBasis,
    Verdict, ontology,
};

/// A closed vocabulary of the model.
pub(crate) trait Vocabulary: Copy + fmt::Debug + Send + Sync + 'static {
    const NAME: &'static str;
    const ABOUT: &'static str;
    fn all() -> &'static [Self];
    fn word(self) -> &'static str;
    fn meaning(self) -> String;
}

/// A word of a vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word<V>(pub(crate) V);

/// The words themselves.
pub(crate) fn words<V: Vocabulary>(given: Option<Vec<Word<V>>>) -> Vec<V> {
    given.unwrap_or_default().into_iter().map(|word| word.0).collect()
}

fn describe<V: Vocabulary>(registry: &mut Registry) -> String {
    registry.create_input_type::<Word<V>, _>(MetaTypeId::Enum, |_| {
        let values = V::all().iter().map(|value| {
            let name = value.word().to_owned();
            let meta = MetaEnumValue {
                name: name.clone(),
                description: Some(value.meaning()),
                deprecation: Deprecation::NoDeprecated,
                visible: None,
                inaccessible: false,
                tags: Vec::new(),
                directive_invocations: Vec::new(),
            };
            (name, meta)
        });
        MetaType::Enum {
            name: V::NAME.to_owned(),
            description: Some(V::ABOUT.to_owned()),
            enum_values: values.collect(),
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            rust_typename: Some(std::any::type_name::<Word<V>>()),
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        }
    })
}

impl<V: Vocabulary> InputType for Word<V> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed(V::NAME)
    }

    fn create_type_info(registry: &mut Registry) -> String {
        describe::<V>(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let word = match &value {
            Some(Value::Enum(name)) => Some(name.as_str()),
            Some(Value::String(text)) => Some(text.as_str()),
            _ => None,
        };
        let found = V::all().iter().find(|v| Some(v.word()) == word);
        found.map(|v| Self(*v)).ok_or_else(|| InputValueError::expected_type(value.unwrap_or_default()))
    }

    fn to_value(&self) -> Value {
        Value::Enum(Name::new(self.0.word()))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

impl<V: Vocabulary> OutputType for Word<V> {
    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed(V::NAME)
    }

    fn create_type_info(registry: &mut Registry) -> String {
        describe::<V>(registry)
    }

    async fn resolve(
        &self,
        _ctx: &ContextSelectionSet<'_>,
        _field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        Ok(self.to_value())
    }
}

macro_rules! vocabularies {
    ($($type:ident, $about:literal, $meaning:expr;)+) => {
        $(impl Vocabulary for $type {
            const NAME: &'static str = stringify!($type);
            const ABOUT: &'static str = $about;

            fn all() -> &'static [Self] {
                Self::ALL
            }

            fn word(self) -> &'static str {
                self.as_str()
            }

            fn meaning(self) -> String {
                let meaning: fn(Self) -> String = $meaning;
                meaning(self)
            }
        })+
    };
}

vocabularies! {
    EntityKind, "What an entity is.", |kind| {
        let entry = ontology::kind(kind);
        format!("{}: {}", entry.zh, entry.meaning)
    };
    Predicate, "The relations that exist, read from source to target.", |predicate| {
        let rule = ontology::rule(predicate);
        let symmetric = if rule.symmetric { "; stored once, read both ways" } else { "" };
        format!("{}: {}{symmetric}", rule.zh, rule.en)
    };
    Role, "What a firm is said to be in its industry. Roles are dated claims; official ones expire.", |role| {
        let entry = ontology::role(role);
        format!("{}: {}", entry.zh, entry.en)
    };
    RoleBasis, "Who gave a role.", |basis| match basis {
        RoleBasis::Designated => "By a list or an authority.",
        RoleBasis::Described => "By a writer.",
    }.to_owned();
    Modality, "Whether something is so, or is a plan. What is planned is shown, marked, and left out of supply questions.", |modality| match modality {
        Modality::Actual => "It is so.",
        Modality::Planned => "Planned or hoped for: 将, 拟, 计划, 力争.",
    }.to_owned();
    ClaimStatus, "Where a claim stands. Only accepted claims hold up relations, names and figures.", |status| match status {
        ClaimStatus::Proposed => "Waits for review.",
        ClaimStatus::Accepted => "Holds up what it states.",
        ClaimStatus::Rejected => "Reviewed and refused.",
        ClaimStatus::Retracted => "Withdrawn.",
    }.to_owned();
    Verdict, "What a reviewer decides.", |verdict| match verdict {
        Verdict::Accept => "The claim holds.",
        Verdict::Reject => "It does not.",
    }.to_owned();
    Comparator, "How the words around a figure bound it.", |comparator| match comparator {
        Comparator::Exact => "As stated.",
        Comparator::About => "About: 约, 近, 左右.",
        Comparator::Over => "More than: 超, 逾, 突破, 以上.",
        Comparator::Under => "Less than: 不足, 以内.",
    }.to_owned();
    IdentifierScheme, "Which register an identifier belongs to.", |scheme| match scheme {
        IdentifierScheme::Uscc => "Unified social credit code 统一社会信用代码 (GB 32100).",
        IdentifierScheme::Lei => "Legal entity identifier (ISO 17442).",
        IdentifierScheme::StockCode => "Stock code.",
        IdentifierScheme::Gbt4754 => "Industry code (GB/T 4754).",
        IdentifierScheme::Gbt2260 => "Administrative division code (GB/T 2260).",
        IdentifierScheme::Wikidata => "Wikidata item.",
        IdentifierScheme::Other => "Any other register.",
    }.to_owned();
}
