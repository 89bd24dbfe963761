//! Names known by their ending: towns, parks, platforms, clusters, lists, meetings …

use std::sync::LazyLock;

use graph::model::EntityKind;
use regex::Regex;

use super::Reading;
use crate::boundary::MARKS;
use crate::catalogue::Catalogue;
use crate::lexicon::Suffix;
use crate::text::Extent;

pub(super) fn read(reading: &Reading<'_>, catalogue: &mut Catalogue) {
    let text = reading.text;
    offices(reading, catalogue);
    let hits: Vec<_> = reading.lexicon.suffixes.find(text.as_str()).collect();
    for (at, end, suffix) in hits {
        if goes_on(reading, end, suffix) {
            continue;
        }
        let Some(start) = start(reading, catalogue, at, suffix) else { continue };
        let extent = Extent::new(start, end);
        let words = text.slice(extent);
        let stem = text.slice(Extent::new(start, at));
        if suffix.kind == EntityKind::Policy && stem.ends_with('”') {
            continue;
        }
        let listed = reading.is_word(words);
        if listed
            || stem.chars().count() < 2 && !stem.chars().any(|c| c.is_ascii_alphanumeric())
            || reading.lexicon.refuse.contains(words)
            || is_empty_name(reading, suffix.kind, stem)
            || !fits(reading, catalogue, suffix, start, stem)
        {
            continue;
        }
        // 领域 is no part of an industry's name.
        let named = if suffix.word == "领域" { Extent::new(start, at) } else { extent };
        catalogue.declare(text, suffix.kind, named, false);
    }
}

/// 晨屿区 + 经信局: a place and an office.
fn offices(reading: &Reading<'_>, catalogue: &mut Catalogue) {
    let text = reading.text;
    bare_offices(reading, catalogue);
    let places: Vec<Extent> =
        catalogue.reads().filter(|m| m.kind == EntityKind::Region).map(|m| m.extent).collect();
    for place in places {
        // 晨屿区委: the unit belongs to both words.
        let unit = text.slice(place).chars().next_back().map_or(0, char::len_utf8);
        for at in [place.end, place.end - unit] {
            let tail = text.after(at);
            let office = reading.lexicon.offices.iter().find(|o| tail.starts_with(o.as_str()));
            if let Some(office) = office {
                let end = at + office.len();
                if text.after(end).starts_with("工作报告") {
                    continue;
                }
                catalogue.declare(text, EntityKind::Agency, Extent::new(place.start, end), false);
                break;
            }
        }
    }
}

/// 市工信局 where the text leaves out of which city.
fn bare_offices(reading: &Reading<'_>, catalogue: &mut Catalogue) {
    let text = reading.text;
    for office in reading.lexicon.offices.iter().filter(|o| o.ends_with(['局', '厅'])) {
        for (at, _) in text.as_str().match_indices(office.as_str()) {
            let unit =
                text.before(at).next().filter(|(_, c)| matches!(c, '省' | '市' | '区' | '县'));
            let Some((start, _)) = unit else { continue };
            let extent = Extent::new(start, at + office.len());
            let opens = text.before(start).next().is_none_or(|(_, c)| MARKS.contains(&c))
                || reading.boundaries.ends_at(start);
            if opens && catalogue.near(extent).next().is_none() {
                catalogue.declare(text, EntityKind::Agency, extent, false);
            }
        }
    }
}

/// The ending goes on to another word: 产业园, 集群培育工程, 大学生.
fn goes_on(reading: &Reading<'_>, end: usize, suffix: &Suffix) -> bool {
    let tail = reading.text.after(end);
    suffix.not_before.iter().any(|word| tail.starts_with(word.as_str()))
}

fn start(
    reading: &Reading<'_>,
    catalogue: &Catalogue,
    at: usize,
    suffix: &Suffix,
) -> Option<usize> {
    let text = reading.text;
    if let Some(start) = marked_start(reading, at, suffix) {
        return Some(start);
    }
    let mut start = reading.boundaries.left(text, at, suffix.max, &suffix.inside);
    let long = text.slice(Extent::new(start, at)).chars().count() > 6;
    if long && !suffix.inside.contains("与") {
        start = reading.boundaries.weak_cut(text, Extent::new(start, at)).unwrap_or(start);
    }
    if matches!(suffix.kind, EntityKind::Technology | EntityKind::Project) {
        start = after_known(reading, catalogue, Extent::new(start, at));
    }
    start = after_firm(catalogue, Extent::new(start, at));
    start = after_openers(reading, start, at);
    if suffix.kind == EntityKind::Occasion {
        let stem = text.slice(Extent::new(start, at));
        let held = ["主办的", "承办的", "举办的", "召开的", "举行的"];
        let cut = held.iter().filter_map(|w| stem.rfind(w).map(|i| i + w.len())).max();
        start += cut.unwrap_or(0);
    }
    if suffix.kind == EntityKind::Park {
        // 乙州甲县工业园: the last place written out with its unit ends what stands before.
        let stem = Extent::new(start, at);
        let places = catalogue.near(stem).filter(|m| {
            m.kind == EntityKind::Region
                && stem.holds(m.extent)
                && text.slice(m.extent).ends_with(['省', '市', '区', '县', '镇', '乡'])
        });
        start = places.map(|m| m.extent.end).filter(|end| *end < at).max().unwrap_or(start);
    }
    if suffix.kind == EntityKind::Honour {
        // 该技术获2023年度…奖
        let stem = text.slice(Extent::new(start, at));
        start += stem.rfind('获').map_or(0, |cut| cut + '获'.len_utf8());
    }
    if suffix.kind == EntityKind::Chain {
        start = at_industry(reading, start, at);
    }
    // Drop what is no part of the name in front: places, agencies, firms, counts.
    loop {
        start += leading_agency(reading, start, at);
        let Some(before) = catalogue.starting_at(start).filter(|m| m.extent.end <= at) else {
            break;
        };
        let full = text.slice(before.extent).ends_with(['省', '市', '区', '县', '镇', '道']);
        // 大丰H8项目: with a bare number the place is needed.
        let rest = text.slice(Extent::new(before.extent.end, at));
        let lettered = suffix.kind == EntityKind::Project
            && rest.starts_with(|c: char| c.is_ascii_alphanumeric());
        let drop = match before.kind {
            EntityKind::Region if suffix.word == "科学院" => false,
            EntityKind::Region => {
                (suffix.drop_place && (full || !lettered))
                    || (full
                        && !matches!(
                            suffix.kind,
                            EntityKind::Organization | EntityKind::Honour | EntityKind::Occasion
                        ))
            }
            EntityKind::Agency => true,
            EntityKind::Firm => suffix.kind != EntityKind::Platform,
            _ => false,
        };
        if !drop || before.extent.end <= start {
            break;
        }
        start = before.extent.end;
    }
    start = after_openers(reading, start, at);
    (start < at || suffix.kind == EntityKind::Honour).then_some(start)
}

/// What stands before 和, or acts before a verb, is a name of its own: 人工智能和图像处理技术,
/// 甲实验室研发近净成形技术.
fn after_known(reading: &Reading<'_>, catalogue: &Catalogue, stem: Extent) -> usize {
    let text = reading.text;
    let mut start = stem.start;
    let actors = catalogue.near(stem).filter(|m| {
        let actor = matches!(
            m.kind,
            EntityKind::Firm | EntityKind::Platform | EntityKind::University | EntityKind::Park
        );
        actor && m.extent.meets(stem) && m.extent.end < stem.end
    });
    if let Some(last) = actors.map(|m| m.extent.end).max() {
        start = last;
    }
    let rest = Extent::new(start, stem.end);
    let words = text.slice(rest);
    if let Some(at) = words.find("产品配套").map(|at| at + "产品".len()) {
        start = rest.start + at + "配套".len();
    }
    let rest = Extent::new(start, stem.end);
    let words = text.slice(rest);
    if let Some(at) = words.rfind(['为', '向', '以']) {
        start = rest.start + at + '为'.len_utf8();
    }
    let words = text.slice(Extent::new(start, stem.end));
    let cut = words.char_indices().rfind(|(_, c)| matches!(c, '和' | '与'));
    match cut {
        Some((at, c)) if reading.lexicon.words.at_end(words.get(..at).unwrap_or("")).is_some() => {
            start + at + c.len_utf8()
        }
        _ => start,
    }
}

/// Where the last firm ends whose name reaches into a stem: no name of another kind holds one.
fn after_firm(catalogue: &Catalogue, stem: Extent) -> usize {
    let firms = catalogue
        .near(stem)
        .filter(|m| m.kind == EntityKind::Firm && m.extent.meets(stem) && m.extent.end < stem.end);
    firms.map(|m| m.extent.end).max().unwrap_or(stem.start)
}

/// Skips words at the front that open no name, also those that may stand inside one.
fn after_openers(reading: &Reading<'_>, start: usize, at: usize) -> usize {
    let mut start = start;
    while start < at {
        let words = reading.text.slice(Extent::new(start, at));
        let single = ["为", "以", "与", "和", "向", "有", "及", "同"];
        let opener = ["研发", "研制", "应用", "配套", "发展", "推进", "培育"]
            .iter()
            .chain(&single)
            .find(|o| words.starts_with(**o) && words.len() > o.len());
        match opener {
            Some(opener) => start += opener.len(),
            None => break,
        }
    }
    start
}

static ORDINAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("第(?:[一二三四五六七八九十百]+|\\d+)届").expect("a fixed pattern compiles")
});

/// A name that begins with one of its marks: 第三届…大会, 全省…现场会.
fn marked_start(reading: &Reading<'_>, at: usize, suffix: &Suffix) -> Option<usize> {
    if suffix.starts.is_empty() {
        return None;
    }
    let text = reading.text;
    let floor = text
        .before(at)
        .take(suffix.max)
        .take_while(|(_, c)| !matches!(c, '，' | '。' | '；' | '！' | '？' | '：' | '、'))
        .last()?
        .0;
    let zone = text.slice(Extent::new(floor, at));
    // 由…协会主办的第十届…: the ordinal opens the name, whatever stands before it.
    if let Some(ordinal) = ORDINAL.find_iter(zone).last() {
        return Some(floor + ordinal.start());
    }
    if ["主办的", "承办的", "举办的"].iter().any(|w| zone.contains(w)) {
        return None;
    }
    let mut places: Vec<usize> = suffix
        .starts
        .iter()
        .flat_map(|mark| zone.match_indices(mark.as_str()).map(|(i, _)| floor + i))
        .collect();
    places.sort_unstable();
    places.into_iter().find(|place| {
        let opens = text.before(*place).next().is_none_or(|(_, c)| MARKS.contains(&c))
            || reading.boundaries.ends_at(*place)
            || text.slice(Extent::new(*place, at)).starts_with('第');
        opens && !text.slice(Extent::new(*place, at)).contains(['在', '“'])
    })
}

/// What else a kind asks of its name.
fn fits(
    reading: &Reading<'_>,
    catalogue: &Catalogue,
    suffix: &Suffix,
    start: usize,
    stem: &str,
) -> bool {
    let text = reading.text;
    if is_loose(suffix, stem) {
        return false;
    }
    let before = || text.before(start).next().map(|(_, c)| c);
    let counted = || before().is_some_and(|c| "个项批家条类".contains(c));
    match suffix.kind {
        EntityKind::Chain => {
            let known = reading.lexicon.words.at_end(stem).is_some_and(|(_, w)| {
                matches!(w.kind, EntityKind::Chain | EntityKind::Stage | EntityKind::Product)
            });
            known
                || (stem.chars().count() <= 6 && !counted() && !reading.boundaries_in(start, stem))
        }
        // 全国最大的家具制造基地: said of a place, no name.
        EntityKind::Project if suffix.word.ends_with("基地") && before() == Some('的') => false,
        EntityKind::Project if beside_firm(reading, catalogue, start) => false,
        EntityKind::Project => {
            !counted() && stem.chars().count() >= 3 && {
                let extent = Extent::new(start, start + stem.len());
                !catalogue.near(extent).any(|m| m.extent == extent && m.kind == EntityKind::Firm)
            }
        }
        EntityKind::Cluster | EntityKind::Technology => !counted(),
        EntityKind::Policy => stem.chars().count() >= 4,
        EntityKind::Product => !counted() && stem.chars().count() >= 3,
        EntityKind::Honour => stem.chars().count() >= 2,
        _ => true,
    }
}

/// Nothing but generic words: no name, unless it is a reform's or a long title of a list.
fn is_empty_name(reading: &Reading<'_>, kind: EntityKind, stem: &str) -> bool {
    let titled = kind == EntityKind::Honour && stem.chars().count() >= 6;
    kind != EntityKind::Policy && !titled && reading.lexicon.is_generic(stem)
}

/// 甲公司和乙项目: what stands before 项目 is a firm like the one before it.
fn beside_firm(reading: &Reading<'_>, catalogue: &Catalogue, start: usize) -> bool {
    let before = reading.text.before(start).next().filter(|(_, c)| matches!(c, '和' | '与'));
    let firm = before.and_then(|(at, _)| catalogue.ending_at(at));
    firm.is_some_and(|m| m.kind == EntityKind::Firm)
}

/// A stem that ends in a word which only points: 新项目, 跨行业, 材料和技术.
fn is_loose(suffix: &Suffix, stem: &str) -> bool {
    const LOOSE: &[&str] = &["好", "老", "多", "跨", "各", "同", "和", "与", "及", "更", "类"];
    let kind = matches!(
        suffix.kind,
        EntityKind::Chain | EntityKind::Project | EntityKind::Technology | EntityKind::Product
    );
    let new = stem.ends_with('新') && !["创新", "高新", "革新"].iter().any(|w| stem.ends_with(w));
    let firm = suffix.kind == EntityKind::Project && stem.contains("企业")
        || suffix.kind == EntityKind::Product
            && (stem.ends_with('农') || stem.starts_with(|c: char| c.is_ascii_digit()));
    kind && !suffix.word.starts_with("产业化")
        && (new || firm || LOOSE.iter().any(|l| stem.ends_with(l)))
}

/// 省市区泵阀产业: where a known industry begins, if nothing but generic words stand before it.
fn at_industry(reading: &Reading<'_>, start: usize, at: usize) -> usize {
    let stem = reading.text.slice(Extent::new(start, at));
    match reading.lexicon.words.at_end(stem) {
        Some((cut, word)) if word.kind == EntityKind::Chain => {
            let generic = cut > 0 && reading.lexicon.is_generic(stem.get(..cut).unwrap_or(""));
            let latin =
                stem.get(..cut).is_some_and(|s| s.ends_with(|c: char| c.is_ascii_alphanumeric()));
            if generic || latin { start + cut } else { start }
        }
        _ => start,
    }
}

/// Length of a known agency's name at a place, before the end of the stem.
fn leading_agency(reading: &Reading<'_>, start: usize, at: usize) -> usize {
    let known = reading.lexicon.words.at_start(reading.text.slice(Extent::new(start, at)));
    known.filter(|(_, w)| w.kind == EntityKind::Agency).map_or(0, |(end, _)| end)
}

impl Reading<'_> {
    /// Whether a weak boundary stands in a stem: such a stem is rather a phrase.
    fn boundaries_in(&self, start: usize, stem: &str) -> bool {
        let extent = Extent::new(start, start + stem.len());
        self.boundaries.weak_cut(self.text, extent).is_some()
    }
}
