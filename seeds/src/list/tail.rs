//! What closes a list: 等, a count, and words up to the class word (`等3家整机企业`).

use std::sync::LazyLock;

use graph::model::EntityKind;
use regex::Regex;

use crate::mention::Reading;
use crate::text::{Extent, Text};

/// What follows the last item.
#[derive(Debug, Clone)]
pub(crate) struct Tail {
    /// From the end of the last item to the end of the class word.
    pub(crate) extent: Extent,
    pub(crate) head: EntityKind,
    pub(crate) head_word: String,
    /// A count that the list's length must meet: 4 of `4个产业集群`.
    pub(crate) count: Option<usize>,
}

/// How far a tail reaches, in characters.
const TAIL_MAX: usize = 20;

static COUNT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        "^(等)?“?(一大|[一二两三四五六七八九十]|\\d+|多|数十|数|几|若干)?(个多|大批|批|家|个|项|种|类|座|条|位|名|款|大)?(?:以上)?",
    )
    .expect("a fixed pattern compiles")
});

/// Reads the tail that begins at a place, if a list can end there.
pub(crate) fn tail(reading: &Reading<'_>, at: usize) -> Option<Tail> {
    let text = reading.text;
    let found = COUNT.captures(text.after(at))?;
    let etc = found.get(1).is_some();
    let counted = found.get(2).map(|c| c.as_str());
    if !etc && (counted.is_none() || found.get(3).is_none()) {
        return None;
    }
    let from = at + found.get(0)?.end();
    let zone = zone(text, from, etc);
    let end = reading.boundaries.first_in(zone).unwrap_or(zone.end);
    let words = text.slice(Extent::new(from, end));
    let (start, head_end, head) = reading.lexicon.heads.find(words).last()?;
    Some(Tail {
        extent: Extent::new(at, from + head_end),
        head: *head,
        head_word: words.get(start..head_end)?.to_owned(),
        count: counted.and_then(number),
    })
}

/// The clause from a place on; one 、 may stand in it (`等一大批汽车、船舶零部件企业`).
fn zone(text: &Text, from: usize, etc: bool) -> Extent {
    let (mut end, mut commas) = (from, 0);
    for c in text.after(from).chars().take(TAIL_MAX) {
        commas += usize::from(c == '、');
        if commas > usize::from(etc)
            || matches!(c, '，' | '。' | '；' | '：' | '！' | '？' | '”' | '“')
        {
            break;
        }
        end += c.len_utf8();
    }
    Extent::new(from, end)
}

fn number(word: &str) -> Option<usize> {
    if word == "两" {
        return Some(2);
    }
    match "一二三四五六七八九十".chars().position(|c| word.chars().eq([c])) {
        Some(at) => Some(at + 1),
        None => word.parse().ok(),
    }
}
