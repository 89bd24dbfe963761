//! Where a name may begin: Chinese has no blanks, so what stands before a name is cut at words
//! that are no part of names.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::lexicon::{Boundary, Lexicon};
use crate::text::{Extent, Text};

/// Marks over which no name reaches.
pub(crate) const MARKS: &[char] = &[
    '，', '。', '；', '：', '！', '？', '、', '“', '”', '‘', '’', '（', '）', '《', '》', '\n',
    '…', '「', '」', '『', '』', '"', '|', '【', '】', '[', ']', '<', '>', '/', '—', '·', ',', ':',
    '\'',
];

/// A date ends what stands before a name, unless the name begins with it (2025年…名单).
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\d{1,2}[月日](?:底|初|以来)?|\d{4}年(?:底|初|以来)?")
        .expect("a fixed pattern compiles")
});

/// Every boundary word of a text.
#[derive(Debug)]
pub(crate) struct Boundaries {
    found: Vec<(Extent, Boundary)>,
}

impl Boundaries {
    pub(crate) fn of(text: &Text, lexicon: &Lexicon) -> Self {
        let hits = lexicon.boundaries.find(text.as_str());
        let real = hits.filter(|(_, _, b)| **b != Boundary::Shield);
        let mut found: Vec<_> = real.map(|(start, end, b)| (Extent::new(start, end), *b)).collect();
        let dates = DATE.find_iter(text.as_str());
        found.extend(dates.map(|m| (Extent::new(m.start(), m.end()), Boundary::Strong)));
        found.sort_by_key(|(extent, _)| *extent);
        Self { found }
    }

    /// Where a name that ends at `end` begins: at most `max` characters before it, after the last
    /// strong boundary that is not among `inside`. Enclosed quotations and brackets belong to the
    /// name.
    pub(crate) fn left(
        &self,
        text: &Text,
        end: usize,
        max: usize,
        inside: &BTreeSet<String>,
    ) -> usize {
        let (limit, enclosed) = reach(text, end, max);
        let from = self.found.partition_point(|(e, _)| e.end <= limit);
        let mut start = limit;
        for (extent, boundary) in self.found.iter().skip(from) {
            if extent.end > end {
                break;
            }
            let shut = enclosed.iter().any(|e| e.holds(*extent));
            let word = text.slice(*extent);
            let year = word.ends_with('年') && inside.contains("年");
            let kept = shut || year || inside.contains(word);
            if *boundary == Boundary::Strong && !kept {
                start = extent.end;
            }
        }
        start
    }

    /// The first strong boundary in an extent: where a name that begins there ends.
    pub(crate) fn first_in(&self, extent: Extent) -> Option<usize> {
        let from = self.found.partition_point(|(e, _)| e.start < extent.start);
        let rest = self.found.iter().skip(from).take_while(|(e, _)| e.end <= extent.end);
        rest.filter(|(_, b)| *b == Boundary::Strong).map(|(e, _)| e.start).next()
    }

    /// Whether a strong boundary that no short name holds stands in an extent: a word of several
    /// characters or a particle. 正 and 家 may be part of a name.
    pub(crate) fn breaks(&self, text: &Text, extent: Extent) -> bool {
        let from = self.found.partition_point(|(e, _)| e.start < extent.start);
        let rest = self.found.iter().skip(from).take_while(|(e, _)| e.end <= extent.end);
        rest.filter(|(_, b)| *b == Boundary::Strong).any(|(e, _)| {
            let word = text.slice(*e);
            word.chars().count() > 1 || "的了着在是由被将把让就还都均也则并而但从到对于给每这那该各其他她不未称说即叫自等个项条座批亩".contains(word)
        })
    }

    /// The end of the last weak boundary that leaves at least two characters on both sides.
    pub(crate) fn weak_cut(&self, text: &Text, extent: Extent) -> Option<usize> {
        let from = self.found.partition_point(|(e, _)| e.start < extent.start);
        let rest = self.found.iter().skip(from).take_while(|(e, _)| e.end <= extent.end);
        let long = |start, end| text.slice(Extent::new(start, end)).chars().count() >= 2;
        rest.filter(|(e, b)| {
            *b == Boundary::Weak && long(extent.start, e.start) && long(e.end, extent.end)
        })
        .map(|(e, _)| e.end)
        .last()
    }

    /// Whether a boundary of either strength ends here.
    pub(crate) fn ends_at(&self, at: usize) -> bool {
        let from = self.found.partition_point(|(e, _)| e.end < at);
        self.found.get(from).is_some_and(|(e, _)| e.end == at)
    }

    /// Whether a weak boundary begins here.
    pub(crate) fn weak_at(&self, at: usize) -> bool {
        let from = self.found.partition_point(|(e, _)| e.start < at);
        self.found.get(from).is_some_and(|(e, b)| e.start == at && *b == Boundary::Weak)
    }

    /// Whether a strong boundary begins here.
    pub(crate) fn begins_at(&self, at: usize) -> bool {
        let from = self.found.partition_point(|(e, _)| e.start < at);
        self.found.get(from).is_some_and(|(e, b)| e.start == at && *b == Boundary::Strong)
    }
}

/// How far back a name could reach, and the quotations and brackets on the way.
fn reach(text: &Text, end: usize, max: usize) -> (usize, Vec<Extent>) {
    let (mut limit, mut enclosed, mut count) = (end, Vec::new(), 0);
    let mut walk = text.before(end);
    while count < max {
        let Some((at, c)) = walk.next() else { break };
        let opener = match c {
            '”' => '“',
            '）' => '（',
            '’' => '‘',
            _ if MARKS.contains(&c) => break,
            _ => {
                limit = at;
                count += 1;
                continue;
            }
        };
        let inner = walk
            .by_ref()
            .take(MAX_ENCLOSED)
            .take_while(|(_, c)| *c == opener || !matches!(c, '。' | '，' | '；' | '”' | '）'));
        let Some((open, _)) = inner.into_iter().find(|(_, c)| *c == opener) else { break };
        enclosed.push(Extent::new(open, at + c.len_utf8()));
        limit = open;
        count += 2;
    }
    (limit, enclosed)
}

/// Longest quotation or bracket that a name may hold, in characters.
const MAX_ENCLOSED: usize = 16;
