//! A claims file into a ledger and out again.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Read};

use graph::decide::{Command, Policy, Refusal};
use graph::export;
use graph::ledger::{Ledger, Submission, SubmitError};
use graph::model::Verdict;
use graph::view::View;
use seeds::import::{
    BadLines, ImportError, Imported, Pass, Plan, Rereadable, Stop, Survey, Unread,
};
use store::{AppendError, Head, Log, Seq};

fn ledger() -> Ledger {
    Ledger::open(Log::memory(), Policy::accepting_at(0.6).unwrap(), |_| {}).unwrap()
}

/// A file put to a ledger, with nothing recorded yet.
fn rehearsed(ledger: &Ledger, source: &impl Rereadable) -> Result<Plan, ImportError> {
    Survey::of(source)?.rehearse(source, &ledger.state(), ledger.policy())
}

/// Imports a file strictly: one bad line, and nothing is recorded.
async fn import(ledger: &Ledger, text: &str) -> Result<Imported, BadLines> {
    let source = text.as_bytes();
    let plan = rehearsed(ledger, &source).unwrap();
    if plan.bad().count() > 0 {
        return Err(plan.bad().clone());
    }
    Ok(plan.record(&source, ledger, "测试").await.unwrap())
}

/// Imports a file in which nothing is wrong.
async fn imported(ledger: &Ledger, text: &str) -> Imported {
    let imported = import(ledger, text).await.unwrap();
    assert_eq!(imported.refused, []);
    assert_eq!(imported.head, ledger.head().seq);
    imported
}

/// What comes of a file that says nothing new.
fn nothing_new(ledger: &Ledger) -> Imported {
    Imported { head: ledger.head().seq, ..Imported::default() }
}

/// How many events each commit holds.
fn commits(ledger: &Ledger) -> Vec<usize> {
    ledger.log().read(Seq::ZERO).map(|commit| commit.unwrap().records.len()).collect()
}

/// Bad lines in the order of the file, each with its reason.
fn told(bad: &BadLines) -> Vec<String> {
    let mut told: Vec<(usize, &str)> = bad.told().collect();
    told.sort_unstable();
    told.into_iter().map(|(line, reason)| format!("{line}: {reason}")).collect()
}

fn exported(view: &View) -> String {
    let mut out = Vec::new();
    export::ndjson(view, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

const FILE: &str = r#"{"type":"document","id":"d1","title":"泵阀小镇调查","published_on":"2025-05-24","text":"晨屿区以青禾轴承为链主，建起泵阀小镇。"}
{"type":"entity","id":"e1","kind":"FIRM","name":"汀洲青禾轴承有限公司","aliases":["青禾轴承"],"roles":["CHAIN_LEADER"]}
{"type":"entity","id":"e2","kind":"TOWN","name":"泵阀小镇"}
{"type":"entity","id":"e3","kind":"FIRM","name":"青禾轴承"}
{"type":"relation","id":"c1","predicate":"LEADS","source":"e1","target":"e2","qualifiers":{"role":"链主"},"confidence":0.9,"status":"proposed","evidence":{"document":"d1","start":3,"end":11,"quote":"以青禾轴承为链主"}}
{"type":"relation","id":"c2","predicate":"SUPPLIES","source":"e3","target":"e1","qualifiers":{"product":"滚子"},"valid_from":"2024-03","valid_to":"2025"}
{"type":"observation","id":"c3","subject":"e2","metric":"面积","value":3.25,"unit":"km2","comparator":"over","period":"2024"}
{"type":"review","claim":"c1","verdict":"accept","by":"审"}
{"type":"retraction","claim":"c3","reason":"更正"}
{"type":"distinct","a":"e1","b":"e3","reason":"两家"}
"#;

#[tokio::test]
async fn a_file_twice_is_the_file_once() {
    let ledger = ledger();
    let done = imported(&ledger, FILE).await;
    assert_eq!(
        (done.documents, done.declared, done.accepted, done.proposed, done.decisions),
        (1, 4, 4, 1, 3)
    );
    let head = ledger.head();
    assert_eq!(imported(&ledger, FILE).await, nothing_new(&ledger));
    assert_eq!(ledger.head(), head);
}

#[tokio::test]
async fn export_then_import_gives_an_equal_graph() {
    let first = ledger();
    imported(&first, FILE).await;
    let view = first.view();
    let id =
        |name: &str| view.entities_named(name).iter().map(|e| view.entity_id(*e)).next().unwrap();
    let claims = view.claims().map(|c| view.claim(c).id).take(1).collect();
    for command in [
        Command::Review { claims, verdict: Verdict::Reject, note: Some("另有其人".into()) },
        Command::MarkDistinct {
            a: id("泵阀小镇"),
            b: id("汀洲青禾轴承有限公司"),
            reason: "显然".into(),
        },
    ] {
        let submission =
            Submission { actor: "审".into(), command, expected: None, idempotency: None };
        first.submit(submission).await.unwrap();
    }
    let out = exported(&first.view());
    let second = ledger();
    imported(&second, &out).await;
    // Marks come first there.
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(lines(&exported(&second.view())), lines(&out));
    let ids = |view: &View| view.entities().map(|e| view.entity_id(e)).collect::<Vec<_>>();
    assert_eq!(ids(&second.view()), ids(&first.view()));
    assert_eq!(graph::query::stats(&second.view()), graph::query::stats(&first.view()));
}

#[tokio::test]
async fn merges_come_back_and_reversed_ones_too() {
    let lines = r#"{"type":"entity","id":"a","kind":"FIRM","name":"甲"}
{"type":"entity","id":"b","kind":"FIRM","name":"乙"}
{"type":"entity","id":"c","kind":"FIRM","name":"丙"}
{"type":"relation","predicate":"SUPPLIES","source":"b","target":"c"}
{"type":"merge","id":"m1","keep":"a","absorb":["b"],"reason":"一家"}
{"type":"merge","id":"m2","keep":"a","absorb":["c"],"reason":"一家"}
{"type":"undo_merge","merge":"m2","reason":"看错"}
"#;
    let first = ledger();
    assert_eq!(imported(&first, lines).await.decisions, 3);
    assert_eq!(imported(&first, lines).await, nothing_new(&first));
    assert_eq!(first.view().entities().count(), 2);
    let second = ledger();
    imported(&second, &exported(&first.view())).await;
    assert_eq!(exported(&second.view()), exported(&first.view()));
}

#[tokio::test]
async fn what_contradicts_the_record_is_refused_before_anything_is_written() {
    let ledger = ledger();
    let one = r#"{"type":"entity","id":"a","kind":"FIRM","name":"汀洲青禾轴承有限公司","aliases":["青禾"]}
"#;
    imported(&ledger, one).await;
    let view = ledger.view();
    let firm = view.entity_id(view.entities_named("青禾")[0]).to_string();
    let head = ledger.head();
    assert_ne!(head, Head::EMPTY);
    let same = r#"{"type":"entity","id":"x","kind":"FIRM","name":"青禾"}
{"type":"entity","id":"n","kind":"TOWN","name":"新小镇"}
{"type":"entity","id":"y","kind":"FIRM","name":"汀洲青禾轴承有限公司"}
{"type":"relation","predicate":"SUPPLIES","source":"x","target":"y"}
"#;
    let bad = import(&ledger, same).await.unwrap_err();
    assert_eq!(bad.count(), 1, "{bad:?}");
    assert!(bad.holds(4) && told(&bad)[0].contains(&firm), "{bad:?}");
    assert_eq!(ledger.head(), head);
}

/// A file of which some lines cannot be used: 2 and 5 in themselves, 7 and 8 by what they come to.
const SOME_BAD: &str = r#"{"type":"entity","id":"a","kind":"FIRM","name":"甲公司"}
{oops
{"type":"entity","id":"b","kind":"FIRM","name":"乙公司"}
{"type":"entity","id":"t","kind":"TOWN","name":"丙镇"}
{"type":"relation","predicate":"LEADS","source":"a","target":"nobody"}
{"type":"entity","id":"again","kind":"FIRM","name":"甲公司"}
{"type":"relation","predicate":"SUPPLIES","source":"a","target":"again"}
{"type":"merge","keep":"a","absorb":["b"],"reason":" "}
{"type":"relation","predicate":"LEADS","source":"a","target":"t"}
"#;

#[tokio::test]
async fn a_file_with_bad_lines_is_refused_strictly_and_its_rest_can_be_recorded() {
    let ledger = ledger();
    let source = SOME_BAD.as_bytes();
    let survey = Survey::of(&source).unwrap();
    assert_eq!((survey.lines(), survey.is_empty()), (9, false));
    assert_eq!(survey.bad().told().map(|(line, _)| line).collect::<Vec<_>>(), [2, 5]);

    let bad = import(&ledger, SOME_BAD).await.unwrap_err();
    let told = told(&bad);
    for (told, words) in told.iter().zip([
        ["2: ", "not JSON"],
        ["5: ", "`nobody`"],
        ["7: ", "itself"],
        ["8: ", "no reason"],
    ]) {
        assert!(told.starts_with(words[0]) && told.contains(words[1]), "{told}");
    }
    assert_eq!((told.len(), bad.count()), (4, 4), "{told:?}");
    assert_eq!(ledger.head(), Head::EMPTY, "something was recorded");

    let plan = rehearsed(&ledger, &source).unwrap();
    let done = plan.record(&source, &ledger, "测试").await.unwrap();
    assert_eq!((done.declared, done.accepted, done.refused.len()), (3, 1, 0), "{done:?}");
    let good: String = SOME_BAD
        .lines()
        .zip(1..)
        .filter(|(_, n)| !bad.holds(*n))
        .fold(String::new(), |all, (line, _)| all + line + "\n");
    let other = self::ledger();
    imported(&other, &good).await;
    assert_eq!(exported(&ledger.view()), exported(&other.view()));
}

#[test]
fn a_file_that_says_nothing_is_empty_and_one_bad_line_says_something() {
    let check = |text: &str, is_empty: bool| {
        assert_eq!(Survey::of(&text.as_bytes()).unwrap().is_empty(), is_empty, "{text:?}");
    };
    check("", true);
    check("\n \n", true);
    check("\noops\n", false);
    check(FILE, false);
}

const FIRMS: usize = 80;
const CLAIMS: usize = 5_000;

/// Firms of which nearly each supplies each, and a review of every claim.
fn large() -> String {
    let firms = (0..FIRMS).map(|n| {
        format!(
            "{{\"type\":\"entity\",\"id\":\"f{n}\",\"kind\":\"FIRM\",\"name\":\"汀洲{n}号公司\"}}"
        )
    });
    let pairs = (0..FIRMS).flat_map(|a| (0..FIRMS).map(move |b| (a, b))).filter(|(a, b)| a != b);
    let claims = pairs.take(CLAIMS).enumerate().map(|(n, (a, b))| {
        format!(
            "{{\"type\":\"relation\",\"id\":\"c{n}\",\"predicate\":\"SUPPLIES\",\"source\":\"f{a}\",\"target\":\"f{b}\",\"status\":\"proposed\"}}"
        )
    });
    let reviews = (0..CLAIMS)
        .map(|n| format!("{{\"type\":\"review\",\"claim\":\"c{n}\",\"verdict\":\"accept\"}}"));
    firms.chain(claims).chain(reviews).map(|line| line + "\n").collect()
}

#[tokio::test]
async fn thousands_of_claims_are_recorded_in_several_commits() {
    let ledger = ledger();
    let done = imported(&ledger, &large()).await;
    assert_eq!((done.declared, done.proposed, done.decisions), (FIRMS, CLAIMS, CLAIMS));
    let commits = commits(&ledger);
    assert_eq!(commits, [FIRMS, 4000, 1000, 1000, 1000, 1000, 1000, 1000]);
    assert_eq!(commits.iter().sum::<usize>(), done.events);
    assert_eq!(ledger.view().claims().count(), CLAIMS);
    assert_eq!(imported(&ledger, &large()).await, nothing_new(&ledger));
}

/// A file that cannot be read beyond some byte in one of the readings.
struct Broken<'a> {
    text: &'a str,
    when: Pass,
    at: usize,
}

impl Rereadable for Broken<'_> {
    fn read(&self, pass: Pass) -> io::Result<impl BufRead + Send + 'static> {
        let at = if pass == self.when { self.at } else { self.text.len() };
        let rest = if pass == self.when { Fault::Now } else { Fault::Never };
        let text = self.text.as_bytes()[..at].to_vec();
        Ok(BufReader::new(io::Cursor::new(text).chain(rest)))
    }
}

enum Fault {
    Now,
    Never,
}

impl Read for Fault {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Now => Err(io::Error::other("the disk has gone")),
            Self::Never => Ok(0),
        }
    }
}

#[test]
fn a_file_that_cannot_be_read_to_its_end_is_not_imported() {
    let ledger = ledger();
    for when in [Pass::Checking, Pass::Rehearsing] {
        let at = FILE.match_indices('\n').nth(1).unwrap().0 + 1;
        let error = rehearsed(&ledger, &Broken { text: FILE, when, at }).err().unwrap();
        assert!(error.to_string().starts_with("nothing was imported: "), "{error}");
        let ImportError::Unread(Unread::Line { line: 2, source }) = error else {
            panic!("{when:?}: {error:?}")
        };
        assert_eq!(source.to_string(), "the disk has gone");
    }
}

#[tokio::test]
async fn an_import_that_stopped_is_finished_by_running_it_again() {
    let (stopped, whole) = (ledger(), ledger());
    let text = large();
    let source = Broken { text: &text, when: Pass::Recording, at: text.len() * 2 / 3 };
    let plan = rehearsed(&stopped, &source).unwrap();
    let error = plan.record(&source, &stopped, "测试").await.unwrap_err();
    let words = error.to_string();
    let ImportError::Stopped { events, source: Stop::Unread(Unread::Line { line, .. }) } = error
    else {
        panic!("{error:?}")
    };
    assert!(FIRMS < events && events < FIRMS + 2 * CLAIMS, "{events}");
    assert!(FIRMS + 1000 < line && line < FIRMS + 2 * CLAIMS, "{line}");
    for said in [&*format!("{events} events are recorded"), "run it again", &format!("line {line}")]
    {
        assert!(words.contains(said), "{words}");
    }
    assert_eq!(
        usize::try_from(stopped.head().seq.get()),
        Ok(events),
        "readers see what is recorded"
    );
    let rest = imported(&stopped, &text).await;
    let all = imported(&whole, &text).await;
    assert_eq!(events + rest.events, all.events);
    assert_eq!(exported(&stopped.view()), exported(&whole.view()));
}

/// A file on whose way the log is closed: as a disk that goes.
struct Closing {
    text: String,
    at: usize,
    log: Log,
}

struct Closes(Log);

impl Read for Closes {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        runtime.block_on(self.0.clone().close()).map_err(io::Error::other)?;
        Ok(0)
    }
}

impl Rereadable for Closing {
    fn read(&self, pass: Pass) -> io::Result<impl BufRead + Send + 'static> {
        let [first, rest] = [&self.text[..self.at], &self.text[self.at..]];
        let [first, rest] = [first, rest].map(|part| io::Cursor::new(part.to_owned()));
        let closes: Box<dyn Read + Send> = if pass == Pass::Recording {
            Box::new(Closes(self.log.clone()))
        } else {
            Box::new(io::empty())
        };
        Ok(BufReader::new(first.chain(closes).chain(rest)))
    }
}

/// Commits are on their way while the next is made: what counts is what arrived.
#[tokio::test]
async fn an_import_whose_log_fails_tells_how_much_of_it_is_recorded() {
    let text = large();
    for part in 1..8 {
        let ledger = ledger();
        let log = ledger.log().clone();
        let source = Closing { at: text.len() * part / 8, text: text.clone(), log };
        let plan = rehearsed(&ledger, &source).unwrap();
        let error = plan.record(&source, &ledger, "测试").await.unwrap_err();
        let ImportError::Stopped { events, source: Stop::Submit(SubmitError::Append(error)) } =
            error
        else {
            panic!("{error:?}")
        };
        let recorded = usize::try_from(ledger.log().head().seq.get()).unwrap();
        match error {
            AppendError::Closed => assert_eq!(events, recorded, "{part}"),
            // Closed while it was being handed over: it may be there.
            AppendError::Unknown => assert!(events <= recorded, "{part}: {events}, {recorded}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(ledger.head().seq, Seq::new(events as u64));
    }
}

#[tokio::test]
async fn what_only_the_record_can_refuse_is_told_with_its_line_and_the_rest_goes_on() {
    let lines = r#"{"type":"entity","id":"a","kind":"FIRM","name":"甲公司"}
{"type":"entity","id":"b","kind":"FIRM","name":"乙公司"}
{"type":"distinct","a":"a","b":"b","reason":"两家"}
{"type":"merge","keep":"a","absorb":["b"],"reason":"一家"}
{"type":"relation","predicate":"SUPPLIES","source":"a","target":"b"}
"#;
    let ledger = ledger();
    let done = import(&ledger, lines).await.unwrap();
    assert_eq!((done.decisions, done.accepted, done.refused.len()), (1, 1, 1), "{done:?}");
    assert_eq!(done.refused[0].line, Some(4));
    assert!(matches!(done.refused[0].refusal, Refusal::KnownDistinct { .. }), "{done:?}");
    assert!(done.refused[0].to_string().starts_with("line 4: "), "{}", done.refused[0]);
}

#[tokio::test]
async fn names_that_another_writer_takes_after_the_rehearsal_stop_the_import() {
    let ledger = ledger();
    let source = FILE.as_bytes();
    let plan = rehearsed(&ledger, &source).unwrap();
    let taken =
        r#"{"type":"entity","id":"t","kind":"TOWN","name":"汀洲水泵小镇","aliases":["泵阀小镇"]}"#;
    imported(&ledger, taken).await;
    let error = plan.record(&source, &ledger, "测试").await.unwrap_err();
    assert!(matches!(error, ImportError::Stopped { source: Stop::Changed, .. }), "{error:?}");
    imported(&ledger, FILE).await;
}

#[tokio::test]
async fn a_text_that_the_file_brings_twice_is_one_document() {
    let document = |id: &str| {
        format!(r#"{{"type":"document","id":"{id}","title":"题","text":"甲公司领军泵阀小镇。"}}"#)
    };
    let text = [document("d1"), document("d2")].join("\n");
    let ledger = ledger();
    assert_eq!(imported(&ledger, &text).await.documents, 1);
    assert_eq!(ledger.view().documents().count(), 1);
    assert_eq!(imported(&ledger, &text).await, nothing_new(&ledger));
}
