//! What a figure measures, as a short noun phrase: 总产出, 国家高新技术企业数, 工业投资增速.

use std::sync::LazyLock;

use graph::model::EntityKind;
use regex::Regex;

use crate::mention::Reading;
use crate::quantity::{Quantity, QuantityKind};
use crate::rule::{Rendering, Scene, Slot};
use crate::text::Extent;

/// Longest metric, in characters.
const METRIC_MAX: usize = 24;
/// Words that join a noun to its figure and are no part of it.
const JOINTS: &[&str] = &[
    "超过",
    "达到",
    "达",
    "为",
    "约为",
    "约",
    "有",
    "是",
    "超",
    "共",
    "了",
    "的",
    "均",
    "已",
    "仅",
    "还",
    "也",
    "居",
    "突破",
    "实现",
    "完成",
    "预计",
    "可",
    "近",
    "逾",
    "共有",
    "则",
    "总计",
    "合计",
    "由",
    "从",
    "提高到",
    "提升到",
    "增加到",
    "下降到",
    "降低到",
    "缩短到",
    "减少到",
    "提高至",
    "提升至",
    "降至",
    "增至",
];
/// Words before a noun that are no part of it.
const OPENINGS: &[&str] = &[
    "等",
    "先后",
    "截至目前",
    "截至",
    "目前",
    "如今",
    "其中",
    "累计",
    "实现",
    "完成",
    "拥有",
    "建成后",
    "建成",
    "投产后",
    "预计",
    "新增了",
    "集聚了",
    "集聚",
    "现有",
    "共有",
    "有",
    "分",
    "的",
    "全年",
    "同期",
    "已",
    "从",
    "只用了",
    "使用",
    "还",
    "已经",
    "去年",
    "今年",
    "一季度",
    "年",
    "月",
    "底",
    "会上",
    "现场",
    "当年",
    "只有",
    "其中",
    "力争",
    "每年能为企业",
    "企业累计",
];
const GROWTH: &[&str] = &[
    "同比增长",
    "增长",
    "同比下降",
    "下降",
    "增速为",
    "增速达",
    "增速",
    "提升",
    "增幅",
    "同比提高",
    "减少",
];

/// Verbs of spending time.
const SPENDS: &[&str] = &["用", "要用", "需", "需要", "通过", "花", "只用"];
/// A time word, a count or an adverb at the front of a phrase.
static OPENING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?:(?:截至|力争|到)*(?:\d{4}年|今年|去年)?(?:\d{1,2}(?:[—-]\d{1,2})?月)?(?:底|末)?(?:\d+(?:批|个|家|项))?)",
    )
    .expect("a fixed pattern compiles")
});

/// The metric of a figure; `before` is the metric of the figure before it about the same entity.
pub(crate) fn name(
    reading: &Reading<'_>,
    scene: &Scene<'_>,
    quantity: &Quantity,
    before: Option<&str>,
) -> Option<String> {
    let left = left(reading, scene.here, quantity);
    let right = right(reading, scene.here, quantity);
    let found = match quantity.kind {
        QuantityKind::Rank => match before {
            Some(metric) if left.is_empty() || left.ends_with("数量") || left.ends_with("增速") =>
            {
                format!("{metric}排名")
            }
            _ if left.is_empty() => "名次".to_owned(),
            _ => format!("{left}排名"),
        },
        QuantityKind::Times => "夺得次数".to_owned(),
        QuantityKind::Count if quantity.unit == "批" => "批次数".to_owned(),
        QuantityKind::Count if !right.is_empty() => counted(&right),
        QuantityKind::Count if !left.is_empty() => counted(&left),

        QuantityKind::Count if before.is_none() => "数量".to_owned(),
        QuantityKind::Count => counted(before.map_or("", |b| b.trim_end_matches('数'))),
        QuantityKind::Measure => measure(quantity, &left, &right, before),
    };
    let named = found.chars().count() >= 2 && !is_function_word(&found);
    let short: String = found.chars().take(METRIC_MAX).collect();
    named.then_some(short)
}

fn counted(noun: &str) -> String {
    let whole = ["数", "量", "额", "值", "率", "次"].iter().any(|w| noun.ends_with(w));
    if whole || noun.is_empty() { noun.to_owned() } else { format!("{noun}数") }
}

fn measure(quantity: &Quantity, left: &str, right: &str, before: Option<&str>) -> String {
    let grows = GROWTH.iter().find(|g| left.ends_with(**g));
    match quantity.unit.as_str() {
        "%" if grows.is_some() => {
            let word = grows.copied().unwrap_or("");
            let noun = left.strip_suffix(word).unwrap_or(left).trim_end_matches("同比");
            let noun = if noun.is_empty() { before.unwrap_or("") } else { noun };
            format!("{}增速", noun.trim_end_matches("增速"))
        }
        "km2" | "亩" | "平方米" if left.is_empty() || !left.contains("积") => {
            "面积".to_owned()
        }
        "月" | "年" if left.ends_with("连续") => {
            let run = if quantity.unit == "月" { "连续月数" } else { "连续年数" };
            let of = before.map_or("", |b| b.trim_end_matches("增速"));
            format!("{of}{right}{run}")
        }
        "CNY" if left.ends_with("投资") && !left.ends_with("总投资") => "总投资".to_owned(),
        "s" | "d" if left.is_empty() || SPENDS.iter().any(|w| left.ends_with(w)) => {
            "耗时".to_owned()
        }
        _ if left.is_empty() => right.to_owned(),
        _ => left.to_owned(),
    }
}

/// The noun phrase before a figure, in its clause.
fn left(reading: &Reading<'_>, rendering: &Rendering, quantity: &Quantity) -> String {
    let head = rendering.string.get(..quantity.start).unwrap_or("");
    let from = head
        .rfind(['，', '；', '。', '：', '、', '（', '）'])
        .map_or(0, |i| i + head.get(i..).and_then(|t| t.chars().next()).map_or(0, char::len_utf8));
    // An industry or a method before the noun is part of what is measured.
    let bearer = |s: &&Slot| {
        !matches!(s.kind, EntityKind::Chain | EntityKind::Stage | EntityKind::Technology)
    };
    let mut named = rendering.slots.iter().rev().filter(bearer);
    let last_slot = named.find(|s| s.at < quantity.start && s.at >= from);
    let after_slot = last_slot.map_or(from, |s| s.at + 3);
    let mut phrase = head.get(after_slot..).unwrap_or("");
    if trimmed(phrase).is_empty() {
        // The last name is itself what is counted: all of the clause but its subject.
        let slots = rendering.slots.iter().filter(|s| s.at < quantity.start && s.at >= from);
        let begin = slots.clone().next().filter(|_| slots.count() > 1).map_or(from, |s| s.at + 3);
        phrase = head.get(begin..).unwrap_or("");
    }
    let start = rendering.origin(quantity.start - phrase.len());
    let words = reading.text.slice(Extent::new(start, rendering.origin(quantity.start)));
    trimmed(noun(trimmed(words))).to_owned()
}

/// The noun phrase after a figure.
fn right(reading: &Reading<'_>, rendering: &Rendering, quantity: &Quantity) -> String {
    let start = rendering.origin(quantity.end);
    let stop = |c: char| {
        matches!(c, '，' | '。' | '；' | '：' | '、' | '！' | '？' | '（' | '）' | '和' | '”')
    };
    let tail = reading.text.after(start);
    if tail.starts_with(|c: char| c.is_ascii_digit()) {
        return String::new();
    }
    let end = start + tail.find(stop).unwrap_or(tail.len());
    let end = end.min(rendering.extent.end);
    let zone = Extent::new(start, end.max(start));
    let cut = reading.boundaries.first_in(zone).unwrap_or(zone.end);
    let words = reading.text.slice(Extent::new(start, cut));
    if words.is_empty() && quantity.unit == "月" {
        // 连续37个月保持两位数增长
        let kept = ["保持", "实现"].iter().find_map(|w| tail.strip_prefix(w));
        let kept = kept.map_or("", |k| k.split(stop).next().unwrap_or(""));
        return kept.to_owned();
    }
    words.trim_start_matches('的').trim_matches(['“', '”']).to_owned()
}

fn trimmed(words: &str) -> &str {
    let mut words = words;
    loop {
        let before = words.len();
        for joint in JOINTS.iter().filter(|_| !words.ends_with("节约")) {
            words = words.strip_suffix(joint).unwrap_or(words);
        }
        for opening in OPENINGS {
            words = words.strip_prefix(opening).unwrap_or(words);
        }
        words = words.get(OPENING.find(words).map_or(0, |m| m.end())..).unwrap_or("");
        words = words.trim_matches(['“', '”']);
        if words.len() == before {
            return words;
        }
    }
}

/// 出口占比由15%提高到: the noun before the first of two values; 已成长为产值: after the verb.
fn noun(words: &str) -> &str {
    const VERBS: &[&str] = &["成长为", "已成为", "可实现", "公司实现", "公司", "拥有", "带动"];
    let from_to = words.char_indices().find(|(at, c)| {
        matches!(c, '由' | '从')
            && words
                .get(at + c.len_utf8()..)
                .is_some_and(|t| t.starts_with(|c: char| c.is_ascii_digit()))
    });
    let words =
        from_to.and_then(|(at, _)| words.get(..at)).filter(|w| !w.is_empty()).unwrap_or(words);
    let cut = VERBS.iter().filter_map(|v| words.rfind(v).map(|at| at + v.len())).max().unwrap_or(0);
    words.get(cut..).filter(|rest| rest.chars().count() >= 2).unwrap_or(words)
}

fn is_function_word(words: &str) -> bool {
    const NONE: &[&str] = &["小时", "时间", "以后", "之后", "方面", "左右"];
    NONE.contains(&words)
}
