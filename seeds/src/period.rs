//! Time words, resolved against the day an article was published: `今年1—4月`, `去年底`, `截至目前`.

use std::sync::LazyLock;

use graph::model::{FuzzyDate, Period};
use regex::{Captures, Regex};

/// A time word in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TimeWord {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) period: Period,
    /// A date or a span of dates, not 目前 or 每年.
    pub(crate) dated: bool,
}

static TIME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        "(?P<asof>截至|截止|截至到)?(?P<year>(?:19|20)\\d\\d年|今年|去年|前年|明年|过去一年|当年)?\
         (?:(?P<from>\\d{1,2})(?:月)?[—-](?P<to>\\d{1,2})月|(?P<month>\\d{1,2})月(?P<day>\\d{1,2})日|\
         (?P<mon>\\d{1,2})月(?P<monend>底|末)?|前(?P<first>[二三四五六七八九十]|\\d{1,2})个?月|\
         (?P<quarter>一季度|上半年|前三季度|全年|年底|底|以来|起))?",
    )
    .expect("a fixed pattern compiles")
});
static NOW: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("截至目前|截至今|累计|目前|如今|现有|现已").expect("a fixed pattern compiles")
});
static YEARLY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("每年|年均|(?:^|[^0-9去今前明当全])(?:年产值|年销售收入|年产能)")
        .expect("a fixed pattern compiles")
});

/// Every time word of a text, from left to right.
pub(crate) fn time_words(text: &str, published: Option<FuzzyDate>) -> Vec<TimeWord> {
    let mut found = Vec::new();
    for c in TIME.captures_iter(text) {
        let Some(whole) = c.get(0).filter(|m| !m.as_str().is_empty()) else { continue };
        if let Some(period) = dated(&c, published).and_then(|p| p.parse().ok()) {
            found.push(TimeWord { start: whole.start(), end: whole.end(), period, dated: true });
        }
    }
    let month = published.map(|d| d.to_string().chars().take(7).collect::<String>());
    for m in NOW.find_iter(text) {
        let asof = matches!(m.as_str(), "截至目前" | "截至今" | "累计");
        let period = month.as_ref().map(|d| if asof { format!("../{d}") } else { d.clone() });
        if let Some(period) = period.and_then(|p| p.parse().ok()) {
            found.push(TimeWord { start: m.start(), end: m.end(), period, dated: false });
        }
    }
    for m in YEARLY.find_iter(text) {
        if let Ok(period) = "R/P1Y".parse() {
            found.push(TimeWord { start: m.start(), end: m.end(), period, dated: false });
        }
    }
    found.sort_by_key(|t| t.start);
    found
}

/// How far from the start of a sentence a time word may stand to govern all of it, in bytes.
const OPENING_BYTES: usize = 9;

/// The time word that governs a place: the last one before it in its clause, which begins at
/// `clause`, else the one with which the sentence opens.
pub(crate) fn governing(times: &[TimeWord], clause: usize, at: usize) -> Option<&TimeWord> {
    let here = times.iter().rev().find(|t| t.start >= clause && t.start <= at);
    let mut opening = times.iter().filter(|t| t.start <= OPENING_BYTES);
    here.or_else(|| opening.rfind(|t| t.period.recurring.is_none() && t.end <= at))
}

/// The interval that a dated time word means, in ISO 8601.
fn dated(c: &Captures<'_>, published: Option<FuzzyDate>) -> Option<String> {
    let group = |name: &str| c.name(name).map(|m| m.as_str());
    let this_year = published.map(FuzzyDate::year_number);
    let year = match group("year") {
        Some("今年") => this_year,
        Some("去年" | "过去一年" | "当年") => this_year.map(|y| y - 1),
        Some("前年") => this_year.map(|y| y - 2),
        Some("明年") => this_year.map(|y| y + 1),
        Some(written) => written.trim_end_matches('年').parse().ok(),
        None => None,
    };
    let stated = year.or(this_year);
    let asof = group("asof").is_some();
    let month = |m: &str| {
        let number: u8 = m.parse().ok().filter(|n| (1..=12).contains(n))?;
        Some(format!("{:04}-{number:02}", stated?))
    };
    let interval = if let (Some(from), Some(to)) = (group("from"), group("to")) {
        format!("{}/{}", month(from)?, month(to)?)
    } else if let (Some(m), Some(day)) = (group("month"), group("day")) {
        format!("{}-{:02}", month(m)?, day.parse::<u8>().ok()?)
    } else if let Some(m) = group("mon") {
        month(m)?
    } else if let Some(count) = group("first") {
        let number =
            "一二三四五六七八九十".chars().position(|d| count.chars().eq([d])).map(|n| n + 1);
        let last = number.map_or_else(|| count.to_owned(), |n| n.to_string());
        format!("{}/{}", month("1")?, month(&last)?)
    } else {
        let year = year?;
        match group("quarter") {
            Some("一季度") => format!("{year:04}-01/{year:04}-03"),
            Some("上半年") => format!("{year:04}-01/{year:04}-06"),
            Some("前三季度") => format!("{year:04}-01/{year:04}-09"),
            Some("以来" | "起") if group("year") == Some("今年") => {
                let now: String = published?.to_string().chars().take(7).collect();
                format!("{year:04}-01-01/{now}")
            }
            Some("以来" | "起") => {
                let now: String = published?.to_string().chars().take(7).collect();
                format!("{year:04}/{now}")
            }
            _ => format!("{year:04}"),
        }
    };
    Some(if asof && !interval.contains('/') { format!("../{interval}") } else { interval })
}

/// The period of a run of months that ends with another period: `连续16个月` up to April 2025.
pub(crate) fn months_up_to(months: f64, end: &Period) -> Option<Period> {
    let last = end.end?.to_string();
    let mut parts = last.split('-');
    let (year, month): (i32, i32) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let count = format!("{months:.0}").parse::<i32>().ok().filter(|n| (1..=1_200).contains(n))?;
    let first = year * 12 + (month - 1) - (count - 1);
    let start = format!("{:04}-{:02}", first.div_euclid(12), first.rem_euclid(12) + 1);
    format!("{start}/{year:04}-{month:02}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let published = "2025-05-24".parse().ok();
        let found: Vec<_> =
            time_words(text, published).iter().map(|t| t.period.to_string()).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn time_words_resolve_against_the_day_of_publication() {
        check(
            "2024年，今年以来，1—4月，过去一年",
            &["2024", "2025-01-01/2025-05", "2025-01/2025-04", "2024"],
        );
        check(
            "截至4月底，截至2024年底，截至目前，每年",
            &["../2025-04", "../2024", "../2025-05", "R/P1Y"],
        );
        check(
            "5月23日，今年3月，今年一季度，2024年以来",
            &["2025-05-23", "2025-03", "2025-01/2025-03", "2024/2025-05"],
        );
        check("去年全年，13月，第3次", &["2024"]);
    }

    #[test]
    fn a_run_of_months_counts_back() {
        let end = "2025-01/2025-04".parse().unwrap();
        assert_eq!(months_up_to(16.0, &end).unwrap().to_string(), "2024-01/2025-04");
    }

    #[test]
    fn without_a_date_nothing_relative_is_guessed() {
        assert!(time_words("今年以来，目前", None).is_empty());
        assert_eq!(time_words("2023年", None)[0].period.to_string(), "2023");
    }
}
