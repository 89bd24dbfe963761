//! How well reprints are told from other articles, and what that costs.
//!
//! Data: invented articles on one subject, made of thirty sentences with slots for names, products,
//! places and figures, so that any two share more turns of phrase than real ones do. Each is
//! recorded beside a changed one: with another head and foot, shortened, edited character by
//! character, joined with a second one. Reported: of so many pairs the share that is told as a
//! reprint (and how many originals are wrongly told as one), then the time that folding in a document of 4,000 characters takes, decoding included.
//!
//! Run with `cargo bench -p lianzhu-graph --bench reprints`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and stops at the first surprise"
)]

use std::time::Instant;

use graph::decide::{Command, OnRefusal, Policy};
use graph::ledger::{Ledger, Submission};
use graph::model::{Document, DocumentMeta, Drafts};
use graph::state::State;
use oorandom::Rand32;
use store::{Log, Seq};

/// Pairs of each sort.
const PAIRS: usize = 200;

/// An article as its sentences.
type Article = Vec<String>;

type Change = Box<dyn Fn(&Article, &mut Rand32) -> String>;

const SENTENCES: [&str; 30] = [
    "近日，{f}在{p}举行新品发布会，推出面向{i}的{g}。",
    "据介绍，{f}成立于{n}年，是{p}重点培育的专精特新企业。",
    "{f}董事长在接受采访时表示，公司将继续加大{g}的研发投入。",
    "目前，{p}已集聚{i}企业{n}家，年产值突破{n}亿元。",
    "{f}与{f}签署战略合作协议，双方将围绕{g}开展联合攻关。",
    "作为产业链上游企业，{f}为{f}稳定供应{g}。",
    "{p}有关负责人介绍，当地将{i}列为重点产业链，实行链长制。",
    "今年前三季度，{f}实现营业收入{n}亿元，同比增长{n}%。",
    "记者在{f}车间看到，一条{g}生产线正在满负荷运转。",
    "该项目总投资{n}亿元，达产后可年产{g}{n}万套。",
    "业内人士认为，{g}的国产化率仍有较大提升空间。",
    "{f}的{g}此前长期依赖进口，如今已实现自主可控。",
    "在{p}，从{g}到{g}的配套半径不超过三十公里。",
    "{f}技术负责人说，团队用了{n}个月才解决{g}的寿命问题。",
    "为此，{p}设立了规模{n}亿元的产业基金，支持{i}发展。",
    "{f}先后获得授权专利{n}项，其中发明专利{n}项。",
    "下一步，{p}将推动{i}与{i}融合发展。",
    "依托{p}的科创平台，{f}建成了{g}中试基地。",
    "{f}是{f}的一级供应商，也是{f}的长期伙伴。",
    "去年底，{f}的{g}通过了下游客户的验证。",
    "“客户要什么，我们就做什么。”{f}总经理说。",
    "从一家小厂到行业龙头，{f}走过了{n}年。",
    "{p}还将举办{i}大会，邀请{n}家企业参展。",
    "订单排到了明年，{f}正在扩建第{n}期厂房。",
    "与同类产品相比，{f}的{g}能耗降低{n}%。",
    "{f}在{p}设立了研究院，引进博士{n}人。",
    "上述人士称，{g}的价格较年初下降了{n}%。",
    "截至目前，{f}的产品已出口到{n}个国家和地区。",
    "在政策带动下，{p}的{i}链条日益完整。",
    "展望未来，{f}希望成为{g}领域的世界一流企业。",
];

const FIRST: [&str; 16] = [
    "晨", "屿", "澜", "泓", "岑", "霁", "朔", "棠", "砺", "珩", "璟", "翊", "骁", "衡", "峤", "沅",
];
const SECOND: [&str; 16] = [
    "海", "川", "岳", "林", "星", "石", "舟", "禾", "原", "光", "峰", "云", "江", "田", "谷", "桥",
];
const GOODS: [&str; 16] = [
    "谐波减速器",
    "滚珠丝杠",
    "力矩电机",
    "六维力传感器",
    "陶瓷隔膜",
    "高压泵阀",
    "精密轴承",
    "伺服驱动器",
    "编码器",
    "特种薄膜",
    "碳纤维预浸料",
    "激光雷达",
    "灵巧手",
    "控制芯片",
    "真空腔体",
    "石英坩埚",
];
const FIELDS: [&str; 8] = [
    "人形机器人",
    "膜材料",
    "低空经济",
    "新能源装备",
    "半导体设备",
    "智能网联",
    "生物制造",
    "算力",
];

fn pick<'a>(from: &[&'a str], rand: &mut Rand32) -> &'a str {
    from[rand.rand_range(0..u32::try_from(from.len()).unwrap()) as usize]
}

fn sentence(rand: &mut Rand32) -> String {
    let mut text = String::new();
    let template = pick(&SENTENCES, rand);
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        text.push_str(&rest[..at]);
        let name = format!("{}{}", pick(&FIRST, rand), pick(&SECOND, rand));
        text.push_str(&match &rest[at..at + 3] {
            "{f}" => format!("{name}科技"),
            "{p}" => format!("{name}区"),
            "{g}" => pick(&GOODS, rand).to_owned(),
            "{i}" => pick(&FIELDS, rand).to_owned(),
            _ => rand.rand_range(2..2_000).to_string(),
        });
        rest = &rest[at + 3..];
    }
    text + rest
}

/// Sentences of so many characters together.
fn article(chars: usize, rand: &mut Rand32) -> Article {
    let (mut all, mut length) = (Vec::new(), 0);
    while length < chars {
        let next = sentence(rand);
        length += next.chars().count();
        all.push(next);
    }
    all
}

/// Another head and foot, so many characters together.
fn framed(text: &str, chars: usize, rand: &mut Rand32) -> String {
    let part = |rand: &mut Rand32| article(chars / 2, rand).concat();
    format!("{}\n{text}\n{}", part(rand), part(rand))
}

/// Of a hundred characters so many replaced.
fn edited(text: &str, percent: u32, rand: &mut Rand32) -> String {
    let letters = FIRST.concat() + &SECOND.concat();
    let letters: Vec<char> = letters.chars().collect();
    let other = |rand: &mut Rand32| letters[rand.rand_range(0..32) as usize];
    text.chars().map(|c| if rand.rand_range(0..100) < percent { other(rand) } else { c }).collect()
}

/// Without so many of a hundred of its sentences, from the end.
fn cut(article: &Article, percent: usize) -> String {
    article[..article.len() - article.len() * percent / 100].concat()
}

fn changes(chars: usize) -> Vec<(String, Change)> {
    let mut all: Vec<(String, Change)> = Vec::new();
    for percent in [10, 25, 50] {
        let change: Change =
            Box::new(move |a, rand| framed(&a.concat(), chars * percent / 100, rand));
        all.push((format!("head and foot of {percent} % together"), change));
    }
    for percent in [1, 3, 5, 8, 12] {
        let change: Change = Box::new(move |a, rand| edited(&a.concat(), percent, rand));
        all.push((format!("{percent} % of characters edited"), change));
    }
    for percent in [10, 20, 30, 40, 50, 60] {
        let change: Change = Box::new(move |a, _| cut(a, percent));
        all.push((format!("cut by {percent} %"), change));
    }
    let all_at_once: Change =
        Box::new(move |a, rand| framed(&edited(&cut(a, 10), 2, rand), chars / 10, rand));
    all.push(("cut by 10 %, 2 % edited, head and foot of 10 %".to_owned(), all_at_once));
    let quoted: Change =
        Box::new(move |a, rand| a[..a.len() / 4].concat() + &article(chars * 3 / 4, rand).concat());
    all.push(("another article that quotes a quarter".to_owned(), quoted));
    let digest: Change =
        Box::new(move |a, rand| a.concat() + &article(chars * 3 / 2, rand).concat());
    all.push(("part of a digest of two and a half".to_owned(), digest));
    let none: Change = Box::new(move |_, rand| article(chars, rand).concat());
    all.push(("another article on the subject".to_owned(), none));
    all
}

fn document(text: &str) -> Document {
    let meta = DocumentMeta {
        title: "题".to_owned(),
        publisher: None,
        published_on: None,
        url: None,
        language: "zh".to_owned(),
    };
    Document::new(meta, text).unwrap()
}

/// A ledger that holds these, one commit each.
fn recorded(documents: &[Document]) -> Ledger {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let policy = Policy::accepting_at(0.6).unwrap();
    let ledger = Ledger::open(Log::memory(), policy, |_| {}).unwrap();
    for document in documents {
        let command = Command::Record {
            documents: vec![document.clone()],
            drafts: Drafts::none(),
            on_refusal: OnRefusal::RefuseAll,
        };
        let actor = "bench".to_owned();
        let submission = Submission { actor, command, expected: None, idempotency: None };
        runtime.block_on(ledger.submit_in_bulk(submission)).unwrap();
    }
    runtime.block_on(ledger.publish()).unwrap();
    ledger
}

fn main() {
    let mut rand = Rand32::new(7);
    for chars in [150, 600, 4_000] {
        println!("{chars} characters: told as a reprint");
        for (name, change) in changes(chars) {
            let originals: Vec<Article> = (0..PAIRS).map(|_| article(chars, &mut rand)).collect();
            let changed: Vec<String> =
                originals.iter().map(|original| change(original, &mut rand)).collect();
            let texts = originals.iter().map(|original| original.concat()).chain(changed);
            let all: Vec<Document> = texts.map(|text| document(&text)).collect();
            let view = recorded(&all).view();
            // Few edits may leave a short text as it was: one document, which is no reprint.
            let row = |at: usize| view.document_by_id(all[at].id()).unwrap();
            let pairs = (0..PAIRS).map(|at| (row(at), row(PAIRS + at))).filter(|(a, b)| a != b);
            let pairs: Vec<_> = pairs.collect();
            let told = pairs.iter().filter(|(a, b)| view.original(*b) == *a).count();
            let wrong = pairs.iter().filter(|(a, _)| view.original(*a) != *a).count();
            if pairs.is_empty() {
                continue;
            }
            let share = told as f64 * 100.0 / pairs.len() as f64;
            println!("  {name:<50}{share:>6.1} %{wrong:>5} wrong");
        }
    }
    for count in [1_000, 10_000] {
        let documents: Vec<Document> =
            (0..count).map(|_| document(&article(4_000, &mut rand).concat())).collect();
        let ledger = recorded(&documents);
        let commits: Vec<_> = ledger.log().read(Seq::ZERO).map(Result::unwrap).collect();
        let began = Instant::now();
        let mut state = State::empty();
        commits.iter().for_each(|commit| state.apply(commit).unwrap());
        let each = began.elapsed() / u32::try_from(count).unwrap();
        println!("{count} documents of 4,000 characters: {each:?} each to decode and fold in");
    }
}
