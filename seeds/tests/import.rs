//! A claims file into a ledger and out again.

use graph::decide::{Command, Policy};
use graph::export;
use graph::ledger::{Ledger, Submission};
use graph::model::Verdict;
use graph::view::View;
use seeds::claims_file::load;
use seeds::import::{ImportError, Imported, import};
use store::{Head, Log};

fn ledger() -> Ledger {
    Ledger::open(Log::memory(), Policy::accepting_at(0.6).unwrap(), |_| {}).unwrap()
}

async fn imported(ledger: &Ledger, text: &str) -> Result<Imported, ImportError> {
    let file = load(text.as_bytes()).unwrap();
    assert!(file.bad.is_empty(), "{:?}", file.bad);
    import(ledger, "测试", &file, |_| {}).await
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
    let done = imported(&ledger, FILE).await.unwrap();
    assert_eq!(
        (done.documents, done.entities, done.accepted, done.proposed, done.actions),
        (1, 4, 4, 1, 3)
    );
    let head = ledger.head();
    assert_eq!(imported(&ledger, FILE).await.unwrap(), Imported::default());
    assert_eq!(ledger.head(), head);
}

#[tokio::test]
async fn export_then_import_gives_an_equal_graph() {
    let first = ledger();
    imported(&first, FILE).await.unwrap();
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
    imported(&second, &out).await.unwrap();
    assert_eq!(exported(&second.view()), out);
    let ids = |view: &View| view.entities().map(|e| view.entity_id(e)).collect::<Vec<_>>();
    assert_eq!(ids(&second.view()), ids(&first.view()));
    assert_eq!(graph::query::stats(&second.view()), graph::query::stats(&first.view()));
}

#[tokio::test]
async fn merges_come_back_and_reversed_ones_are_passed_over() {
    let lines = r#"{"type":"entity","id":"a","kind":"FIRM","name":"甲"}
{"type":"entity","id":"b","kind":"FIRM","name":"乙"}
{"type":"entity","id":"c","kind":"FIRM","name":"丙"}
{"type":"relation","predicate":"SUPPLIES","source":"b","target":"c"}
{"type":"merge","id":"m1","keep":"a","absorb":["b"],"reason":"一家"}
{"type":"merge","id":"m2","keep":"a","absorb":["c"],"reason":"一家"}
{"type":"undo_merge","merge":"m2","reason":"看错"}
"#;
    let first = ledger();
    assert_eq!(imported(&first, lines).await.unwrap().actions, 1);
    assert_eq!(imported(&first, lines).await.unwrap(), Imported::default());
    assert_eq!(first.view().entities().count(), 2);
    let second = ledger();
    imported(&second, &exported(&first.view())).await.unwrap();
    assert_eq!(exported(&second.view()), exported(&first.view()));
}

#[tokio::test]
async fn what_contradicts_the_record_is_refused_before_anything_is_written() {
    let ledger = ledger();
    let one = r#"{"type":"entity","id":"a","kind":"FIRM","name":"汀洲青禾轴承有限公司","aliases":["青禾"]}
"#;
    imported(&ledger, one).await.unwrap();
    let head = ledger.head();
    assert_ne!(head, Head::EMPTY);
    let same = r#"{"type":"entity","id":"x","kind":"FIRM","name":"青禾"}
{"type":"entity","id":"n","kind":"TOWN","name":"新小镇"}
{"type":"entity","id":"y","kind":"FIRM","name":"汀洲青禾轴承有限公司"}
{"type":"relation","predicate":"SUPPLIES","source":"x","target":"y"}
"#;
    let error = imported(&ledger, same).await.unwrap_err().to_string();
    assert!(error.contains("nothing was imported") && error.contains("青禾"), "{error}");
    assert_eq!(ledger.head(), head);
}
