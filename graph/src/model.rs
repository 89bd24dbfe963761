//! What can be said about the ecosystem: types that cannot hold nonsense.
//!
//! Nothing here reads a clock, draws a random number or does I/O, and nothing here imports the
//! rest of this crate. The names are those of the glossary, the same in events, GraphQL and docs.

mod claim;
mod date;
mod document;
mod draft;
mod entity;
mod evidence;
pub mod form;
mod hanzi;
mod identifier;
mod name;
mod observation;
pub mod ontology;
mod relation;
mod role;
mod vocabulary;

pub use claim::{ClaimId, ClaimStatus, Confidence, ConfidenceError, RoleHeld, Statement, Verdict};
pub use date::{DateError, FuzzyDate, Period, Validity};
pub use document::{Document, DocumentError, DocumentId, DocumentMeta, MAX_TEXT_BYTES};
pub use draft::{ClaimDraft, Drafts, EntityDraft, LocalEntity};
pub use entity::{EntityId, EntityKind, MergeId};
pub use evidence::{Evidence, QuoteError, Span};
pub use identifier::{Identifier, IdentifierError, IdentifierScheme};
pub use name::{MAX_NAME_CHARS, Name, NameError, NameKey};
pub use observation::{Comparator, Observation, ObservationError};
pub use relation::{
    Modality, Predicate, Qualifiers, RelationId, RelationKey, RelationStatement, TextQualifier,
};
pub use role::{Role, RoleBasis};
pub use vocabulary::UnknownWord;

pub(crate) use hanzi::{simplified, stands_alone};

use uuid::Uuid;

/// Namespace of every deterministic id; changing it would change every id ever given.
pub(crate) const NAMESPACE: Uuid = Uuid::from_u128(0x6c69_616e_7a68_7500_8e93_be0f_e8bf_9e7a);

/// Derives an id from the parts that identify a thing: UUIDv5 over the parts, NUL between them.
pub(crate) fn derive_id(parts: &[&str]) -> Uuid {
    Uuid::new_v5(&NAMESPACE, parts.join("\0").as_bytes())
}
