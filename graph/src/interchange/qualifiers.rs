//! What narrows a relation, as an object of texts.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

use super::EntityRef;
use crate::model::{EntityKind, Qualifiers, TextQualifier};

/// The qualifiers of a relation line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct QualifiersLine {
    /// An id of the file, or else the name of a product.
    pub product: Option<String>,
    /// An id of the file, or else the name of a stage.
    pub stage: Option<String>,
    /// Everything else.
    pub texts: BTreeMap<TextQualifier, String>,
}

const PRODUCT: &str = "product";
const STAGE: &str = "stage";

impl QualifiersLine {
    /// The line of a relation's qualifiers.
    pub fn new<E: AsRef<str>>(qualifiers: &Qualifiers<E>) -> Self {
        let id = |entity: &Option<E>| entity.as_ref().map(|e| e.as_ref().to_owned());
        Self {
            product: id(&qualifiers.product),
            stage: id(&qualifiers.stage),
            texts: qualifiers.texts.clone(),
        }
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.product.is_none() && self.stage.is_none() && self.texts.is_empty()
    }

    pub(super) fn to_model(&self) -> Qualifiers<EntityRef<'_>> {
        Qualifiers {
            product: self
                .product
                .as_deref()
                .map(|text| EntityRef::IdOrName(EntityKind::Product, text)),
            stage: self.stage.as_deref().map(|text| EntityRef::IdOrName(EntityKind::Stage, text)),
            texts: self.texts.clone(),
        }
    }
}

impl Serialize for QualifiersLine {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(None)?;
        for (key, value) in [(PRODUCT, &self.product), (STAGE, &self.stage)] {
            if let Some(value) = value {
                map.serialize_entry(key, value)?;
            }
        }
        for (key, value) in &self.texts {
            map.serialize_entry(key.as_str(), value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for QualifiersLine {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_map(Entries)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = QualifiersLine;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of qualifiers")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<QualifiersLine, A::Error> {
        let mut line = QualifiersLine::default();
        while let Some((key, value)) = map.next_entry::<String, Option<String>>()? {
            let Some(value) = value else {
                known(&key)?;
                continue;
            };
            let earlier = match key.as_str() {
                PRODUCT => line.product.replace(value),
                STAGE => line.stage.replace(value),
                _ => line.texts.insert(text_qualifier(&key)?, value),
            };
            if earlier.is_some() {
                return Err(A::Error::custom(format_args!("the qualifier `{key}` is given twice")));
            }
        }
        Ok(line)
    }
}

fn known<E: Error>(key: &str) -> Result<(), E> {
    if matches!(key, PRODUCT | STAGE) { Ok(()) } else { text_qualifier(key).map(|_| ()) }
}

fn text_qualifier<E: Error>(key: &str) -> Result<TextQualifier, E> {
    TextQualifier::ALL.iter().copied().find(|q| q.as_str() == key).ok_or_else(|| {
        let texts: Vec<&str> = TextQualifier::ALL.iter().map(|q| q.as_str()).collect();
        E::custom(format_args!(
            "unknown qualifier `{key}`; known are: {PRODUCT}, {STAGE}, {}",
            texts.join(", ")
        ))
    })
}
