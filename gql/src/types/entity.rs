//! The interface that every kind of entity implements, and the fields that all kinds share.

use std::borrow::Cow;

use async_graphql::Context;
use async_graphql::parser::types::Field;
use async_graphql::registry::{MetaType, MetaTypeId, Registry};
use async_graphql::{ContextSelectionSet, ID, Object, OutputType, Positioned, ServerResult, Value};
use graph::model::{ClaimStatus, EntityKind, Predicate};
use graph::state::{EntityIx, RelationIx};
use graph::view::View;
use petgraph::Direction as Way;

use super::claim::Claim;
use super::event::{Event, event_at};
use super::input::Direction;
use super::kinds::{
    Agency, Chain, Cluster, Firm, Honour, Network, Occasion, Organization, Park, Person, Platform,
    Policy, Product, Project, Region, Stage, Technology, Town, University,
};
use super::node_id::NodeId;
use super::observation::Observation;
use super::relation::Relation;
use super::role::{HeldRole, Identifier};
use super::stats::PredicateCount;
use super::word::{Word, words};
use crate::error::Problem;
use crate::page::{Connection, PAGE, Page, Paging, count};
use crate::request::Scope;

/// An entity of a view, whatever its kind.
#[derive(Clone)]
pub(crate) struct Core {
    pub(crate) view: View,
    pub(crate) ix: EntityIx,
}

/// An entity as the interface `Entity`. It resolves as the object type of its kind.
#[derive(Clone)]
pub(crate) struct Entity(pub(crate) Core);

impl Entity {
    pub(crate) fn new(view: &View, ix: EntityIx) -> Self {
        Self(Core { view: view.clone(), ix })
    }
}

macro_rules! kinds {
    ($($kind:ident),+ $(,)?) => {
        impl OutputType for Entity {
            fn type_name() -> Cow<'static, str> {
                Cow::Borrowed("Entity")
            }

            fn introspection_type_name(&self) -> Cow<'static, str> {
                match self.0.kind() {
                    $(EntityKind::$kind => <$kind as OutputType>::type_name(),)+
                }
            }

            fn create_type_info(registry: &mut Registry) -> String {
                interface::<Self>(registry, &[$((
                    <$kind as OutputType>::type_name(),
                    <$kind as OutputType>::create_type_info,
                )),+])
            }

            async fn resolve(
                &self,
                ctx: &ContextSelectionSet<'_>,
                field: &Positioned<Field>,
            ) -> ServerResult<Value> {
                match self.0.kind() {
                    $(EntityKind::$kind => $kind::from(self.0.clone()).resolve(ctx, field).await,)+
                }
            }
        }

        /// The object types of the kinds, with what registers each.
        pub(crate) const KIND_TYPES: &[(fn() -> Cow<'static, str>, Register)] = &[$((
            <$kind as OutputType>::type_name,
            <$kind as OutputType>::create_type_info,
        )),+];
    };
}

kinds! {
    Firm, Cluster, Chain, Stage, Town, Park, Platform, Network, Region, University, Organization,
    Agency, Product, Technology, Project, Policy, Honour, Occasion, Person,
}

/// Registers a type.
pub(crate) type Register = fn(&mut Registry) -> String;

/// Registers `Entity`: the fields of [`Core`], implemented by every kind. (The derive would repeat
/// every field, its arguments and its description.)
fn interface<E: OutputType>(
    registry: &mut Registry,
    kinds: &[(Cow<'static, str>, Register)],
) -> String {
    registry.create_output_type::<E, _>(MetaTypeId::Interface, |registry| {
        for (name, register) in kinds {
            register(registry);
            registry.add_implements(name, "Entity");
        }
        let fields = match registry.create_fake_output_type::<Core>() {
            MetaType::Object { fields, .. } => fields,
            _ => Default::default(),
        };
        MetaType::Interface {
            name: "Entity".to_owned(),
            description: Some(ABOUT.to_owned()),
            fields,
            possible_types: kinds.iter().map(|(name, _)| name.to_string()).collect(),
            extends: false,
            keys: None,
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            rust_typename: Some(std::any::type_name::<E>()),
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        }
    })
}

const ABOUT: &str = "Anything that the graph knows: firms, clusters, chains, towns, platforms, \
products … A stable id and a kind; everything else about it is a claim. Each kind has its own \
type with fields of its own: ask `... on Firm { suppliers { name } }`.";

#[Object(name = "EntityCore")]
impl Core {
    /// Identifies it for ever, on every machine. Merges and renames never change it.
    pub(crate) async fn id(&self) -> ID {
        NodeId::Entity(self.view.entity_id(self.ix)).into()
    }

    /// What it is.
    #[graphql(name = "kind")]
    pub(crate) async fn kind_word(&self) -> Word<EntityKind> {
        Word(self.kind())
    }

    /// Its preferred name: a firm's registered full name where one is known.
    pub(crate) async fn name(&self) -> String {
        self.view.name(self.ix).to_string()
    }

    /// Its other names, in the order in which they were recorded.
    pub(crate) async fn aliases(&self) -> Vec<String> {
        self.view.aliases(self.ix).iter().map(ToString::to_string).collect()
    }

    /// Roles that it holds, each once. With dates and claims: `heldRoles`.
    pub(crate) async fn roles(&self) -> Vec<Word<graph::model::Role>> {
        let mut roles: Vec<_> =
            self.view.roles(self.ix).into_iter().map(|held| held.role).collect();
        roles.dedup();
        roles.into_iter().map(Word).collect()
    }

    /// Roles that it holds, with who gave them, when, and the claims that say so.
    pub(crate) async fn held_roles(&self) -> Vec<HeldRole> {
        let held = self.view.roles(self.ix).into_iter();
        held.map(|held| HeldRole::new(&self.view, held)).collect()
    }

    /// Identifiers from registers outside, such as the unified social credit code.
    pub(crate) async fn identifiers(&self) -> Vec<Identifier> {
        self.view.identifiers(self.ix).iter().map(Identifier::from).collect()
    }

    /// A short description, the latest that was accepted.
    pub(crate) async fn summary(&self) -> Option<String> {
        self.view.summary(self.ix).map(str::to_owned)
    }

    /// Its relations, in the order in which they were first stated.
    pub(crate) async fn relations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only these; absent or empty: all.")] predicates: Option<
            Vec<Word<Predicate>>,
        >,
        #[graphql(
            desc = "Seen from this entity: OUT where it is the source.",
            default_with = "Some(Direction::Both)"
        )]
        direction: Option<Direction>,
        #[graphql(desc = "Only those whose other end is of these kinds.")] kinds: Option<
            Vec<Word<EntityKind>>,
        >,
        #[graphql(default_with = "Some(PAGE)")] first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Relation>, Problem> {
        let (predicates, kinds) = (words(predicates), words(kinds));
        let direction = direction.unwrap_or(Direction::Both);
        let list = ("relations", self.view.entity_id(self.ix), &predicates, direction, &kinds);
        let paging = Paging::forward(first, after);
        let page = Page::open(Scope::of(ctx)?, &self.view, &list, &paging)?;
        let core = self.at(&page.view);
        let rows = core.chosen(&predicates, direction.way(), &kinds);
        Ok(page.of_all(&rows, |view, ix| Relation::of(view, *ix)).flatten())
    }

    /// How many relations of each predicate and direction: what a menu shows before it expands.
    pub(crate) async fn relation_counts(
        &self,
        #[graphql(desc = "Only these; absent or empty: all.")] predicates: Option<
            Vec<Word<Predicate>>,
        >,
        #[graphql(default_with = "Some(Direction::Both)")] direction: Option<Direction>,
    ) -> Vec<PredicateCount> {
        let predicates = words(predicates);
        let ways = match direction.unwrap_or(Direction::Both) {
            Direction::Out => &[Direction::Out][..],
            Direction::In => &[Direction::In],
            Direction::Both => &[Direction::Out, Direction::In],
        };
        let mut counts: std::collections::BTreeMap<(Predicate, Direction), usize> =
            Default::default();
        for way in ways {
            for ix in self.chosen(&predicates, way.way(), &[]) {
                *counts.entry((self.view.predicate(ix), *way)).or_default() += 1;
            }
        }
        let count = |((predicate, direction), n)| PredicateCount {
            predicate: Word(predicate),
            direction,
            count: count(n),
        };
        counts.into_iter().map(count).collect()
    }

    /// Figures about it, oldest recorded first.
    pub(crate) async fn observations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only this metric, such as 总产出.")] metric: Option<String>,
        #[graphql(default_with = "Some(PAGE)")] first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Observation>, Problem> {
        let list = ("observations", self.view.entity_id(self.ix), &metric);
        let paging = Paging::forward(first, after);
        let page = Page::open(Scope::of(ctx)?, &self.view, &list, &paging)?;
        let mut all = page.view.observations(self.at(&page.view).ix);
        all.retain(|o| metric.as_ref().is_none_or(|m| o.figure.metric == *m));
        Ok(page.of_all(&all, |view, o| Observation::new(view, o.clone())))
    }

    /// Claims about it (where it is a relation's source, or the bearer), oldest first.
    pub(crate) async fn claims(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand so; absent: all.")] status: Option<
            Word<ClaimStatus>,
        >,
        #[graphql(default_with = "Some(PAGE)")] first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Claim>, Problem> {
        let list = ("Entity.claims", self.view.entity_id(self.ix), status);
        let paging = Paging::forward(first, after);
        let page = Page::open(Scope::of(ctx)?, &self.view, &list, &paging)?;
        let view = &page.view;
        let stands = |ix: &_| status.is_none_or(|s| view.claim_status(*ix) == s.0);
        let all: Vec<_> = view.claims_about(self.at(view).ix).filter(stands).collect();
        Ok(page.of_all(&all, |view, ix| Claim::new(view, *ix)))
    }

    /// Every event that touched it, oldest first: its declaration, claims that name it, reviews and
    /// retractions of those, merges.
    pub(crate) async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(PAGE)")] first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Event>, Problem> {
        let scope = Scope::of(ctx)?;
        let list = ("history", self.view.entity_id(self.ix));
        let page = Page::open(scope, &self.view, &list, &Paging::forward(first, after))?;
        let touched = page.view.history(self.at(&page.view).ix);
        page.of_all(&touched, |view, seq| event_at(scope, view, *seq)).transpose()
    }
}

impl Core {
    pub(crate) fn kind(&self) -> EntityKind {
        self.view.kind(self.ix)
    }

    fn at(&self, view: &View) -> Self {
        // A merge recorded later may have put another entity in its place.
        let ix = view.entity(self.view.entity_id(self.ix)).unwrap_or(self.ix);
        Self { view: view.clone(), ix }
    }

    fn chosen(
        &self,
        predicates: &[Predicate],
        way: Option<Way>,
        kinds: &[EntityKind],
    ) -> Vec<RelationIx> {
        let mut rows = self.view.relations(self.ix, way);
        rows.retain(|ix| {
            (predicates.is_empty() || predicates.contains(&self.view.predicate(*ix)))
                && (kinds.is_empty() || kinds.contains(&self.view.kind(self.other(*ix))))
        });
        rows
    }

    pub(crate) fn other(&self, relation: RelationIx) -> EntityIx {
        let (source, target) = self.view.ends(relation);
        if source == self.ix { target } else { source }
    }

    /// Relations of these predicates that are so, not only planned.
    pub(crate) fn actual(
        &self,
        predicates: &[Predicate],
        way: Way,
        kinds: &[EntityKind],
    ) -> Vec<RelationIx> {
        let mut rows = self.chosen(predicates, Some(way), kinds);
        rows.retain(|ix| self.view.is_actual(*ix));
        rows
    }

    /// Who stands at the other end of such relations, each once.
    pub(crate) fn others(
        &self,
        predicates: &[Predicate],
        way: Way,
        kinds: &[EntityKind],
    ) -> Vec<Core> {
        let mut seen = std::collections::BTreeSet::new();
        let rows = self.actual(predicates, way, kinds).into_iter().map(|ix| self.other(ix));
        rows.filter(|ix| seen.insert(*ix)).map(|ix| Core { view: self.view.clone(), ix }).collect()
    }
}
