//! A firm's name as people type it into a search.

use graph::query::{SearchHit, search};
use graph::state::EntityIx;
use graph::view::View;
use oorandom::Rand64;
use pinyin::ToPinyin;

use crate::measure::measured as runs;
use crate::{SEED, below, some_firms, told};

const FIRMS: usize = 200;
/// A page of hits.
const FIRST: usize = 20;
/// What a slip writes in place of another character: it stands in many names, not at this place.
const WRONG: char = '业';

/// How a name is typed; `None` where it cannot be, as a name whose characters are all simplified
/// is not written in traditional ones.
type Typed = fn(&[char], &mut Rand64) -> Option<String>;

const WAYS: [(&str, Typed); 8] = [
    ("first 2 characters", |name, _| Some(name[..2].iter().collect())),
    ("first half", |name, _| Some(name[..name.len() / 2].iter().collect())),
    ("characters 3 to 6", |name, _| Some(name[2..6].iter().collect())),
    ("pinyin of the first half", |name, _| pinyin(&name[..name.len() / 2], usize::MAX)),
    ("pinyin of the whole", |name, _| pinyin(name, usize::MAX)),
    ("initials of the whole", |name, _| pinyin(name, 1)),
    ("traditional characters", |name, _| {
        let name: String = name.iter().collect();
        Some(hanconv::s2t(&name)).filter(|traditional| *traditional != name)
    }),
    ("the whole with a slip", |name, random| Some(slipped(name, random))),
];

/// Times every way, and tells how many of the firms meant were found.
pub(crate) fn measured(view: &View) {
    println!("typed | texts | hits | meant among the first {FIRST}, % | median, p99, best p99 ms");
    let meant = some_firms(view, FIRMS);
    for (way, typed) in WAYS {
        let mut random = Rand64::new(SEED);
        let texts: Vec<(EntityIx, String)> = meant
            .iter()
            .filter_map(|firm| {
                let name: Vec<char> = view.name(*firm).chars().collect();
                Some((*firm, typed(&name, &mut random)?))
            })
            .collect();
        let is_found = |(firm, text): &&(EntityIx, String)| {
            let hits = search(view, text, &[], FIRST);
            assert!(hits.is_sorted_by(is_in_order), "hits of {text} come in a wrong order");
            hits.iter().any(|hit| hit.entity == *firm)
        };
        let found = texts.iter().filter(is_found).count();
        let figures = runs(&texts, |(_, text)| search(view, text, &[], FIRST).len());
        let share = found as f64 / texts.len() as f64 * 100.0;
        let (texts, hits, times) = (texts.len(), figures.rows(), told(&figures));
        println!("{way} | {texts} | {hits} | {share:.1} | {times}");
    }
}

fn is_in_order(one: &SearchHit, next: &SearchHit) -> bool {
    one.score >= next.score
}

/// The pinyin of each character, at most so many letters of it.
fn pinyin(name: &[char], letters: usize) -> Option<String> {
    let spelt = name.iter().map(|c| Some(c.to_pinyin()?.plain().chars().take(letters)));
    let spelt: Option<Vec<_>> = spelt.collect();
    Some(spelt?.into_iter().flatten().map(|c| if c == 'ü' { 'v' } else { c }).collect())
}

/// A character missing, added, wrong, or swapped with the next; anywhere.
fn slipped(name: &[char], random: &mut Rand64) -> String {
    let (mut name, at) = (name.to_vec(), below(random, name.len() - 1));
    match below(random, 4) {
        0 => drop(name.remove(at)),
        1 => name.insert(at, WRONG),
        2 => name[at] = WRONG,
        _ => name.swap(at, at + 1),
    }
    name.into_iter().collect()
}
