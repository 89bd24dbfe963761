//! Facts of the shared bench into a ledger, as an import records them: entities first, then
//! relations in commits of a thousand.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use graph::decide::{Command, OnRefusal};
use graph::interchange::{EntityRef, Line};
use graph::ledger::{Ledger, Submission};
use graph::model::{
    ClaimDraft, ClaimStatus, Confidence, Drafts, EntityDraft, EntityId, LocalEntity,
};

const DECLARATIONS: usize = 5_000;
const CLAIMS: usize = 1_000;

/// The graph's id of every id of the file.
pub(crate) type Ids = HashMap<String, EntityId>;

/// Records every line of the facts.
pub(crate) async fn load(facts: &Path, ledger: &Ledger) -> Ids {
    let mut names: Vec<String> = Vec::new();
    let mut drafts = Drafts::none();
    let mut ids = Ids::new();
    let mut places: HashMap<EntityId, LocalEntity> = HashMap::new();
    ledger.begin_bulk(usize::MAX).await.unwrap();
    for line in BufReader::new(File::open(facts).unwrap()).lines() {
        let line = Line::parse(&line.unwrap()).unwrap();
        if let Line::Entity(entity) = &line {
            let (kind, name) = (entity.kind, entity.name.clone());
            drafts.entities.push(EntityDraft::Named { kind, name, also_known_as: vec![] });
            names.push(entity.id.clone());
            if names.len() == DECLARATIONS {
                declared(ledger, &mut drafts, &mut names, &mut ids).await;
            }
            continue;
        }
        declared(ledger, &mut drafts, &mut names, &mut ids).await;
        let claim = claim(&line, &ids, &mut drafts, &mut places);
        drafts.claims.push(claim);
        if drafts.claims.len() == CLAIMS {
            record(ledger, &mut drafts).await;
            places.clear();
        }
    }
    declared(ledger, &mut drafts, &mut names, &mut ids).await;
    record(ledger, &mut drafts).await;
    ledger.publish().await.unwrap();
    ids
}

async fn declared(ledger: &Ledger, drafts: &mut Drafts, names: &mut Vec<String>, ids: &mut Ids) {
    if names.is_empty() {
        return;
    }
    let recognised = record(ledger, drafts).await;
    ids.extend(names.drain(..).zip(recognised.into_iter().map(Option::unwrap)));
}

async fn record(ledger: &Ledger, drafts: &mut Drafts) -> Vec<Option<EntityId>> {
    let drafts = std::mem::replace(drafts, Drafts::none());
    let command = Command::Record { documents: vec![], drafts, on_refusal: OnRefusal::RefuseAll };
    let submission =
        Submission { actor: "bench".into(), command, expected: None, idempotency: None };
    ledger.submit_in_bulk(submission).await.unwrap().entities
}

fn claim(
    line: &Line,
    ids: &Ids,
    drafts: &mut Drafts,
    places: &mut HashMap<EntityId, LocalEntity>,
) -> ClaimDraft {
    let statement = line.statement().unwrap().unwrap();
    let statement = statement.try_map(|named| {
        let (EntityRef::Id(id) | EntityRef::IdOrName(_, id)) = named;
        let id = *ids.get(id).ok_or(id)?;
        Ok::<_, &str>(*places.entry(id).or_insert_with(|| {
            drafts.entities.push(EntityDraft::Known(id));
            LocalEntity(drafts.entities.len() - 1)
        }))
    });
    let Line::Relation(relation) = line else { panic!("the facts hold entities and relations") };
    ClaimDraft {
        statement: statement.unwrap(),
        evidence: None,
        confidence: relation.confidence.unwrap_or(Confidence::CERTAIN),
        asserted_by: "bench".into(),
        status: Some(ClaimStatus::Accepted),
    }
}
