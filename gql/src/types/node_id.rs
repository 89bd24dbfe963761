//! Relay's node ids: opaque text over a type and a UUID, so the same on every machine that replays
//! the same log.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use graph::model::{ClaimId, DocumentId, EntityId, MergeId, RelationId};
use uuid::Uuid;

use crate::error::Problem;

/// What a node id names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NodeId {
    Entity(EntityId),
    Relation(RelationId),
    Claim(ClaimId),
    Document(DocumentId),
    Merge(MergeId),
    Event(store::Seq),
}

impl NodeId {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (tag, rest) = bytes.split_first()?;
        if *tag == b'v' {
            return Some(Self::Event(store::Seq::new(u64::from_be_bytes(rest.try_into().ok()?))));
        }
        let uuid = Uuid::from_slice(rest).ok()?;
        match tag {
            b'e' => Some(Self::Entity(EntityId::from_uuid(uuid))),
            b'r' => Some(Self::Relation(RelationId::from_uuid(uuid))),
            b'c' => Some(Self::Claim(ClaimId::from_uuid(uuid))),
            b'd' => Some(Self::Document(DocumentId::from_uuid(uuid))),
            b'm' => Some(Self::Merge(MergeId::from_uuid(uuid))),
            _ => None,
        }
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tag, uuid) = match self {
            Self::Entity(id) => (b'e', id.uuid()),
            Self::Relation(id) => (b'r', id.uuid()),
            Self::Claim(id) => (b'c', id.uuid()),
            Self::Document(id) => (b'd', id.uuid()),
            Self::Merge(id) => (b'm', id.uuid()),
            Self::Event(seq) => {
                let mut bytes = vec![b'v'];
                bytes.extend(seq.get().to_be_bytes());
                return f.write_str(&URL_SAFE_NO_PAD.encode(bytes));
            }
        };
        let mut bytes = vec![tag];
        bytes.extend(uuid.as_bytes());
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

/// Reads an id of one kind of thing: a node id of it, or its plain UUID.
fn read<T>(
    text: &str,
    what: &str,
    of_node: impl Fn(NodeId) -> Option<T>,
    of_uuid: impl Fn(Uuid) -> T,
) -> Result<T, Problem> {
    let by_node = NodeId::parse(text).and_then(of_node);
    let read = by_node.or_else(|| text.parse().ok().map(of_uuid));
    read.ok_or_else(|| {
        Problem::bad_input(format!("`{text}` is not the id of {what}; pass an `id` as answered"))
    })
}

/// The entity that one of the API's opaque ids names, for whoever is handed one elsewhere.
pub fn entity_of_node_id(text: &str) -> Option<EntityId> {
    match NodeId::parse(text)? {
        NodeId::Entity(id) => Some(id),
        _ => None,
    }
}

pub(crate) fn entity_id(text: &str) -> Result<EntityId, Problem> {
    let of_node = |id| match id {
        NodeId::Entity(id) => Some(id),
        _ => None,
    };
    read(text, "an entity", of_node, EntityId::from_uuid)
}

pub(crate) fn relation_id(text: &str) -> Result<RelationId, Problem> {
    let of_node = |id| match id {
        NodeId::Relation(id) => Some(id),
        _ => None,
    };
    read(text, "a relation", of_node, RelationId::from_uuid)
}

pub(crate) fn claim_id(text: &str) -> Result<ClaimId, Problem> {
    let of_node = |id| match id {
        NodeId::Claim(id) => Some(id),
        _ => None,
    };
    read(text, "a claim", of_node, ClaimId::from_uuid)
}

pub(crate) fn document_id(text: &str) -> Result<DocumentId, Problem> {
    let of_node = |id| match id {
        NodeId::Document(id) => Some(id),
        _ => None,
    };
    read(text, "a document", of_node, DocumentId::from_uuid)
}

pub(crate) fn merge_id(text: &str) -> Result<MergeId, Problem> {
    let of_node = |id| match id {
        NodeId::Merge(id) => Some(id),
        _ => None,
    };
    read(text, "a merge", of_node, MergeId::from_uuid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_what_they_write_and_nothing_else() {
        let uuid = Uuid::from_u128(0x1234_5678);
        for id in [
            NodeId::Entity(EntityId::from_uuid(uuid)),
            NodeId::Relation(RelationId::from_uuid(uuid)),
            NodeId::Claim(ClaimId::from_uuid(uuid)),
            NodeId::Document(DocumentId::from_uuid(uuid)),
            NodeId::Merge(MergeId::from_uuid(uuid)),
            NodeId::Event(store::Seq::new(7)),
        ] {
            assert_eq!(NodeId::parse(&id.to_string()), Some(id));
        }
        for text in ["", "e", "科百特", "ZQ", "ZQAAAAAAAAAAAAAAAAAAAAA=", "eAAAAAAAAAAAAAAAAAAAAAA"]
        {
            assert_eq!(NodeId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let uuid = Uuid::from_u128(9);
        let claim = NodeId::Claim(ClaimId::from_uuid(uuid)).to_string();
        assert!(entity_id(&claim).is_err());
        assert_eq!(claim_id(&claim), Ok(ClaimId::from_uuid(uuid)));
        assert_eq!(claim_id(&uuid.to_string()), Ok(ClaimId::from_uuid(uuid)));
    }
}
