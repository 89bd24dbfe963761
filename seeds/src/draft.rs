//! Drafts: what was found, as claims with evidence, each said once and none that the ontology
//! refuses.

use std::collections::{BTreeMap, BTreeSet};

use graph::extract::Extraction;
use graph::model::{
    ClaimDraft, Confidence, Document, Drafts, EntityDraft, EntityKind, Evidence, LocalEntity,
    Observation, Qualifiers, RelationStatement, RoleHeld, Span, Statement, Validity,
    ontology::check_signature,
};

use crate::catalogue::{Catalogue, EntityIndex, Mention};
use crate::extract::{Analysis, VERSION};
use crate::mention::Reading;
use crate::observation::Observed;
use crate::rule::{Found, Stated};
use crate::sentence;
use crate::text::Extent;

/// Most characters of a quote.
const QUOTE_MAX: u32 = 120;
/// How sure a short name or other form is.
const ALIAS_CONFIDENCE: f64 = 0.8;

struct Builder<'a> {
    document: &'a Document,
    reading: &'a Reading<'a>,
    drafts: Drafts,
    rules: Vec<String>,
    local: BTreeMap<EntityIndex, LocalEntity>,
    /// What was said already: the statement without its evidence.
    said: BTreeSet<String>,
}

/// Turns what was found into drafts, in the order of the text.
pub(crate) fn drafts(document: &Document, analysis: Analysis<'_>) -> Extraction {
    let Analysis { reading, catalogue, mentions, mut found, figures } = analysis;
    let mut out = Builder {
        document,
        reading,
        drafts: Drafts::none(),
        rules: Vec::new(),
        local: BTreeMap::new(),
        said: BTreeSet::new(),
    };
    // The surest saying of a statement is the one that is kept.
    found.sort_by(|a, b| b.confidence.value().total_cmp(&a.confidence.value()));
    let figures: Vec<&Observed> = figures.iter().collect();
    let used = used(catalogue, mentions, &found, &figures);
    for (index, entry) in catalogue.live().filter(|(i, _)| used.contains(i)) {
        let local = LocalEntity(out.drafts.entities.len());
        out.local.insert(index, local);
        let (name, others) = names(reading, entry);
        out.drafts.entities.push(EntityDraft::Named {
            kind: entry.kind,
            name,
            also_known_as: others,
        });
    }
    for (index, entry) in catalogue.live().filter(|(i, _)| used.contains(i)) {
        out.aliases(index, entry, mentions);
    }
    for one in &found {
        out.found(catalogue, one);
    }
    for one in figures {
        out.figure(one);
    }
    Extraction { drafts: out.drafts, rules: out.rules }
}

/// Entities worth recording: those named by a grammar, and those of the word lists of which
/// something is said.
fn used(
    catalogue: &Catalogue,
    mentions: &[Mention],
    found: &[Found],
    figures: &[&Observed],
) -> BTreeSet<EntityIndex> {
    let mut used: BTreeSet<EntityIndex> = figures.iter().map(|f| f.subject).collect();
    for one in found {
        match &one.stated {
            Stated::Role { entity, .. } => {
                used.insert(*entity);
            }
            Stated::Relation { source, target, product, stage, .. } => {
                used.extend([*source, *target]);
                used.extend(product.iter().chain(stage.iter()));
            }
        }
    }
    let named: BTreeSet<EntityIndex> = mentions.iter().map(|m| m.entity).collect();
    let strong = catalogue.live().filter(|(_, e)| !e.weak).map(|(i, _)| i);
    used.extend(strong.filter(|i| named.contains(i)));
    used
}

/// The fullest form that stands in the text, and the others.
fn names(reading: &Reading<'_>, entry: &crate::catalogue::Entry) -> (String, Vec<String>) {
    let stated = |text: &str, extent| reading.text.verbatim(extent).contains(text);
    let mut name = entry.name.clone();
    if !entry.forms.iter().any(|f| f.text == name && stated(&f.text, f.extent)) {
        let best = entry.forms.iter().filter(|f| stated(&f.text, f.extent));
        if let Some(form) = best.max_by_key(|f| f.text.chars().count()) {
            name.clone_from(&form.text);
        }
    }
    let others = entry.forms.iter().map(|f| f.text.clone()).filter(|f| *f != name).collect();
    (name, others)
}

impl Builder<'_> {
    /// Other names, each on the clause where it stands for the entity by itself: the 汀洲 of
    /// 汀洲青禾轴承有限公司 is no evidence that the city is called so.
    fn aliases(
        &mut self,
        index: EntityIndex,
        entry: &crate::catalogue::Entry,
        mentions: &[Mention],
    ) {
        let Some(local) = self.local.get(&index).copied() else { return };
        let (name, _) = names(self.reading, entry);
        for form in entry.forms.iter().filter(|f| f.text != name) {
            let by_itself = mentions.iter().filter(|m| m.entity == index).map(|m| m.extent);
            let by_itself = by_itself
                .filter(|extent| self.reading.text.verbatim(*extent) == form.text)
                .min_by_key(|extent| extent.start);
            let clause = self.clause(by_itself.unwrap_or(form.extent));
            let statement = Statement::Alias { entity: local, text: form.text.clone() };
            self.claim(statement, clause, confidence(ALIAS_CONFIDENCE), "alias.form");
        }
    }

    fn found(&mut self, catalogue: &Catalogue, one: &Found) {
        let statement = match &one.stated {
            Stated::Role { entity, role, basis } => {
                let firm = catalogue.get(*entity).is_some_and(|e| e.kind == EntityKind::Firm);
                let Some(entity) = self.local.get(entity).copied().filter(|_| firm) else { return };
                Statement::Role(RoleHeld {
                    entity,
                    role: *role,
                    basis: *basis,
                    validity: Validity::UNSTATED,
                })
            }
            Stated::Relation {
                predicate,
                source,
                target,
                product,
                stage,
                texts,
                modality,
                since,
            } => {
                let kind = |e: &EntityIndex| catalogue.get(*e).map(|e| e.kind);
                let (Some(from), Some(to)) = (kind(source), kind(target)) else { return };
                let ends = (self.local.get(source).copied(), self.local.get(target).copied());
                let (Some(source), Some(target)) = ends else { return };
                if source == target || check_signature(*predicate, from, to).is_err() {
                    return;
                }
                let local = |e: &Option<EntityIndex>| e.and_then(|e| self.local.get(&e).copied());
                let texts = texts.iter().cloned().collect();
                // What is supplied may be known as a stage of a chain, and is one then.
                let is_stage = product.as_ref().and_then(kind) == Some(EntityKind::Stage);
                let (product, stage) =
                    if is_stage { (&None, &stage.or(*product)) } else { (product, stage) };
                let qualifiers = Qualifiers { product: local(product), stage: local(stage), texts };
                Statement::Relation(RelationStatement {
                    predicate: *predicate,
                    source,
                    target,
                    qualifiers,
                    validity: Validity::new(*since, None).unwrap_or(Validity::UNSTATED),
                    modality: *modality,
                })
            }
        };
        self.claim(statement, one.extent, one.confidence, &one.rule);
    }

    fn figure(&mut self, one: &Observed) {
        let Some(subject) = self.local.get(&one.subject).copied() else { return };
        let observation = Observation {
            subject,
            metric: one.metric.clone(),
            value: one.value,
            value_max: one.value_max,
            unit: one.unit.clone(),
            comparator: one.comparator,
            period: one.period.clone(),
            modality: one.modality,
        };
        if observation.check().is_ok() {
            let sure = confidence(one.confidence);
            self.claim(Statement::Observation(observation), one.extent, sure, one.rule);
        }
    }

    fn claim(
        &mut self,
        statement: Statement<LocalEntity>,
        extent: Extent,
        confidence: Confidence,
        rule: &str,
    ) {
        let Some(evidence) = self.evidence(extent) else { return };
        if self.said.insert(same(&statement)) {
            self.drafts.claims.push(ClaimDraft {
                statement,
                evidence: Some(evidence),
                confidence,
                asserted_by: VERSION.to_owned(),
                status: None,
            });
            self.rules.push(rule.to_owned());
        }
    }

    /// The words of the document under an extent, cut to the longest quote.
    fn evidence(&self, extent: Extent) -> Option<Evidence> {
        let (start, end) = self.reading.text.span(extent)?;
        let end = end.min(start.saturating_add(QUOTE_MAX));
        let quote = self.reading.text.quote(start, end);
        let evidence = Evidence { document: self.document.id(), span: Span { start, end }, quote };
        (start < end).then_some(evidence)
    }

    /// The clause in which a name stands.
    fn clause(&self, extent: Extent) -> Extent {
        let sentences = self.reading.sentences;
        let at = sentences.partition_point(|s| s.extent.end <= extent.start);
        let outer = sentences.get(at).map(|s| s.extent).filter(|s| s.holds(extent));
        let clause = outer.map(|outer| sentence::clause(self.reading.text, outer, extent.start));
        clause.filter(|c| c.holds(extent)).unwrap_or(extent)
    }
}

/// What makes two sayings one: a relation is the same whatever its qualifying texts.
fn same(statement: &Statement<LocalEntity>) -> String {
    match statement {
        Statement::Relation(r) => format!(
            "{:?}{:?}{:?}{:?}{:?}",
            r.key().predicate,
            r.key().source,
            r.key().target,
            r.qualifiers.product,
            r.modality
        ),
        Statement::Role(r) => format!("{:?}{:?}", r.entity, r.role),
        other => format!("{other:?}"),
    }
}

fn confidence(value: f64) -> Confidence {
    Confidence::new(value).unwrap_or(Confidence::CERTAIN)
}
