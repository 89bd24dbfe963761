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

use sha1::{Digest, Sha1};
use uuid::Uuid;

/// Namespace of every deterministic id; changing it would change every id ever given.
pub(crate) const NAMESPACE: Uuid = Uuid::from_u128(0x6c69_616e_7a68_7500_8e93_be0f_e8bf_9e7a);

/// Derives an id from the parts that identify a thing: UUIDv5 over the parts, NUL between them.
pub(crate) fn derive_id(parts: &[&str]) -> Uuid {
    // As `Uuid::new_v5` of the parts joined, but without joining them, and by a hash that knows the
    // instructions of the processor: every claim and every relation of a log has such an id.
    let mut hasher = Sha1::new_with_prefix(NAMESPACE);
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            hasher.update([0]);
        }
        hasher.update(part);
    }
    let [start @ .., _, _, _, _] = <[u8; 20]>::from(hasher.finalize());
    uuid::Builder::from_sha1_bytes(start).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_version_5_over_the_parts() {
        for parts in [&[][..], &["甲"], &["甲", "", "乙丙"], &["a", &"长".repeat(100)]] {
            let joined = parts.join("\0");
            assert_eq!(derive_id(parts), Uuid::new_v5(&NAMESPACE, joined.as_bytes()));
        }
    }
}
