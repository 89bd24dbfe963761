//! Figures: `超270亿元`, `800多项`, `3.25平方公里`, `1到2天`, `第一`: value in base units, comparator.

use std::sync::LazyLock;

use graph::model::Comparator;
use regex::{Captures, Regex};

/// A figure as it stands in a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Quantity {
    /// First and one-past-last byte, comparators included.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Where the unit ends, before 左右 or 以上.
    pub(crate) unit_end: usize,
    pub(crate) value: f64,
    pub(crate) value_max: Option<f64>,
    pub(crate) unit: String,
    pub(crate) comparator: Comparator,
    pub(crate) kind: QuantityKind,
}

/// What sort of figure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QuantityKind {
    /// Things counted by a measure word.
    Count,
    /// Money, area, time, share: a size with a unit.
    Measure,
    /// A rank.
    Rank,
    /// How often something was won.
    Times,
}

/// Unit as written, unit as recorded, factor. Longer ones first.
const UNITS: &[(&str, &str, f64)] = &[
    ("平方公里", "km2", 1.0),
    ("平方米", "平方米", 1.0),
    ("公顷", "公顷", 1.0),
    ("亩", "亩", 1.0),
    ("个百分点", "个百分点", 1.0),
    ("%", "%", 1.0),
    ("元", "CNY", 1.0),
    ("美元", "USD", 1.0),
    ("公里", "公里", 1.0),
    ("千瓦时", "千瓦时", 1.0),
    ("千瓦", "千瓦", 1.0),
    ("兆瓦", "兆瓦", 1.0),
    ("吨", "t", 1.0),
    ("公斤", "t", 0.001),
    ("秒", "s", 1.0),
    ("分钟", "s", 60.0),
    ("小时", "s", 3600.0),
    ("天", "d", 1.0),
    ("个月", "月", 1.0),
    ("年", "年", 1.0),
    ("米", "米", 1.0),
    ("微米", "微米", 1.0),
    ("纳米", "纳米", 1.0),
    ("毫米", "毫米", 1.0),
    ("个人", "人", 1.0),
];
/// Measure words, recorded as written.
const MEASURES: &str = "家|个|项|条|种|类|批|件|套|台|座|栋|幢|次|人|名|位|辆|艘|架|支|颗|款|只|对|席|所|户|场|起|组|处|间|门|份|册|篇|株|头|班";

static FIGURE: LazyLock<Regex> = LazyLock::new(|| {
    let units: Vec<&str> = UNITS.iter().map(|(written, ..)| *written).collect();
    let number = r"\d+(?:[,，]\d{3})*(?:\.\d+)?|[二两三四五六七八九]?[千百十]?[二两三四五六七八九十]|[二两三四五六七八九十]";
    Regex::new(&format!(
        "(?P<pre>超过|超|逾|突破|上|近|约为|约|不足|不到|至少|接近|达到|达|共|合计|为)?\
         (?:(?P<num>{number})(?:(?:—|-|~|至|到)(?P<max>\\d+(?:\\.\\d+)?))?|(?P<bare>千|百|万|亿))\
         (?P<mid>多|余)?(?P<scale>万亿|千亿|百亿|亿|千万|百万|万|千)?(?P<mid2>多|余)?\
         (?P<big>大)?(?P<unit>{}|{MEASURES})\
         (?P<post>左右|以上|以内|以下|上下|内)?",
        units.join("|"),
    ))
    .expect("a fixed pattern compiles")
});
static RANK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("(?:居|位列|名列|排名|排在|列|位居|数量|增速|总量|规模|（)[^，。；（）第]{0,8}?第(?P<n>[一二三四五六七八九十]|\\d+)(?P<unit>位|名)?(?P<stop>$|[，。；：、）])").expect("a fixed pattern compiles")
});
static TIMES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("(?P<n>[二两三四五六七八九十])(?:度)?夺|第(?P<m>[二三四五六七八九十]|\\d+)次(?:夺|获|捧|入选)").expect("a fixed pattern compiles")
});
/// `五大原则`: counted by 大 alone.
static GREAT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("(?P<n>[三四五六七八九十])大(?P<noun>原则|体系|举措|工程|平台|行动|任务|板块)")
        .expect("a fixed pattern compiles")
});

/// Every figure of a text, from left to right, none overlapping.
pub(crate) fn quantities(text: &str) -> Vec<Quantity> {
    let mut found: Vec<Quantity> = Vec::new();
    let mut add = |quantity: Quantity| {
        if !found.iter().any(|f| f.start < quantity.end && quantity.start < f.end) {
            found.push(quantity);
        }
    };
    ranks(text).into_iter().for_each(&mut add);
    {
        FIGURE.captures_iter(text).filter_map(|c| figure(text, &c)).for_each(&mut add);
    }
    found.sort_by_key(|q| q.start);
    found
}

fn ranks(text: &str) -> Vec<Quantity> {
    let mut found = Vec::new();
    let exact = |c: &Captures<'_>, end: usize, word: &str, unit: &str, kind| {
        let whole = c.get(0)?;
        let value = chinese(word).or_else(|| word.parse().ok())?;
        Some(Quantity {
            start: whole.start(),
            end,
            unit_end: end,
            value,
            value_max: None,
            unit: unit.to_owned(),
            comparator: Comparator::Exact,
            kind,
        })
    };
    for c in RANK.captures_iter(text) {
        let end = c.name("stop").map_or(0, |m| m.start());
        let word = c.name("n").map_or("", |m| m.as_str());
        found.extend(exact(&c, end, word, "名", QuantityKind::Rank));
    }
    for c in TIMES.captures_iter(text) {
        let end = c.get(0).map_or(0, |m| m.end());
        let word = c.name("n").or_else(|| c.name("m")).map_or("", |m| m.as_str());
        found.extend(exact(&c, end, word, "次", QuantityKind::Times));
    }
    for c in GREAT.captures_iter(text) {
        let end = c.name("noun").map_or(0, |m| m.start());
        let word = c.name("n").map_or("", |m| m.as_str());
        found.extend(exact(&c, end, word, "个", QuantityKind::Count));
    }
    found
}

fn figure(text: &str, c: &Captures<'_>) -> Option<Quantity> {
    let whole = c.get(0)?;
    let group = |name: &str| c.name(name).map(|m| m.as_str());
    let (pre, mut post, unit) =
        (group("pre").unwrap_or(""), group("post").unwrap_or(""), c.name("unit")?);
    let timed = matches!(unit.as_str(), "秒" | "分钟" | "小时" | "天" | "个月" | "年");
    let mut end = whole.end();
    if post == "内" && !timed {
        (post, end) = ("", unit.end());
    }
    // 节约800万元: the 约 belongs to the verb.
    let saved = pre == "约" && text.get(..whole.start()).is_some_and(|head| head.ends_with('节'));
    let pre = if saved { "" } else { pre };
    let start = whole.start() + if saved { "约".len() } else { 0 };
    let number = group("num").or_else(|| group("bare"))?;
    let arabic = number.starts_with(|c: char| c.is_ascii_digit());
    let before = text.get(..c.name("num").or_else(|| c.name("bare"))?.start()).unwrap_or("");
    let after = text.get(unit.end()..).unwrap_or("");
    if refused(before, after, number, arabic, unit.as_str(), pre) {
        return None;
    }
    let scale = group("scale").map_or(1.0, scale);
    let base =
        if arabic { number.replace([',', '，'], "").parse().ok()? } else { chinese(number)? };
    let (written, factor) = UNITS
        .iter()
        .find(|(w, ..)| *w == unit.as_str())
        .map_or((unit.as_str(), 1.0), |(_, recorded, factor)| (*recorded, *factor));
    let measure = UNITS.iter().any(|(w, ..)| *w == unit.as_str() && *w != "个人");
    let falls = written == "%" && ends_falling(before, pre);
    let value = rounded(base * scale * factor) * if falls { -1.0 } else { 1.0 };
    let value_max =
        group("max").and_then(|m| m.parse::<f64>().ok()).map(|m| rounded(m * scale * factor));
    Some(Quantity {
        start,
        end,
        unit_end: unit.end(),
        value,
        value_max: value_max.filter(|max| *max > value),
        unit: written.to_owned(),
        comparator: comparator(before, pre, post, group("mid").or_else(|| group("mid2")).is_some()),
        kind: if measure { QuantityKind::Measure } else { QuantityKind::Count },
    })
}

/// Dates, ordinals, and `一…` are no figures.
fn refused(before: &str, after: &str, number: &str, arabic: bool, unit: &str, pre: &str) -> bool {
    let ordinal = before.ends_with('第') || before.ends_with("之");
    let runs = number.len() > 1
        && arabic
        && before.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    let year = unit == "年" && (number.len() > 3 || !arabic && !before.ends_with("连续"))
        || unit == "年"
            && !["连续", "近", "达", "为", "历时", "期", "用了", "只有"]
                .iter()
                .any(|w| before.ends_with(w));
    let bare = number == "千" || number == "百" || number == "万" || number == "亿";
    let loose = !arabic
        && matches!(
            unit,
            "元" | "人"
                | "米"
                | "天"
                | "次"
                | "位"
                | "名"
                | "门"
                | "场"
                | "台"
                | "只"
                | "头"
                | "条"
        )
        && !bare;
    let class = after.starts_with("级")
        || unit == "家" && after.starts_with('人')
        || unit == "年" && after.starts_with(['来', '前', '后', '底', '初']);
    ordinal
        || runs
        || year
        || loose
        || class
        || (bare && !matches!(pre, "上" | "近" | "超"))
        || unit == "个" && after.starts_with('月')
        || unit == "人" && after.starts_with(['工', '才', '形', '员', '民'])
        || unit == "名" && after.starts_with('单')
        || unit == "班"
        || unit == "门" && after.starts_with('类')
        || unit == "类" && after.starts_with('似')
        || unit == "个" && after.starts_with('性')
}

fn ends_falling(before: &str, pre: &str) -> bool {
    let before = before.trim_end_matches(pre).trim_end_matches(['约', '了', '为']);
    ["下降", "减少", "降低", "下滑", "回落"].iter().any(|w| before.ends_with(w))
}

fn comparator(before: &str, pre: &str, post: &str, mid: bool) -> Comparator {
    let head = before.trim_end_matches(pre);
    let hedged = |words: &[&str]| {
        words.iter().any(|w| {
            pre == *w || post == *w || head.ends_with(w) && matches!(pre, "" | "达" | "达到")
        })
    };
    if mid || hedged(&["超过", "超", "逾", "突破", "上", "至少", "以上"]) {
        Comparator::Over
    } else if hedged(&["约", "约为", "近", "接近", "左右", "上下"]) {
        Comparator::About
    } else if hedged(&["不足", "不到", "以内", "以下", "内"]) {
        Comparator::Under
    } else {
        Comparator::Exact
    }
}

fn scale(word: &str) -> f64 {
    match word {
        "万亿" => 1e12,
        "千亿" => 1e11,
        "百亿" => 1e10,
        "亿" => 1e8,
        "千万" => 1e7,
        "百万" => 1e6,
        "万" => 1e4,
        "千" => 1e3,
        _ => 1.0,
    }
}

/// Chinese numerals up to thousands.
fn chinese(word: &str) -> Option<f64> {
    let (mut total, mut digit) = (0.0, None);
    for c in word.chars() {
        let place = match c {
            '十' => 10.0,
            '百' => 100.0,
            '千' => 1_000.0,
            '万' => 10_000.0,
            '亿' => 100_000_000.0,
            '两' => {
                digit = Some(2.0);
                continue;
            }
            _ => {
                let at = "零一二三四五六七八九".chars().position(|d| d == c)?;
                digit = Some(f64::from(u8::try_from(at).ok()?));
                continue;
            }
        };
        total += digit.take().unwrap_or(1.0) * place;
    }
    Some(total + digit.unwrap_or(0.0))
}

/// 1.2亿 is 120000000, not 119999999.99999999.
fn rounded(value: f64) -> f64 {
    if value >= 1e6 { value.round() } else { (value * 1e6).round() / 1e6 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(f64, &str, Comparator)]) {
        let found = quantities(text);
        let got: Vec<_> = found.iter().map(|q| (q.value, q.unit.as_str(), q.comparator)).collect();
        assert_eq!(got, expected, "{text}");
    }

    #[test]
    fn figures_come_in_base_units_with_comparators() {
        use Comparator::{About, Exact, Over, Under};
        check("总产出超270亿元，专利800多项", &[(2.7e10, "CNY", Over), (800.0, "项", Over)]);
        check(
            "面积3.25平方公里，约200亿元，近30亿元",
            &[(3.25, "km2", Exact), (2e10, "CNY", About), (3e9, "CNY", About)],
        );
        check(
            "每年节约800万元左右，20秒内完成，10个以上场景",
            &[(8e6, "CNY", About), (20.0, "s", Under), (10.0, "个", Over)],
        );
        check(
            "上千个规格，三批共42个项目，两家企业，五大原则",
            &[
                (1000.0, "个", Over),
                (3.0, "批", Exact),
                (42.0, "个", Exact),
                (2.0, "家", Exact),
                (5.0, "个", Exact),
            ],
        );
        check(
            "增长17.6%，连续37个月，能耗下降4.2%",
            &[(17.6, "%", Exact), (37.0, "月", Exact), (-4.2, "%", Exact)],
        );
    }

    #[test]
    fn ranges_ranks_and_wins() {
        let found = quantities("要用1到2天时间");
        assert_eq!((found[0].value, found[0].value_max), (1.0, Some(2.0)));
        check(
            "数量杭州市第一，增速居汀洲市第2位。三夺大奖",
            &[
                (1.0, "名", Comparator::Exact),
                (2.0, "名", Comparator::Exact),
                (3.0, "次", Comparator::Exact),
            ],
        );
    }

    #[test]
    fn dates_ordinals_and_a_single_thing_are_no_figures() {
        for text in [
            "2024年，5月23日",
            "第二届大会",
            "一张膜，一座小镇",
            "第一批名单",
            "百亿级企业",
            "第一跳",
            "1—4月",
        ] {
            check(text, &[]);
        }
    }
}
