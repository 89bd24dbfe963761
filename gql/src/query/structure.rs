//! Questions about structure: what entities share, what hangs on whom.

use async_graphql::{Context, ID, Object};
use graph::model::{EntityKind, Predicate};
use graph::query::{
    self, ChainReportQuery, ChokepointQuery, CommonQuery, CommunityQuery, ImpactQuery,
    RankingQuery, SoleSourcedQuery, Truncation,
};
use graph::state::EntityIx;
use graph::view::{PredicateSet, View};

use crate::error::{Code, Problem};
use crate::page::{Connection, Page, Paging, size};
use crate::request::{Scope, work};
use crate::types::{
    ChainReport, Chokepoint, Common, Community, DEPTH_MAX, Direction, ENTITIES_MAX, EXAMPLES_MAX,
    Impact, Measure, Point, Ranked, SoleSourced, Word, known, words,
};

/// The most candidates that are named for a stage of a chain.
const CANDIDATES_MAX: usize = 20;

/// The structure of the graph.
pub(crate) struct Structure(pub(crate) Point);

#[Object(name = "GraphStructure")]
impl Structure {
    /// Whom two or more entities have in common: suppliers, customers, partners. Only those that
    /// all of them share; most relations first. Plans are left out.
    async fn common(
        &self,
        ctx: &Context<'_>,
        of: Vec<ID>,
        #[graphql(default_with = "Some(Word(Predicate::Supplies))")] predicate: Option<
            Word<Predicate>,
        >,
        #[graphql(
            desc = "Seen from `of`: IN finds suppliers, OUT customers.",
            default_with = "Some(Direction::In)"
        )]
        direction: Option<Direction>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
    ) -> Result<Vec<Common>, Problem> {
        let (scope, view) = (Scope::of(ctx)?, self.0.view(ctx)?);
        let of = several(scope, &view, &of)?;
        if of.len() < 2 {
            return Err(Problem::bad_input("`of` names two entities or more"));
        }
        let wanted = CommonQuery {
            of,
            predicate: predicate.map_or(Predicate::Supplies, |predicate| predicate.0),
            direction: direction.unwrap_or(Direction::In).way(),
            limit: size(first.or(Some(20)), "first", scope.limits.results)?,
        };
        let budget = scope.budget();
        work(move || {
            let found = query::common(&view, &wanted, &budget);
            whole(found.truncated)?;
            Ok(found.found.iter().map(|common| Common::new(&view, common)).collect())
        })
        .await?
    }

    /// The single points of failure of an entity's supply: suppliers that every supply path from
    /// some upstream entities must pass (dominators of the reversed supply graph). Those that cut
    /// off most first. Within `maxDepth` tiers; plans are left out unless asked for.
    async fn chokepoints(
        &self,
        ctx: &Context<'_>,
        of: ID,
        #[graphql(default_with = "Some(6)")] max_depth: Option<i32>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        #[graphql(desc = "Whether plans count as if they were so.", default_with = "Some(false)")]
        planned: Option<bool>,
    ) -> Result<Vec<Chokepoint>, Problem> {
        let (scope, view) = (Scope::of(ctx)?, self.0.view(ctx)?);
        let wanted = ChokepointQuery {
            of: known(&view, &of)?,
            max_depth: tiers(max_depth.or(Some(6)))?,
            examples: EXAMPLES_MAX,
            planned: planned.unwrap_or_default(),
        };
        let first = size(first.or(Some(20)), "first", scope.limits.results)?;
        let budget = scope.budget();
        work(move || {
            let found = query::chokepoints(&view, &wanted, &budget);
            whole(found.truncated)?;
            let points = found.found.into_iter().take(first);
            Ok(points.map(|point| Chokepoint::new(&view, point)).collect())
        })
        .await?
    }

    /// What follows if these entities fail together: whom it touches downstream, and who loses the
    /// last known supplier of something, with who else has it. Whether a customer that lost one
    /// supplier fails in turn is not guessed. Plans are left out unless asked for.
    async fn impact(
        &self,
        ctx: &Context<'_>,
        of: Vec<ID>,
        #[graphql(default_with = "Some(4)")] max_depth: Option<i32>,
        #[graphql(desc = "The most entities touched.", default_with = "Some(1000)")] limit: Option<
            i32,
        >,
        #[graphql(desc = "Whether plans count as if they were so.", default_with = "Some(false)")]
        planned: Option<bool>,
    ) -> Result<Impact, Problem> {
        let (scope, view) = (Scope::of(ctx)?, self.0.view(ctx)?);
        let wanted = ImpactQuery {
            of: several(scope, &view, &of)?,
            max_depth: tiers(max_depth.or(Some(4)))?,
            limit: size(limit.or(Some(1000)), "limit", ENTITIES_MAX)?,
            planned: planned.unwrap_or_default(),
        };
        let budget = scope.budget();
        work(move || {
            let found = query::impact(&view, &wanted, &budget);
            Impact::new(&view, &found)
        })
        .await
    }

    /// Products (or firms, by `kind`) that exactly one firm supplies or makes, and that firm, as
    /// far as is known. Products with most customers first. Plans are left out.
    async fn sole_sourced(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "PRODUCT: products with one maker; FIRM: firms with one supplier.",
            default_with = "Some(Word(EntityKind::Product))"
        )]
        kind: Option<Word<EntityKind>>,
        #[graphql(
            desc = "A place, cluster, chain or network: products whose one maker is inside; or firms inside."
        )]
        within: Option<ID>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<SoleSourced>, Problem> {
        let (scope, view) = (Scope::of(ctx)?, self.0.view(ctx)?);
        let kind = kind.map_or(EntityKind::Product, |kind| kind.0);
        let list = ("soleSourced", kind, &within);
        let page = Page::open(scope, &view, &list, &Paging::forward(first.or(Some(20)), after))?;
        let within = within.map(|id| known(&page.view, &id)).transpose()?;
        let wanted = SoleSourcedQuery { kind, within };
        let budget = scope.budget();
        work(move || {
            let found = query::sole_sourced(&page.view, &wanted, &budget)
                .map_err(|error| Problem::bad_input(error.to_string()))?;
            whole(found.truncated)?;
            Ok(page.of_all(&found.found, SoleSourced::new))
        })
        .await?
    }

    /// A chain, stage by stage: who stands in it here, how concentrated, what is missing (补链),
    /// what hangs on one firm (强链), who could fill it, each with what says so.
    async fn chain_report(
        &self,
        ctx: &Context<'_>,
        chain: ID,
        #[graphql(desc = "Only firms inside this place or cluster are here; absent: everywhere.")]
        region: Option<ID>,
    ) -> Result<ChainReport, Problem> {
        let (scope, view) = (Scope::of(ctx)?, self.0.view(ctx)?);
        let wanted = ChainReportQuery {
            chain: known(&view, &chain)?,
            region: region.map(|id| known(&view, &id)).transpose()?,
            candidates: CANDIDATES_MAX,
        };
        let budget = scope.budget();
        work(move || {
            let found = query::chain_report(&view, &wanted, &budget)
                .map_err(|error| Problem::bad_input(error.to_string()))?;
            Ok(ChainReport::new(view, found))
        })
        .await?
    }

    /// Who matters most, by a measure of centrality over all entities that stand in relations of
    /// the chosen predicates. `kinds` and `within` only choose who is listed. Plans are left out.
    async fn ranking(
        &self,
        ctx: &Context<'_>,
        measure: Measure,
        #[graphql(desc = "Only of these kinds; absent or empty: all.")] kinds: Option<
            Vec<Word<EntityKind>>,
        >,
        #[graphql(desc = "Over these; absent or empty: all.")] predicates: Option<
            Vec<Word<Predicate>>,
        >,
        #[graphql(desc = "Only who is inside this place, cluster, chain or network.")]
        within: Option<ID>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
    ) -> Result<Vec<Ranked>, Problem> {
        let (scope, view) = (Scope::of(ctx)?, self.0.view(ctx)?);
        let wanted = RankingQuery {
            measure: measure.into(),
            kinds: words(kinds),
            predicates: PredicateSet::of(words(predicates)),
            within: within.map(|id| known(&view, &id)).transpose()?,
            limit: size(first.or(Some(20)), "first", scope.limits.results)?,
            walk_max: query::WALK_MAX,
        };
        let budget = scope.budget();
        work(move || {
            let found = query::ranking(&view, &wanted, &budget);
            whole(found.truncated)?;
            Ok(found.ranked.iter().map(|ranked| Ranked::new(&view, ranked)).collect())
        })
        .await?
    }

    /// Densely tied groups (Leiden algorithm, modularity), the largest first. The same graph gives
    /// the same groups. Plans are left out.
    async fn communities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Tied by these; absent or empty: all.")] predicates: Option<
            Vec<Word<Predicate>>,
        >,
        #[graphql(default_with = "Some(3)")] min_size: Option<i32>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
    ) -> Result<Vec<Community>, Problem> {
        let (scope, view) = (Scope::of(ctx)?, self.0.view(ctx)?);
        let wanted = CommunityQuery {
            predicates: PredicateSet::of(words(predicates)),
            min_size: size(min_size.or(Some(3)), "minSize", ENTITIES_MAX)?,
            limit: size(first.or(Some(20)), "first", scope.limits.results)?,
        };
        let budget = scope.budget();
        work(move || {
            let found = query::communities(&view, &wanted, &budget);
            whole(found.truncated)?;
            let groups = found.found.into_iter();
            Ok(groups.map(|group| Community::new(&view, group, &wanted.predicates)).collect())
        })
        .await?
    }
}

/// The entities of a list of ids, each once.
fn several(scope: &Scope, view: &View, ids: &[ID]) -> Result<Vec<EntityIx>, Problem> {
    if ids.is_empty() || ids.len() > scope.limits.results {
        let most = scope.limits.results;
        return Err(Problem::bad_input(format!("`of` names 1 to {most} entities")));
    }
    let mut of = ids.iter().map(|id| known(view, id)).collect::<Result<Vec<_>, _>>()?;
    of.sort_unstable();
    of.dedup();
    Ok(of)
}

fn tiers(max_depth: Option<i32>) -> Result<u32, Problem> {
    u32::try_from(size(max_depth, "maxDepth", DEPTH_MAX)?).map_err(Problem::internal)
}

/// A list has no room to say what cut it short. The limits that the caller set are no news; any
/// other makes the answer wrong, and is an error.
fn whole(truncated: Option<Truncation>) -> Result<(), Problem> {
    match truncated {
        Some(cut) if !matches!(cut.limit, "limit" | "depth") => Err(Problem::new(
            Code::TooComplex,
            format!("the answer lies beyond the limit `{}`; ask for less", cut.limit),
        )),
        _ => Ok(()),
    }
}
