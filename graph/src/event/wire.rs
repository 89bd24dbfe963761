//! What an event looks like as JSON: structs of this border only, never the model's own types.
//! Externally tagged, without flattening, which decodes about twice as fast.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_with::{DisplayFromStr, serde_as};

use crate::model::{
    ClaimId, ClaimStatus, Comparator, DocumentId, EntityId, EntityKind, FuzzyDate,
    IdentifierScheme, MergeId, Modality, Period, Predicate, Role, RoleBasis, TextQualifier,
    Verdict,
};

#[serde_as]
#[derive(Serialize, Deserialize)]
pub(super) struct DocumentRecorded {
    #[serde_as(as = "DisplayFromStr")]
    pub(super) id: DocumentId,
    pub(super) title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) publisher: Option<String>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) published_on: Option<FuzzyDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) url: Option<String>,
    pub(super) language: String,
    pub(super) sha256: String,
    pub(super) text: String,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
pub(super) struct EntityDeclared {
    #[serde_as(as = "DisplayFromStr")]
    pub(super) id: EntityId,
    #[serde_as(as = "DisplayFromStr")]
    pub(super) kind: EntityKind,
    pub(super) name: String,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
pub(super) struct ClaimRecorded {
    #[serde_as(as = "DisplayFromStr")]
    pub(super) id: ClaimId,
    pub(super) states: States,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) evidence: Option<Evidence>,
    pub(super) confidence: f64,
    pub(super) asserted_by: String,
    #[serde_as(as = "DisplayFromStr")]
    pub(super) status: ClaimStatus,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
pub(super) struct Evidence {
    #[serde_as(as = "DisplayFromStr")]
    pub(super) document: DocumentId,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) quote: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum States {
    Relation(Relation),
    Alias(Text),
    Role(RoleHeld),
    Identifier(Identifier),
    Summary(Text),
    Observation(Observation),
}

#[serde_as]
#[derive(Serialize, Deserialize)]
pub(super) struct Relation {
    #[serde_as(as = "DisplayFromStr")]
    pub(super) predicate: Predicate,
    #[serde_as(as = "DisplayFromStr")]
    pub(super) source: EntityId,
    #[serde_as(as = "DisplayFromStr")]
    pub(super) target: EntityId,
    #[serde_as(as = "Option<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) product: Option<EntityId>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) stage: Option<EntityId>,
    #[serde_as(as = "BTreeMap<DisplayFromStr, _>")]
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) qualifiers: BTreeMap<TextQualifier, String>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) valid_from: Option<FuzzyDate>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) valid_to: Option<FuzzyDate>,
    #[serde_as(as = "DisplayFromStr")]
    pub(super) modality: Modality,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
pub(super) struct Text {
    #[serde_as(as = "DisplayFromStr")]
    pub(super) entity: EntityId,
    pub(super) text: String,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
pub(super) struct RoleHeld {
    #[serde_as(as = "DisplayFromStr")]
    pub(super) entity: EntityId,
    #[serde_as(as = "DisplayFromStr")]
    pub(super) role: Role,
    #[serde_as(as = "DisplayFromStr")]
    pub(super) basis: RoleBasis,
    #[serde_as(as = "Option<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) valid_from: Option<FuzzyDate>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) valid_to: Option<FuzzyDate>,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
pub(super) struct Identifier {
    #[serde_as(as = "DisplayFromStr")]
    pub(super) entity: EntityId,
    #[serde_as(as = "DisplayFromStr")]
    pub(super) scheme: IdentifierScheme,
    pub(super) value: String,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
pub(super) struct Observation {
    #[serde_as(as = "DisplayFromStr")]
    pub(super) subject: EntityId,
    pub(super) metric: String,
    pub(super) value: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) value_max: Option<f64>,
    pub(super) unit: String,
    #[serde_as(as = "DisplayFromStr")]
    pub(super) comparator: Comparator,
    #[serde_as(as = "Option<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) period: Option<Period>,
    #[serde_as(as = "DisplayFromStr")]
    pub(super) modality: Modality,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
pub(super) struct ClaimReviewed {
    #[serde_as(as = "DisplayFromStr")]
    pub(super) claim: ClaimId,
    #[serde_as(as = "DisplayFromStr")]
    pub(super) verdict: Verdict,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
pub(super) struct ClaimRetracted {
    #[serde_as(as = "DisplayFromStr")]
    pub(super) claim: ClaimId,
    pub(super) reason: String,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
pub(super) struct EntitiesMerged {
    #[serde_as(as = "DisplayFromStr")]
    pub(super) merge: MergeId,
    #[serde_as(as = "DisplayFromStr")]
    pub(super) keep: EntityId,
    #[serde_as(as = "Vec<DisplayFromStr>")]
    pub(super) absorbed: Vec<EntityId>,
    pub(super) reason: String,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
pub(super) struct MergeUndone {
    #[serde_as(as = "DisplayFromStr")]
    pub(super) merge: MergeId,
    pub(super) reason: String,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
pub(super) struct MarkedDistinct {
    #[serde_as(as = "DisplayFromStr")]
    pub(super) a: EntityId,
    #[serde_as(as = "DisplayFromStr")]
    pub(super) b: EntityId,
    pub(super) reason: String,
}
