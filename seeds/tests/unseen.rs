//! Sentences and short articles of other trades and places than the bundled ones, and what a
//! careful reader takes from them: how much of it the rules find, and how much they find besides.

use graph::model::Statement;
use seeds::RuleExtractor;

use crate::reader::{Read, read};

const SENTENCES: &str = include_str!("unseen/sentences.txt");
const ARTICLES: &str = include_str!("unseen/articles.txt");

/// Found and expected, found, expected.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    right: usize,
    said: usize,
    wanted: usize,
}

impl Tally {
    #[expect(clippy::cast_precision_loss, reason = "counts of a few hundred")]
    fn shares(self) -> (f64, f64) {
        let share = |of: usize| self.right as f64 / of.max(1) as f64;
        (share(self.said), share(self.wanted))
    }
}

#[derive(Debug, Default)]
struct Score {
    relations: Tally,
    figures: Tally,
    log: String,
}

/// A text and what it says, line by line.
fn blocks(set: &str) -> impl Iterator<Item = (String, Vec<&str>)> {
    let gold = |line: &&str| {
        let words: Vec<&str> = line.split(' ').collect();
        words.iter().skip(1).any(|w| {
            *w == "=" || w.len() >= 4 && w.chars().all(|c| c == '_' || c.is_ascii_uppercase())
        }) && !line.starts_with('#')
            && !line.contains('。')
    };
    set.split("\n\n").filter_map(move |block| {
        let (facts, text): (Vec<&str>, Vec<&str>) = block.trim().lines().partition(gold);
        let comment = text.iter().all(|l| l.starts_with("# ")) && facts.is_empty();
        (!comment).then(|| (text.join("\n\n"), facts))
    })
}

/// Whether a name is one of the entity's, quotation marks apart.
fn bears(names: &[&str], name: &str) -> bool {
    let plain = |s: &str| s.replace(['“', '”', '《', '》'], "");
    names.iter().any(|n| plain(n) == plain(name))
}

/// The names of the source, the predicate or figure, the names of the target.
type Said<'a> = (Vec<&'a str>, String, Option<Vec<&'a str>>);

fn said(read: &Read) -> Vec<Said<'_>> {
    let claims = read.extraction.drafts.claims.iter();
    let mut found: Vec<Said<'_>> = Vec::new();
    for claim in claims {
        let statement = match &claim.statement {
            Statement::Relation(r) => {
                (read.names(r.source), r.predicate.to_string(), Some(read.names(r.target)))
            }
            Statement::Observation(o) => {
                (read.names(o.subject), format!("= {} {}", o.value, o.unit), None)
            }
            _ => continue,
        };
        if !found.contains(&statement) {
            found.push(statement);
        }
    }
    found
}

fn compare(score: &mut Score, read: &Read, text: &str, facts: &[&str]) {
    let said = said(read);
    let mut open: Vec<&str> = facts.to_vec();
    for (source, middle, target) in &said {
        let tally = if target.is_some() { &mut score.relations } else { &mut score.figures };
        tally.said += 1;
        let fits = |fact: &&str| match target {
            Some(target) => fact
                .split_once(&format!(" {middle} "))
                .is_some_and(|(s, t)| bears(source, s) && bears(target, t)),
            None => fact.strip_suffix(middle.as_str()).is_some_and(|s| bears(source, s.trim_end())),
        };
        match open.iter().position(fits) {
            Some(at) => {
                open.remove(at);
                tally.right += 1;
            }
            None => {
                let target = target.as_ref().map_or("", |t| t[0]);
                score.log.push_str(&format!("+ {} {middle} {target}\n", source[0]));
            }
        }
    }
    for fact in facts {
        let tally = if fact.contains(" = ") { &mut score.figures } else { &mut score.relations };
        tally.wanted += 1;
    }
    for fact in open {
        score.log.push_str(&format!("- {fact}\n"));
    }
    let head: String = text.chars().take(70).collect();
    score.log.push_str(&format!("    {}\n\n", head.replace('\n', " ")));
}

fn score(set: &str) -> Score {
    let extractor = RuleExtractor::bundled().unwrap();
    let mut score = Score::default();
    for (text, facts) in blocks(set) {
        let read = read(&extractor, &text, "2025-05-24");
        compare(&mut score, &read, &text, &facts);
    }
    score
}

/// Precision and recall must not fall below these.
fn holds(set: &str, relations: (f64, f64), figures: (f64, f64)) {
    let score = score(set);
    for (what, tally, floor) in
        [("relations", score.relations, relations), ("figures", score.figures, figures)]
    {
        let (precision, recall) = tally.shares();
        assert!(
            precision >= floor.0 && recall >= floor.1,
            "{what}: precision {precision:.2}, recall {recall:.2} ({tally:?})\n{}",
            score.log
        );
    }
}

#[test]
fn sentences_of_other_trades_are_read() {
    holds(SENTENCES, (0.95, 0.85), (0.90, 0.85));
}

#[test]
fn short_articles_of_other_places_are_read() {
    holds(ARTICLES, (0.95, 0.90), (0.65, 0.65));
}
