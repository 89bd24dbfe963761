//! The graph at one point of both clocks: everything that may be asked of it.

use async_graphql::{Context, ID, MergedObject, Object};
use graph::model::{EntityKind, Predicate};
use graph::query::{self, PathQuery, SubgraphQuery, TraceQuery};
use graph::state::EntityIx;
use graph::view::{PredicateSet, View};

use super::entity::{Core, Entity};
use super::input::{EntityFilter, EntityOrder, known};
use super::kinds::{Cluster, Firm, Network, Platform, Town};
use super::node_id::entity_id;
use super::scalar::Seq;
use super::stats::Stats;
use super::supply::{
    Path, PathOrientation, SearchHit, Subgraph, Trace, TraceDirection, TraceFilter,
};
use super::word::{Word, words};
use crate::error::Problem;
use crate::page::{Connection, Page, Paging, fraction, size};
use crate::query::{Structure, Trust};
use crate::request::{Scope, work};

/// The most entities that `trace` and `subgraph` answer.
pub(crate) const ENTITIES_MAX: usize = 10_000;
/// The farthest that walks reach, in links.
pub(crate) const DEPTH_MAX: usize = 32;
/// The longest paths that are looked for.
const PATH_MAX: usize = 12;
/// The longest text that is searched for, in characters.
const TEXT_MAX: usize = 200;

/// A point of both clocks; `None`: as the request found the graph.
#[derive(Clone)]
pub(crate) struct Point(Option<View>);

impl Point {
    pub(crate) fn view(&self, ctx: &Context<'_>) -> Result<View, Problem> {
        match &self.0 {
            Some(view) => Ok(view.clone()),
            None => Ok(Scope::of(ctx)?.view.clone()),
        }
    }
}

/// The graph at one point of both clocks.
#[derive(MergedObject)]
pub(crate) struct Graph(Looking, Structure, Trust);

impl Graph {
    /// At this view; `None`: as the request found the graph.
    pub(crate) fn at(view: Option<View>) -> Self {
        let point = Point(view);
        Self(Looking(point.clone()), Structure(point.clone()), Trust(point))
    }
}

/// Looking at the graph: entities, neighbourhoods, ways.
pub(crate) struct Looking(Point);

#[Object(name = "GraphLooking")]
impl Looking {
    /// The position of the log that this answers for.
    async fn seq(&self, ctx: &Context<'_>) -> Result<Seq, Problem> {
        Ok(Seq(self.0.view(ctx)?.seq()))
    }

    /// One entity by id, or by its exact name or alias. Null where there is none. Where several bear
    /// the name, an error AMBIGUOUS_NAME lists them; `kind` narrows it.
    async fn entity(
        &self,
        ctx: &Context<'_>,
        id: Option<ID>,
        name: Option<String>,
        kind: Option<Word<EntityKind>>,
    ) -> Result<Option<Entity>, Problem> {
        let view = self.0.view(ctx)?;
        let kind = kind.map(|kind| kind.0);
        let found = match (id, name) {
            (Some(id), None) => {
                let found = view.entity(entity_id(&id)?);
                found.filter(|ix| kind.is_none_or(|kind| view.kind(*ix) == kind))
            }
            (None, Some(name)) => query::find(&view, &name, kind)?,
            _ => return Err(Problem::bad_input("pass either `id` or `name`")),
        };
        Ok(found.map(|ix| Entity::new(&view, ix)))
    }

    /// Entities that fit a description.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the field")]
    async fn entities(
        &self,
        ctx: &Context<'_>,
        filter: Option<EntityFilter>,
        #[graphql(default_with = "Some(EntityOrder::Name)")] order_by: Option<EntityOrder>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<Entity>, Problem> {
        let paging = Paging { first, after, last, before };
        self.listed(ctx, ("entities", None), filter, order_by, paging).await
    }

    /// Entities with a name like this: whole names, beginnings and parts, pinyin in full or by its
    /// initials, one typing slip. Best first.
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Up to 200 characters, Chinese or Latin.")] text: String,
        #[graphql(desc = "Only of these kinds; absent or empty: all.")] kinds: Option<
            Vec<Word<EntityKind>>,
        >,
        #[graphql(default_with = "Some(10)")] first: Option<i32>,
    ) -> Result<Vec<SearchHit>, Problem> {
        if text.chars().count() > TEXT_MAX {
            return Err(Problem::bad_input(format!("`text` has at most {TEXT_MAX} characters")));
        }
        let first = size(first.or(Some(10)), "first", Scope::of(ctx)?.limits.results)?;
        let (view, kinds) = (self.0.view(ctx)?, words(kinds));
        let find = move || {
            let hits = query::search(&view, &text, &kinds, first);
            hits.iter().map(|hit| SearchHit::new(&view, hit)).collect()
        };
        work(find).await
    }

    /// Firms (企业) that fit a description.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the field")]
    async fn firms(
        &self,
        ctx: &Context<'_>,
        filter: Option<EntityFilter>,
        #[graphql(default_with = "Some(EntityOrder::Name)")] order_by: Option<EntityOrder>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<Firm>, Problem> {
        let paging = Paging { first, after, last, before };
        self.listed(ctx, ("firms", Some(EntityKind::Firm)), filter, order_by, paging).await
    }

    /// Clusters (产业集群) that fit a description.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the field")]
    async fn clusters(
        &self,
        ctx: &Context<'_>,
        filter: Option<EntityFilter>,
        #[graphql(default_with = "Some(EntityOrder::Name)")] order_by: Option<EntityOrder>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<Cluster>, Problem> {
        let paging = Paging { first, after, last, before };
        self.listed(ctx, ("clusters", Some(EntityKind::Cluster)), filter, order_by, paging).await
    }

    /// Towns (小镇) that fit a description.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the field")]
    async fn towns(
        &self,
        ctx: &Context<'_>,
        filter: Option<EntityFilter>,
        #[graphql(default_with = "Some(EntityOrder::Name)")] order_by: Option<EntityOrder>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<Town>, Problem> {
        let paging = Paging { first, after, last, before };
        self.listed(ctx, ("towns", Some(EntityKind::Town)), filter, order_by, paging).await
    }

    /// Platforms (科创平台) that fit a description.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the field")]
    async fn platforms(
        &self,
        ctx: &Context<'_>,
        filter: Option<EntityFilter>,
        #[graphql(default_with = "Some(EntityOrder::Name)")] order_by: Option<EntityOrder>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<Platform>, Problem> {
        let paging = Paging { first, after, last, before };
        self.listed(ctx, ("platforms", Some(EntityKind::Platform)), filter, order_by, paging).await
    }

    /// A named network of towns and platforms, such as 一镇七星: its members, and what is claimed
    /// but not evidenced. Null where no network bears the name.
    async fn network(&self, ctx: &Context<'_>, name: String) -> Result<Option<Network>, Problem> {
        let view = self.0.view(ctx)?;
        let found = query::find(&view, &name, Some(EntityKind::Network))?;
        Ok(found.map(|ix| Network::from(Core { view, ix })))
    }

    /// The neighbourhood of some entities, ready to draw. Cut to `limit` entities, nearer before
    /// farther and better known before less; `truncated` says so.
    async fn subgraph(
        &self,
        ctx: &Context<'_>,
        around: Vec<ID>,
        #[graphql(default_with = "Some(1)")] depth: Option<i32>,
        #[graphql(default_with = "Some(200)")] limit: Option<i32>,
        #[graphql(desc = "Over these; absent or empty: all.")] predicates: Option<
            Vec<Word<Predicate>>,
        >,
        #[graphql(desc = "Through and to these kinds; absent or empty: all.")] kinds: Option<
            Vec<Word<EntityKind>>,
        >,
    ) -> Result<Subgraph, Problem> {
        let (scope, view) = (Scope::of(ctx)?, self.0.view(ctx)?);
        if around.is_empty() || around.len() > scope.limits.results {
            return Err(Problem::bad_input(format!(
                "`around` names 1 to {} entities",
                scope.limits.results
            )));
        }
        let around = around.iter().map(|id| known(&view, id)).collect::<Result<Vec<_>, _>>()?;
        let wanted = SubgraphQuery {
            around,
            depth: u32::try_from(size(depth.or(Some(1)), "depth", DEPTH_MAX)?)
                .map_err(Problem::internal)?,
            limit: size(limit.or(Some(200)), "limit", ENTITIES_MAX)?,
            predicates: PredicateSet::of(words(predicates)),
            kinds: words(kinds),
        };
        let budget = scope.budget();
        work(move || {
            let found = query::subgraph(&view, &wanted, &budget);
            Subgraph::new(view, found)
        })
        .await
    }

    /// Follows supply links tier by tier, to suppliers or to customers. Cycles are met once; each
    /// entity stands in its first tier. Only links that are so, not only planned; stated ones unless
    /// the filter asks for derived ones.
    async fn trace(
        &self,
        ctx: &Context<'_>,
        from: ID,
        direction: TraceDirection,
        #[graphql(default_with = "Some(4)")] max_depth: Option<i32>,
        filter: Option<TraceFilter>,
        #[graphql(desc = "The most entities.", default_with = "Some(1000)")] limit: Option<i32>,
    ) -> Result<Trace, Problem> {
        let (scope, view) = (Scope::of(ctx)?, self.0.view(ctx)?);
        let wanted = trace_query(&view, (&from, direction), (max_depth, limit), filter)?;
        let budget = scope.budget();
        work(move || {
            let found = query::trace(&view, &wanted, &budget);
            Trace::new(view, found)
        })
        .await
    }

    /// Ways from one entity to another, shortest first; none meets an entity twice.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the field")]
    async fn paths(
        &self,
        ctx: &Context<'_>,
        from: ID,
        to: ID,
        #[graphql(desc = "Over these; absent or empty: all.")] predicates: Option<
            Vec<Word<Predicate>>,
        >,
        #[graphql(desc = "None longer than so many relations.", default_with = "Some(6)")]
        max_length: Option<i32>,
        #[graphql(desc = "The most paths.", default_with = "Some(3)")] limit: Option<i32>,
        #[graphql(default_with = "Some(PathOrientation::Any)")] orientation: Option<
            PathOrientation,
        >,
    ) -> Result<Vec<Path>, Problem> {
        let (scope, view) = (Scope::of(ctx)?, self.0.view(ctx)?);
        let wanted = PathQuery {
            from: known(&view, &from)?,
            to: known(&view, &to)?,
            predicates: PredicateSet::of(words(predicates)),
            max_length: size(max_length.or(Some(6)), "maxLength", PATH_MAX)?,
            limit: size(limit.or(Some(3)), "limit", scope.limits.results)?,
            orientation: match orientation {
                Some(PathOrientation::Forward) => query::Orientation::Forward,
                Some(PathOrientation::Any) | None => query::Orientation::Any,
            },
        };
        let budget = scope.budget();
        let find = move || {
            let found = query::paths(&view, &wanted, &budget);
            let paths: Vec<Path> = found.paths.iter().map(|path| Path::new(&view, path)).collect();
            // A list of paths has no room to say what cut it, so nothing found must say it.
            match found.truncated {
                Some(cut) if paths.is_empty() => Err(Problem::new(
                    crate::error::Code::TooComplex,
                    format!(
                        "no path was found within the limit `{}`; ask for shorter ones",
                        cut.limit
                    ),
                )),
                _ => Ok(paths),
            }
        };
        work(find).await?
    }

    /// How much is known.
    async fn stats(&self, ctx: &Context<'_>) -> Result<Stats, Problem> {
        let view = self.0.view(ctx)?;
        work(move || Stats::new(view.seq(), &query::stats(&view))).await
    }
}

impl Looking {
    async fn listed<T: From<Core> + Send + 'static>(
        &self,
        ctx: &Context<'_>,
        (name, kind): (&'static str, Option<EntityKind>),
        filter: Option<EntityFilter>,
        order: Option<EntityOrder>,
        paging: Paging,
    ) -> Result<Connection<T>, Problem> {
        let (scope, view) = (Scope::of(ctx)?, self.0.view(ctx)?);
        let order = order.unwrap_or(EntityOrder::Name);
        let page = Page::open(scope, &view, &(name, &filter, order), &paging)?;
        let filter = EntityFilter::over(filter.as_ref(), &page.view, kind)?;
        work(move || {
            let all = query::list(&page.view, &filter, order.into());
            page.of_all(&all, |view, ix| T::from(Core { view: view.clone(), ix: *ix }))
        })
        .await
    }
}

fn trace_query(
    view: &View,
    (from, direction): (&ID, TraceDirection),
    (max_depth, limit): (Option<i32>, Option<i32>),
    filter: Option<TraceFilter>,
) -> Result<TraceQuery, Problem> {
    let max_depth = size(max_depth.or(Some(4)), "maxDepth", DEPTH_MAX)?;
    let mut wanted = TraceQuery {
        from: known(view, from)?,
        direction: match direction {
            TraceDirection::Upstream => query::TraceDirection::Upstream,
            TraceDirection::Downstream => query::TraceDirection::Downstream,
        },
        max_depth: u32::try_from(max_depth).map_err(Problem::internal)?,
        limit: size(limit.or(Some(1000)), "limit", ENTITIES_MAX)?,
        predicates: PredicateSet::of([Predicate::Supplies]),
        product_on_first_link: None,
        product_on_every_link: None,
        leaf: None,
        min_confidence: 0.0,
        basis: vec![query::Basis::Stated],
        planned: false,
    };
    if let Some(filter) = filter {
        let product = |id: Option<ID>| id.map(|id| carried(view, &id)).transpose();
        let predicates = words(filter.predicates);
        if !predicates.is_empty() {
            wanted.predicates = PredicateSet::of(predicates);
        }
        wanted.product_on_first_link = product(filter.product_on_first_link)?;
        wanted.product_on_every_link = product(filter.product_on_every_link)?;
        wanted.leaf = match filter.leaf {
            None => None,
            Some(leaf) => Some(EntityFilter::over(Some(&leaf), view, None)?),
        };
        wanted.min_confidence =
            fraction(filter.min_confidence.unwrap_or_default(), "minConfidence")?;
        wanted.planned = filter.planned.unwrap_or_default();
        if let Some(basis) = filter.basis.filter(|basis| !basis.is_empty()) {
            wanted.basis = basis.into_iter().map(Into::into).collect();
        }
    }
    Ok(wanted)
}

/// What a link may carry.
fn carried(view: &View, id: &ID) -> Result<EntityIx, Problem> {
    let found = known(view, id)?;
    match view.kind(found) {
        EntityKind::Product | EntityKind::Stage => Ok(found),
        other => Err(Problem::bad_input(format!(
            "a link carries a PRODUCT or stands in a STAGE; `{}` is a {other}",
            view.name(found)
        ))),
    }
}
