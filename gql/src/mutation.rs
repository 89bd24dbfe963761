//! The mutation root: everything that is recorded, each by one command to the ledger.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};
use graph::decide::Command;
use graph::ledger::{self, Article, Idempotency, IngestError, Ingested, Submission};
use graph::model::{Document, DocumentId, DocumentMeta, MergeId, Verdict};
use graph::view::View;

use crate::auth::AccessRole;
use crate::error::Problem;
use crate::page::count;
use crate::request::Scope;
use crate::types::{self, ArticleInput, Entity, NodeId, Seq, Word, claim_id, entity_id, merge_id};

/// Everything that changes the graph. Each mutation is one commit: all of it is recorded, or
/// nothing.
pub(crate) struct Mutation;

/// How a caller guards a command against repetition and against surprise.
struct Guard {
    key: Option<String>,
    expected: Option<Seq>,
    /// What was asked, so that the same key with other content is told apart.
    content: String,
}

impl Guard {
    fn idempotency(self) -> Option<Idempotency> {
        self.key.map(|key| Idempotency { key, content: self.content.into_bytes() })
    }
}

/// Everything that changes the graph. Each mutation is one commit: all of it is recorded, or
/// nothing. `idempotencyKey`: the same key again returns the first receipt; with other content it
/// is a CONFLICT. The key is kept with the commit, so one whose mutation changed nothing is not
/// remembered. `expectedSeq`: only if the log still stands there, else CONFLICT.
#[Object]
impl Mutation {
    /// Stores an article, extracts its claims and records them. The same text again changes nothing
    /// and returns the first receipt. Needs the role EDITOR.
    async fn ingest_article(
        &self,
        ctx: &Context<'_>,
        input: ArticleInput,
        idempotency_key: Option<String>,
        expected_seq: Option<Seq>,
    ) -> Result<IngestReceipt, Problem> {
        let scope = Arc::clone(Scope::of(ctx)?);
        scope.caller.require(AccessRole::Editor)?;
        let content = format!("ingestArticle {input:?}");
        let guard = Guard { key: idempotency_key, expected: expected_seq, content };
        // Once begun it is carried out, whether or not its caller still waits.
        let begun = tokio::spawn(async move { ingest(&scope, input, guard).await });
        begun.await.map_err(Problem::internal)?
    }

    /// Accepts or rejects claims. Needs the role REVIEWER.
    async fn review_claims(
        &self,
        ctx: &Context<'_>,
        ids: Vec<ID>,
        verdict: Word<Verdict>,
        note: Option<String>,
        idempotency_key: Option<String>,
        expected_seq: Option<Seq>,
    ) -> Result<Receipt, Problem> {
        let content = format!("reviewClaims {ids:?} {verdict:?} {note:?}");
        let guard = Guard { key: idempotency_key, expected: expected_seq, content };
        let scope = allowed(ctx, AccessRole::Reviewer)?;
        let claims = ids.iter().map(|id| claim_id(id)).collect::<Result<_, _>>()?;
        let command = Command::Review { claims, verdict: verdict.0, note };
        Ok(submit(&scope, command, guard).await?.into())
    }

    /// Withdraws a claim. It stays in the log and no longer holds anything up. Needs the role EDITOR.
    async fn retract_claim(
        &self,
        ctx: &Context<'_>,
        id: ID,
        reason: String,
        idempotency_key: Option<String>,
        expected_seq: Option<Seq>,
    ) -> Result<Receipt, Problem> {
        let content = format!("retractClaim {id:?} {reason:?}");
        let guard = Guard { key: idempotency_key, expected: expected_seq, content };
        let scope = allowed(ctx, AccessRole::Editor)?;
        let command = Command::Retract { claim: claim_id(&id)?, reason };
        Ok(submit(&scope, command, guard).await?.into())
    }

    /// Says that entities are one: `keep` stays and stands for the others. Needs the role EDITOR.
    async fn merge_entities(
        &self,
        ctx: &Context<'_>,
        keep: ID,
        absorb: Vec<ID>,
        reason: String,
        idempotency_key: Option<String>,
        expected_seq: Option<Seq>,
    ) -> Result<MergeReceipt, Problem> {
        let content = format!("mergeEntities {keep:?} {absorb:?} {reason:?}");
        let guard = Guard { key: idempotency_key, expected: expected_seq, content };
        let scope = allowed(ctx, AccessRole::Editor)?;
        let kept = entity_id(&keep)?;
        let absorb = absorb.iter().map(|id| entity_id(id)).collect::<Result<_, _>>()?;
        let receipt = submit(&scope, Command::Merge { keep: kept, absorb, reason }, guard).await?;
        let merge = receipt.merges.first().copied().ok_or_else(|| {
            Problem::new(
                crate::error::Code::Conflict,
                "these entities are one already; nothing was recorded",
            )
        })?;
        let view = view_after(&scope, receipt.seq).await?;
        let kept = view.entity(kept).ok_or_else(|| Problem::not_found("entity", &keep))?;
        Ok(MergeReceipt {
            seq: Seq(receipt.seq),
            events: count(receipt.events),
            merge_id: NodeId::Merge(merge).into(),
            kept: Entity::new(&view, kept),
        })
    }

    /// Reverses a merge; claims made meanwhile stay with the side that they were made of. A later
    /// merge of the same entities is in the way: the error names it. Needs the role EDITOR.
    async fn undo_merge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`mergeId` of the receipt.")] id: ID,
        reason: String,
        idempotency_key: Option<String>,
        expected_seq: Option<Seq>,
    ) -> Result<Receipt, Problem> {
        let content = format!("undoMerge {id:?} {reason:?}");
        let guard = Guard { key: idempotency_key, expected: expected_seq, content };
        let scope = allowed(ctx, AccessRole::Editor)?;
        let command = Command::UndoMerge { merge: merge_id(&id)?, reason };
        Ok(submit(&scope, command, guard).await?.into())
    }

    /// Says that two entities differ, so that they are never proposed as one again. Needs the role
    /// EDITOR.
    async fn mark_distinct(
        &self,
        ctx: &Context<'_>,
        a: ID,
        b: ID,
        reason: String,
        idempotency_key: Option<String>,
        expected_seq: Option<Seq>,
    ) -> Result<Receipt, Problem> {
        let content = format!("markDistinct {a:?} {b:?} {reason:?}");
        let guard = Guard { key: idempotency_key, expected: expected_seq, content };
        let scope = allowed(ctx, AccessRole::Editor)?;
        let command = Command::MarkDistinct { a: entity_id(&a)?, b: entity_id(&b)?, reason };
        Ok(submit(&scope, command, guard).await?.into())
    }
}

fn allowed(ctx: &Context<'_>, needed: AccessRole) -> Result<Arc<Scope>, Problem> {
    let scope = Scope::of(ctx)?;
    scope.caller.require(needed)?;
    Ok(Arc::clone(scope))
}

async fn submit(
    scope: &Arc<Scope>,
    command: Command,
    guard: Guard,
) -> Result<ledger::Receipt, Problem> {
    let submission = Submission {
        actor: scope.caller.name.clone(),
        command,
        expected: guard.expected.map(|seq| seq.0),
        idempotency: guard.idempotency(),
    };
    let ledger = scope.ledger.clone();
    // Once begun it is carried out, whether or not its caller still waits.
    let begun = tokio::spawn(async move { ledger.submit(submission).await });
    Ok(begun.await.map_err(Problem::internal)??)
}

async fn view_after(scope: &Scope, seq: store::Seq) -> Result<View, Problem> {
    Ok(scope.ledger.view_from(seq, scope.time_left()).await?)
}

async fn ingest(
    scope: &Arc<Scope>,
    input: ArticleInput,
    guard: Guard,
) -> Result<IngestReceipt, Problem> {
    let extractor = scope.extractor.clone().ok_or_else(|| {
        Problem::bad_input("this server reads no articles: it was started without an extractor")
    })?;
    let meta = DocumentMeta {
        title: input.title,
        publisher: input.publisher,
        published_on: input.published_on.map(|date| date.0),
        url: input.url,
        language: input.language.unwrap_or_else(|| "zh".to_owned()),
    };
    let document =
        Document::new(meta, &input.text).map_err(|e| Problem::bad_input(e.to_string()))?;
    let article = Article {
        document,
        actor: scope.caller.name.clone(),
        expected: guard.expected.map(|seq| seq.0),
        idempotency: guard.idempotency(),
    };
    let Ingested { document, already_known, receipt } =
        scope.ledger.ingest(&extractor, article).await.map_err(|error| match error {
            IngestError::Extract(error) => Problem::bad_input(error.to_string()),
            IngestError::Submit(error) => error.into(),
        })?;
    let left_out = receipt.left_out.iter().map(|(_, refusal)| refusal.to_string()).collect();
    let view = view_after(scope, receipt.seq).await?;
    Ok(IngestReceipt {
        seq: Seq(receipt.seq),
        events: count(receipt.events),
        document: document_in(&view, document)?,
        accepted: count(receipt.accepted),
        proposed: count(receipt.proposed),
        new_entities: count(receipt.declared),
        merges: merge_ids(&receipt.merges),
        already_known,
        left_out,
    })
}

fn document_in(view: &View, id: DocumentId) -> Result<types::Document, Problem> {
    let ix = view.document_by_id(id).ok_or_else(|| Problem::internal("a document went away"))?;
    Ok(types::Document::new(view, ix))
}

/// What was recorded.
#[derive(SimpleObject)]
pub(crate) struct Receipt {
    /// From this position on the graph shows it: `at(asOf: { minSeq: … })`.
    seq: Seq,
    /// How many events it made; 0 when all of it was known.
    events: i32,
    /// Merges that followed by rule, since two of a kind came to bear one strong identifier. Each is
    /// what `undoMerge` takes.
    merges: Vec<ID>,
}

impl From<ledger::Receipt> for Receipt {
    fn from(receipt: ledger::Receipt) -> Self {
        Self {
            seq: Seq(receipt.seq),
            events: count(receipt.events),
            merges: merge_ids(&receipt.merges),
        }
    }
}

fn merge_ids(merges: &[MergeId]) -> Vec<ID> {
    merges.iter().map(|merge| NodeId::Merge(*merge).into()).collect()
}

/// What a merge recorded.
#[derive(SimpleObject)]
pub(crate) struct MergeReceipt {
    /// From this position on the graph shows it.
    seq: Seq,
    /// How many events it made.
    events: i32,
    /// What `undoMerge` takes.
    merge_id: ID,
    /// The entity that stays.
    kept: Entity,
}

/// What was read in an article.
#[derive(SimpleObject)]
pub(crate) struct IngestReceipt {
    /// From this position on the graph shows it.
    seq: Seq,
    /// How many events it made.
    events: i32,
    /// The article as stored.
    document: types::Document,
    /// Claims that were sure enough to be accepted at once.
    accepted: i32,
    /// Claims that wait for review.
    proposed: i32,
    /// Entities that were not known before.
    new_entities: i32,
    /// Merges that followed by rule from strong identifiers. Each is what `undoMerge` takes.
    merges: Vec<ID>,
    /// Whether this very text was recorded before; then this is the first receipt.
    already_known: bool,
    /// What was read and broke a rule of the model, each with the rule. Not kept: empty in a
    /// repeated receipt.
    left_out: Vec<String>,
}
