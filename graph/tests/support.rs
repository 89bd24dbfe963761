//! Small graphs drawn as text: one relation a line, `KIND:name PREDICATE KIND:name` and then
//! `product=name`, `stage=name`, `conf=0.9`, `from=2020`, `to=2021`, `planned`, or a text
//! qualifier such as `scope=words`.

use std::fmt::Write as _;

use graph::decide::{Command, OnRefusal, Policy};
use graph::ledger::{Idempotency, Ledger, Receipt, Submission, SubmitError};
use graph::model::{
    ClaimDraft, ClaimStatus, Confidence, Document, DocumentMeta, Drafts, EntityDraft, EntityKind,
    Evidence, FuzzyDate, LocalEntity, Modality, Qualifiers, RelationStatement, Span, Statement,
    TextQualifier, Validity,
};
use graph::query::{Budget, DuplicateQuery, duplicates};
use graph::view::View;
use proptest::prelude::ProptestConfig;
use store::Log;

/// How many cases a law is tried on: as many as it usually needs, or as `PROPTEST_CASES` says for a
/// long look.
pub(crate) fn cases(usual: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    let is_asked = std::env::var_os("PROPTEST_CASES").is_some();
    ProptestConfig { cases: if is_asked { default.cases } else { usual }, ..default }
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

pub(crate) fn policy() -> Policy {
    Policy::accepting_at(0.6).unwrap()
}

pub(crate) fn empty_ledger() -> Ledger {
    Ledger::open(Log::memory(), policy(), |_| {}).unwrap()
}

pub(crate) fn submission(command: Command) -> Submission {
    Submission { actor: "测试".into(), command, expected: None, idempotency: None }
}

pub(crate) async fn submit(ledger: &Ledger, command: Command) -> Result<Receipt, SubmitError> {
    ledger.submit(submission(command)).await
}

pub(crate) fn with_key(command: Command, key: &str, content: &str) -> Submission {
    let idempotency = Idempotency { key: key.into(), content: content.as_bytes().to_vec() };
    Submission { idempotency: Some(idempotency), ..submission(command) }
}

pub(crate) fn record(drafts: Drafts) -> Command {
    Command::Record { documents: vec![], drafts, on_refusal: OnRefusal::RefuseAll }
}

/// A ledger that holds what is drawn.
pub(crate) async fn drawn(picture: &str) -> Ledger {
    let ledger = empty_ledger();
    submit(&ledger, record(drafts(picture))).await.unwrap();
    ledger
}

pub(crate) fn drafts(picture: &str) -> Drafts {
    let mut drafts = Drafts::none();
    for line in picture.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let claim = claim(&mut drafts, line);
        drafts.claims.push(claim);
    }
    drafts
}

fn claim(drafts: &mut Drafts, line: &str) -> ClaimDraft {
    let words: Vec<&str> = line.split_whitespace().collect();
    let source = entity(drafts, words[0]);
    let target = entity(drafts, words[2]);
    let mut relation = RelationStatement {
        predicate: words[1].parse().unwrap(),
        source,
        target,
        qualifiers: Qualifiers::none(),
        validity: Validity::UNSTATED,
        modality: Modality::Actual,
    };
    let mut confidence = 1.0;
    let (mut from, mut to): (Option<FuzzyDate>, Option<FuzzyDate>) = (None, None);
    for word in &words[3..] {
        match word.split_once('=').unwrap_or((word, "")) {
            ("product", name) => {
                relation.qualifiers.product = Some(entity(drafts, &format!("PRODUCT:{name}")));
            }
            ("stage", name) => {
                relation.qualifiers.stage = Some(entity(drafts, &format!("STAGE:{name}")));
            }
            ("conf", number) => confidence = number.parse().unwrap(),
            ("from", date) => from = Some(date.parse().unwrap()),
            ("to", date) => to = Some(date.parse().unwrap()),
            (key, text) if key.parse::<TextQualifier>().is_ok() => {
                relation.qualifiers.texts.insert(key.parse().unwrap(), text.to_owned());
            }
            ("planned", _) => relation.modality = Modality::Planned,
            other => panic!("not understood: {other:?}"),
        }
    }
    relation.validity = Validity::new(from, to).unwrap();
    said(Statement::Relation(relation), confidence)
}

pub(crate) fn said(statement: Statement<LocalEntity>, confidence: f64) -> ClaimDraft {
    ClaimDraft {
        statement,
        evidence: None,
        confidence: Confidence::new(confidence).unwrap(),
        asserted_by: "测试".into(),
        status: Some(ClaimStatus::Accepted),
    }
}

/// The place of `KIND:name` among the drafts' entities, added where it is missing.
pub(crate) fn entity(drafts: &mut Drafts, word: &str) -> LocalEntity {
    let (kind, name) = word.split_once(':').unwrap();
    let kind: EntityKind = kind.parse().unwrap();
    let draft = EntityDraft::Named { kind, name: name.into(), also_known_as: vec![] };
    let at = drafts.entities.iter().position(|e| *e == draft);
    LocalEntity(at.unwrap_or_else(|| {
        drafts.entities.push(draft);
        drafts.entities.len() - 1
    }))
}

pub(crate) fn document(title: &str, text: &str, published_on: &str) -> Document {
    let meta = DocumentMeta {
        title: title.into(),
        publisher: Some("连珠示例报".into()),
        published_on: published_on.parse().ok(),
        url: None,
        language: "zh".into(),
    };
    Document::new(meta, text).unwrap()
}

/// The text of an article as one of its publishers prints it: with words of their own before and
/// after, and one sentence less or more. All printings of one article are reprints of each other.
pub(crate) fn printed(article: u8, by: u8) -> String {
    let sentences = (0..12).filter(|n| *n != by).map(|n| {
        let (a, b) =
            (13 * (usize::from(article) * 12 + usize::from(n)) + 5, 1_000 - usize::from(n));
        format!("第{article}篇第{n}段说，某与某在{a}号楼订约{b}项，每项各由{}方承办。", a * b)
    });
    format!("据第{by}报讯：\n{}\n（第{by}报）", sentences.collect::<String>())
}

/// Evidence for the first place where a document has these words.
pub(crate) fn evidence(document: &Document, quote: &str) -> Evidence {
    let byte = document.text().find(quote).unwrap();
    let start = u32::try_from(document.text()[..byte].chars().count()).unwrap();
    let end = start + u32::try_from(quote.chars().count()).unwrap();
    Evidence { document: document.id(), span: Span { start, end }, quote: quote.into() }
}

/// Everything that a view shows, as text: equal views have equal dumps.
pub(crate) fn dump(view: &View) -> String {
    let mut out = String::new();
    writeln!(out, "seq {}", view.seq()).unwrap();
    for e in view.entities() {
        writeln!(
            out,
            "entity {} {} {} aliases {:?} roles {:?} ids {:?} summary {:?} under {:?}",
            view.entity_id(e),
            view.kind(e),
            view.name(e),
            view.aliases(e),
            view.roles(e),
            view.identifiers(e),
            view.summary(e),
            view.ids_of(e),
        )
        .unwrap();
        writeln!(out, "  relations {:?}", view.relations(e, None)).unwrap();
        writeln!(out, "  observations {:?}", view.observations(e)).unwrap();
    }
    for r in view.all_relations() {
        writeln!(out, "relation {:?}", view.relation(r).unwrap()).unwrap();
    }
    for c in view.claims() {
        let claim = view.claim(c);
        writeln!(out, "claim {claim:?} | {}", view.sentence(c)).unwrap();
    }
    for d in view.documents() {
        let found = view.document(d);
        let quoting: Vec<_> = view.claims_quoting(d).collect();
        let original = view.original(d);
        writeln!(out, "document {} {} {original:?} {quoting:?}", found.document.id(), found.seq)
            .unwrap();
    }
    writeln!(out, "stats {:?}", graph::query::stats(view)).unwrap();
    let every = DuplicateQuery { kinds: vec![], min_score: 0.0, limit: usize::MAX };
    let found = duplicates(view, &every, &Budget::steps(1_000_000));
    writeln!(out, "duplicates {found:?}").unwrap();
    out
}
