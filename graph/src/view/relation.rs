//! Relations as a view shows them: held up by the claims that stand there.

use std::collections::BTreeMap;

use petgraph::Direction;

use super::{PredicateSet, View};
use crate::model::{
    Confidence, FuzzyDate, Modality, Predicate, RelationId, TextQualifier, Validity, ontology,
};
use crate::state::{ClaimIx, EntityIx, Few, RelationIx, RowKey, Stated};

/// A relation of a view.
#[derive(Debug, Clone, PartialEq)]
pub struct RelationView {
    /// Its row.
    pub ix: RelationIx,
    /// Its id.
    pub id: RelationId,
    /// Which relation.
    pub predicate: Predicate,
    /// Its first end.
    pub source: EntityIx,
    /// Its second end.
    pub target: EntityIx,
    /// What narrows it, in the order product, stage, texts.
    pub qualifiers: Vec<QualifierView>,
    /// From the earliest stated start to the latest stated end of its claims; open where one of
    /// them states none.
    pub validity: Validity,
    /// [`Modality::Actual`] if any claim says that it is so.
    pub modality: Modality,
    /// `1 - Π(1 - cᵢ)` over independent origins, the surest claim of each. Reprints of one text
    /// are one origin.
    pub confidence: Confidence,
    /// How many independent origins say so.
    pub origins: usize,
    /// The claims that hold it up here, in the order of recording.
    pub claims: Vec<ClaimIx>,
}

/// A qualifier: a text, or an entity by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QualifierView {
    /// `product`, `stage`, or a [`TextQualifier`].
    pub key: &'static str,
    /// The text, or the entity's name.
    pub text: String,
    /// The entity.
    pub entity: Option<EntityIx>,
}

/// Who says so: claims of one origin count once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Origin<'a> {
    Document(crate::state::DocumentIx),
    Asserter(&'a str),
}

impl View {
    /// The relation with this id, if it holds in this view.
    pub fn relation_by_id(&self, id: RelationId) -> Option<RelationIx> {
        let ix = self.first_of_group(self.state().relation_ix(id)?)?;
        self.relation(ix).map(|_| ix)
    }

    /// The relation that a claim holds up, or would if it were accepted. None where merges made its
    /// ends one.
    pub(crate) fn relation_of_claim(&self, claim: ClaimIx) -> Option<RelationIx> {
        self.first_of_group(self.state().claims.row(claim).relation()?)
    }

    /// Relations of an entity that hold in this view, each once, in the order in which they were
    /// first stated. `direction` is seen from the entity; a symmetric relation is met both ways.
    pub fn relations(&self, entity: EntityIx, direction: Option<Direction>) -> Vec<RelationIx> {
        if self.state().relations.is_near_merge(entity) {
            return self.relations_by_rows(entity, direction);
        }
        let steps = |way| self.each_step(entity, way, PredicateSet::all()).map(|(_, ix)| ix);
        let Some(way) = direction else {
            let both = steps(Direction::Outgoing).chain(steps(Direction::Incoming));
            let mut found: Vec<RelationIx> = both.collect();
            found.sort_unstable();
            found.dedup();
            return found;
        };
        steps(way).collect()
    }

    /// The same from the rows, whatever was merged.
    pub(super) fn relations_by_rows(
        &self,
        entity: EntityIx,
        direction: Option<Direction>,
    ) -> Vec<RelationIx> {
        let mut found = Vec::new();
        for member in self.members(entity) {
            let ways = [Direction::Outgoing, Direction::Incoming];
            for way in ways.into_iter().filter(|way| direction.is_none_or(|d| d == *way)) {
                let rows = self.state().relations.at(member, way).filter(|ix| self.holds(*ix));
                found.extend(rows.filter_map(|ix| self.first_of_group(ix)));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Every relation that holds in this view, in the order in which they were first stated.
    pub fn all_relations(&self) -> impl Iterator<Item = RelationIx> + '_ {
        self.rows().filter(|ix| self.leads(*ix) && self.relation_claims(*ix).next().is_some())
    }

    /// Every row there is, whether anything holds it up here or not.
    pub(crate) fn rows(&self) -> impl Iterator<Item = RelationIx> + '_ {
        self.state().relations.iter().map(|(ix, _)| ix)
    }

    /// Whether a row stands for its group: the first of those that say the same.
    pub(crate) fn leads(&self, ix: RelationIx) -> bool {
        self.first_of_group(ix) == Some(ix)
    }

    /// What a relation of this view says; `None` where nothing holds it up here.
    pub fn relation(&self, ix: RelationIx) -> Option<RelationView> {
        let claims: Vec<ClaimIx> = self.relation_claims(ix).collect();
        let key = self.canonical(ix);
        if claims.is_empty() {
            return None;
        }
        let (confidence, origins) = self.weigh(&claims);
        Some(RelationView {
            ix,
            id: self.state().relations.id(ix),
            predicate: key.predicate,
            source: key.source,
            target: key.target,
            qualifiers: self.qualifiers(&key, &claims),
            validity: self.span_of(&claims),
            modality: self.modality_of(&claims),
            confidence,
            origins,
            claims,
        })
    }

    /// Its predicate. Cost: constant.
    pub fn predicate(&self, ix: RelationIx) -> Predicate {
        self.state().relations.row(ix).predicate
    }

    /// Its ends, source first. Cost: constant where nothing was merged.
    pub fn ends(&self, ix: RelationIx) -> (EntityIx, EntityIx) {
        let (source, target) = self.state().relations.row(ix).ends();
        (self.root(source), self.root(target))
    }

    /// Whether some claim that stands here says that it is so, and not only planned.
    pub fn is_actual(&self, ix: RelationIx) -> bool {
        self.relation_claims(ix).any(|c| self.claim_modality(c) == Modality::Actual)
    }

    /// The product that it speaks of.
    pub fn product(&self, ix: RelationIx) -> Option<EntityIx> {
        self.state().relations.row(ix).product().map(|p| self.root(p))
    }

    /// Whether it speaks of this product or stage.
    pub(crate) fn carries(&self, ix: RelationIx, wanted: EntityIx) -> bool {
        let row = self.state().relations.row(ix);
        let named = [row.product(), row.stage()].into_iter().flatten();
        named.map(|entity| self.root(entity)).any(|entity| entity == wanted)
    }

    /// How sure one may be of it.
    pub fn relation_confidence(&self, ix: RelationIx) -> Confidence {
        if let Some(only) = self.state().claims.only_stating(ix)
            && self.stands_alone(ix)
        {
            let sure = self.state().claims.row(only).confidence;
            return Confidence::combine(self.holds_by(only).then_some(sure));
        }
        self.weigh(&self.relation_claims(ix).collect::<Vec<_>>()).0
    }

    /// Whether this very row is held up here. Its group may still be held up by another row.
    pub(crate) fn holds(&self, ix: RelationIx) -> bool {
        self.state().claims.stating(ix).iter().any(|c| self.holds_by(*c))
    }

    /// Claims that hold it up here, in the order of recording.
    pub(crate) fn relation_claims(&self, ix: RelationIx) -> impl Iterator<Item = ClaimIx> + '_ {
        let claims = if self.stands_alone(ix) {
            self.state().claims.stating(ix)
        } else {
            let mut claims: Vec<ClaimIx> = Vec::new();
            for row in self.rows_of(ix) {
                claims.extend(self.state().claims.stating(row).iter());
            }
            claims.sort_unstable();
            Few::many(claims)
        };
        (0..claims.len()).map(move |at| claims[at]).filter(|c| self.holds_by(*c))
    }

    /// Its key with everyone as this view knows them: equal for rows that merges made one.
    pub(crate) fn canonical(&self, ix: RelationIx) -> RowKey {
        let key = self.state().relations.row(ix).key();
        let (mut source, mut target) = (self.root(key.source), self.root(key.target));
        let ids = (self.entity_id(source), self.entity_id(target));
        if ontology::rule(key.predicate).symmetric && ids.1 < ids.0 {
            std::mem::swap(&mut source, &mut target);
        }
        let [product, stage] =
            [key.product, key.stage].map(|named| named.map(|entity| self.root(entity)));
        RowKey { source, target, product, stage, ..key }
    }

    /// Whether no merge, standing or undone, ever touched an entity that it names.
    fn stands_alone(&self, ix: RelationIx) -> bool {
        self.state().stands_alone(self.state().relations.row(ix))
    }

    /// Rows that merges made one relation with this one, itself included, sorted.
    fn rows_of(&self, ix: RelationIx) -> Vec<RelationIx> {
        let canonical = self.canonical(ix);
        let mut rows: Vec<RelationIx> = Vec::new();
        for member in self.members(canonical.source) {
            for way in [Direction::Outgoing, Direction::Incoming] {
                let same = self
                    .state()
                    .relations
                    .at(member, way)
                    .filter(|r| self.canonical(*r) == canonical);
                rows.extend(same);
            }
        }
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// The row that stands for its group: the one first stated. `None` if merges made its ends one.
    fn first_of_group(&self, ix: RelationIx) -> Option<RelationIx> {
        let recorded = |row: &RelationIx| {
            let first = self.state().relations.row(*row).first;
            self.state().claims.row(first).seq <= self.seq
        };
        if self.stands_alone(ix) {
            return Some(ix).filter(recorded);
        }
        let (source, target) = self.ends(ix);
        if source == target {
            return None;
        }
        self.rows_of(ix).into_iter().find(recorded)
    }

    fn weigh(&self, claims: &[ClaimIx]) -> (Confidence, usize) {
        let mut surest: BTreeMap<Origin<'_>, Confidence> = BTreeMap::new();
        for claim in claims {
            let row = self.state().claims.row(*claim);
            let asserted_by = || Origin::Asserter(self.state().claims.asserted_by(*claim));
            let origin = row
                .evidence()
                .map_or_else(asserted_by, |e| Origin::Document(self.original(e.document)));
            let best = surest.entry(origin).or_insert(row.confidence);
            if row.confidence > *best {
                *best = row.confidence;
            }
        }
        (Confidence::combine(surest.values().copied()), surest.len())
    }

    fn span_of(&self, claims: &[ClaimIx]) -> Validity {
        let stated: Vec<Validity> = claims.iter().map(|c| self.state().validity(*c)).collect();
        let from: Option<FuzzyDate> = stated
            .iter()
            .filter_map(|v| v.from())
            .min_by_key(|date| (date.earliest(), date.latest()));
        let open = stated.iter().any(|v| v.to().is_none());
        let to = stated.iter().filter_map(|v| v.to()).max_by_key(|date| date.latest());
        Validity::new(from, to.filter(|_| !open)).unwrap_or(Validity::UNSTATED)
    }

    fn claim_modality(&self, claim: ClaimIx) -> Modality {
        self.state().modality(claim)
    }

    fn modality_of(&self, claims: &[ClaimIx]) -> Modality {
        let actual = claims.iter().any(|c| self.claim_modality(*c) == Modality::Actual);
        if actual { Modality::Actual } else { Modality::Planned }
    }

    fn qualifiers(&self, key: &RowKey, claims: &[ClaimIx]) -> Vec<QualifierView> {
        let named = |key, entity: EntityIx| QualifierView {
            key,
            text: self.name(entity).to_string(),
            entity: Some(entity),
        };
        let mut all: Vec<QualifierView> = Vec::new();
        all.extend(key.product.map(|e| named("product", e)));
        all.extend(key.stage.map(|e| named("stage", e)));
        let mut texts: BTreeMap<TextQualifier, &str> = BTreeMap::new();
        for claim in claims {
            if let Stated::Relation(r) = self.state().stated(*claim) {
                for (key, text) in r.texts {
                    texts.entry(*key).or_insert(text);
                }
            }
        }
        all.extend(texts.into_iter().map(|(key, text)| QualifierView {
            key: key.as_str(),
            text: text.to_owned(),
            entity: None,
        }));
        all
    }
}
