//! Relay's `Node`: whatever has an id.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::{MetaType, MetaTypeId, Registry};
use async_graphql::{
    ContextSelectionSet, ID, OutputType, Positioned, ServerResult, SimpleObject, Value,
};
use graph::view::View;

use super::claim::Claim;
use super::document::Document;
use super::entity::{Entity, KIND_TYPES, Register};
use super::event::{Event, event_at};
use super::node_id::NodeId;
use super::relation::Relation;
use crate::error::Problem;
use crate::request::Scope;

/// Something with an id. It resolves as its own object type.
pub(crate) enum Node {
    Entity(Entity),
    Relation(Relation),
    Claim(Claim),
    Document(Document),
    Event(Event),
}

impl Node {
    /// What an id names in a view; `None` where it names nothing there.
    pub(crate) fn find(scope: &Scope, view: &View, id: &ID) -> Result<Option<Self>, Problem> {
        let named = NodeId::parse(id).ok_or_else(|| {
            Problem::bad_input(format!("`{}` is no id; pass an `id` as answered", id.0))
        })?;
        Ok(match named {
            NodeId::Entity(id) => view.entity(id).map(|ix| Self::Entity(Entity::new(view, ix))),
            NodeId::Relation(id) => {
                let found = view.relation_by_id(id).and_then(|ix| Relation::of(view, ix));
                found.map(Self::Relation)
            }
            NodeId::Claim(id) => view.claim_by_id(id).map(|ix| Self::Claim(Claim::new(view, ix))),
            NodeId::Document(id) => {
                view.document_by_id(id).map(|ix| Self::Document(Document::new(view, ix)))
            }
            NodeId::Event(seq) if seq > store::Seq::ZERO && seq <= view.seq() => {
                Some(Self::Event(event_at(scope, view, seq)?))
            }
            NodeId::Event(_) | NodeId::Merge(_) => None,
        })
    }
}

/// The one field of the interface, for its description.
#[derive(SimpleObject)]
struct NodeFields {
    /// Opaque, stable, and the same on every machine that replays the same log.
    id: ID,
}

impl OutputType for Node {
    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed("Node")
    }

    fn introspection_type_name(&self) -> Cow<'static, str> {
        match self {
            Self::Entity(entity) => entity.introspection_type_name(),
            Self::Relation(_) => Relation::type_name(),
            Self::Claim(_) => Claim::type_name(),
            Self::Document(_) => Document::type_name(),
            Self::Event(_) => Event::type_name(),
        }
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry.create_output_type::<Self, _>(MetaTypeId::Interface, |registry| {
            Entity::create_type_info(registry);
            registry.add_implements("Entity", "Node");
            let mut possible_types: Vec<String> = Vec::new();
            let others: [(Cow<'static, str>, Register); 4] = [
                (Relation::type_name(), Relation::create_type_info),
                (Claim::type_name(), Claim::create_type_info),
                (Document::type_name(), Document::create_type_info),
                (Event::type_name(), Event::create_type_info),
            ];
            let kinds = KIND_TYPES.iter().map(|(name, register)| (name(), *register));
            for (name, register) in kinds.chain(others) {
                register(registry);
                registry.add_implements(&name, "Node");
                possible_types.push(name.into_owned());
            }
            let fields = match registry.create_fake_output_type::<NodeFields>() {
                MetaType::Object { fields, .. } => fields,
                _ => Default::default(),
            };
            MetaType::Interface {
                name: "Node".to_owned(),
                description: Some("Whatever has an id (Relay).".to_owned()),
                fields,
                possible_types: possible_types.into_iter().collect(),
                extends: false,
                keys: None,
                visible: None,
                inaccessible: false,
                tags: Vec::new(),
                rust_typename: Some(std::any::type_name::<Self>()),
                directive_invocations: Vec::new(),
                requires_scopes: Vec::new(),
            }
        })
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        match self {
            Self::Entity(entity) => entity.resolve(ctx, field).await,
            Self::Relation(relation) => relation.resolve(ctx, field).await,
            Self::Claim(claim) => claim.resolve(ctx, field).await,
            Self::Document(document) => document.resolve(ctx, field).await,
            Self::Event(event) => event.resolve(ctx, field).await,
        }
    }
}
