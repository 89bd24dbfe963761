//! Words that refer back: 小镇, 公司, 项目, 全区.

use graph::model::EntityKind;

use crate::catalogue::{Catalogue, EntityIndex, Mention};
use crate::mention::Reading;
use crate::sentence::Sentence;
use crate::text::{Extent, Text};

/// A word that refers back, and to what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resolved {
    pub(crate) extent: Extent,
    pub(crate) kind: EntityKind,
    pub(crate) entity: EntityIndex,
}

/// Words that take up the name of their kind that was read last.
const BACK: &[(&str, EntityKind)] = &[
    ("小镇", EntityKind::Town),
    ("公司", EntityKind::Firm),
    ("企业", EntityKind::Firm),
    ("项目", EntityKind::Project),
    ("大会", EntityKind::Occasion),
    ("协会", EntityKind::Organization),
    ("名单", EntityKind::Honour),
    ("集群", EntityKind::Cluster),
    ("园区", EntityKind::Park),
    ("研究院", EntityKind::Platform),
    ("实验室", EntityKind::Platform),
    ("改革", EntityKind::Policy),
    ("产品", EntityKind::Product),
    ("开发区", EntityKind::Park),
    ("高新区", EntityKind::Park),
    ("经开区", EntityKind::Park),
    ("产业园", EntityKind::Park),
    ("园内", EntityKind::Park),
    ("会议", EntityKind::Occasion),
    ("县里", EntityKind::Region),
    ("镇里", EntityKind::Region),
];
/// Words for the region that an article is about.
const REGION: &[&str] = &["全区", "全市", "全县", "我区", "我市", "我县", "该区", "该市", "该县"];
/// What may stand before a word that refers back, beside the start of a clause.
const OPENERS: &[&str] =
    &["该", "这款", "此款", "这种", "这家", "这座", "这个", "这份", "这项", "此次", "本次"];
/// Verbs after which 大会 is the one that was named.
const MET: &[&str] = &["出席", "参加", "主办", "出席了", "参加了", "就在", "走进", "主持"];
/// Sentences are looked through in order; a name further back than this is forgotten, in bytes.
const MEMORY: usize = 1_500;
/// How near its sentence's start a name stands that the sentence speaks of, in bytes.
const OPENING: usize = 6;

pub(crate) fn resolve(
    reading: &Reading<'_>,
    catalogue: &Catalogue,
    mentions: &[Mention],
    main_region: Option<EntityIndex>,
) -> Vec<Resolved> {
    let text = reading.text;
    let mut found = Vec::new();
    for (word, kind) in BACK {
        for (at, _) in text.as_str().match_indices(word) {
            let extent = Extent::new(at, at + word.len());
            let Some(opener) = opener(reading, at) else { continue };
            if covered(mentions, extent) || goes_on(text.after(extent.end), *kind) {
                continue;
            }
            if *kind == EntityKind::Product && opener == at {
                continue;
            }
            if let Some(entity) =
                last_of(text, reading.sentences, catalogue, mentions, *kind, word, at)
            {
                let extent = Extent::new(opener, extent.end);
                found.push(Resolved { extent, kind: *kind, entity });
            }
        }
    }
    for word in REGION {
        for (at, _) in text.as_str().match_indices(word) {
            let extent = Extent::new(at, at + word.len());
            let entity = main_region.filter(|_| !covered(mentions, extent));
            if let Some(entity) = entity.filter(|e| catalogue.get(*e).is_some()) {
                found.push(Resolved { extent, kind: EntityKind::Region, entity });
            }
        }
    }
    found.extend(initials(reading, catalogue, mentions, main_region));
    found.sort_by_key(|r| r.extent);
    found
}

/// The first character of the main region's name after 在, 来, 投身于: `在杭企业`, `投身于萧，`.
fn initials(
    reading: &Reading<'_>,
    catalogue: &Catalogue,
    mentions: &[Mention],
    main_region: Option<EntityIndex>,
) -> Vec<Resolved> {
    let text = reading.text;
    let name = main_region.and_then(|main| catalogue.get(main)).map(|e| e.name.as_str());
    let (Some(entity), Some(initial)) = (main_region, name.and_then(|n| n.chars().next())) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (at, _) in text.as_str().match_indices(initial) {
        let extent = Extent::new(at, at + initial.len_utf8());
        let head: Vec<char> = text.before(at).take(3).map(|(_, c)| c).collect();
        let opened = matches!(
            head.as_slice(),
            ['于', '身', '投'] | ['在' | '来' | '驻', '，' | '。' | '、', _]
        );
        let after = text.after(extent.end);
        let closed =
            ["，", "。", "企业", "投资", "创业", "落户"].iter().any(|w| after.starts_with(w));
        if opened && closed && !covered(mentions, extent) {
            found.push(Resolved { extent, kind: EntityKind::Region, entity });
        }
    }
    found
}

/// Where the reference begins, if the word stands at the start of a clause or after 该, 这家 ….
fn opener(reading: &Reading<'_>, at: usize) -> Option<usize> {
    let text = reading.text;
    if text.after(at).starts_with("企业自主") {
        return Some(at);
    }
    let before = text.before(at).take(3).collect::<Vec<_>>();
    let head: String = before.iter().rev().map(|(_, c)| *c).collect();
    if let Some(word) = OPENERS.iter().find(|o| head.ends_with(**o)) {
        return at.checked_sub(word.len());
    }
    if MET.iter().any(|m| head.ends_with(m))
        && ["大会", "会议", "开发区", "高新区", "经开区", "园区", "产业园"]
            .iter()
            .any(|w| text.after(at).starts_with(w))
    {
        return Some(at);
    }
    // `这个由甲裂变而来的项目，`
    let far = text.before(at).take(40).map(|(_, c)| c);
    let far: String = far.take_while(|c| !matches!(c, '，' | '。' | '；')).collect();
    if far.starts_with('的') && ["个这", "家这", "座这"].iter().any(|w| far.ends_with(w)) {
        return Some(at);
    }
    let starts =
        before.first().is_none_or(|(_, c)| matches!(c, '，' | '。' | '；' | '：' | '？' | '！'))
            || matches!(before.as_slice(), [(_, '”'), (_, '。' | '，' | '！' | '？'), ..]);
    starts.then_some(at)
}

/// 企业家, 项目建设: the word goes on to another one.
fn goes_on(after: &str, kind: EntityKind) -> bool {
    let more: &[&str] = match kind {
        EntityKind::Firm => &["家", "生态", "感受", "的感受", "主体", "数", "群", "端", "文化"],
        EntityKind::Project => &["建设", "数", "化"],
        EntityKind::Product => &["规格", "质量", "种类", "线"],
        _ => &["化"],
    };
    more.iter().any(|m| after.starts_with(m))
}

fn covered(mentions: &[Mention], extent: Extent) -> bool {
    let from = mentions.partition_point(|m| m.extent.end <= extent.start);
    mentions.get(from).is_some_and(|m| m.extent.meets(extent))
}

/// The entity of a kind that was named last; where the kind has many forms, one that bears the
/// word in its name (改革 is no plan).
fn last_of(
    text: &Text,
    sentences: &[Sentence],
    catalogue: &Catalogue,
    mentions: &[Mention],
    kind: EntityKind,
    word: &str,
    at: usize,
) -> Option<EntityIndex> {
    let any = matches!(kind, EntityKind::Firm | EntityKind::Product | EntityKind::Park)
        || matches!(word, "会议" | "县里" | "镇里");
    let fits = |m: &&Mention| {
        m.kind == kind && (any || catalogue.get(m.entity).is_some_and(|e| e.name.ends_with(word)))
    };
    let to = mentions.partition_point(|m| m.extent.end <= at);
    let back = mentions.get(..to)?.iter().rev();
    // Whom a clause opens with, the next sentence speaks of; not whom one buys from.
    let opens = |m: &&Mention| {
        text.before(m.extent.start).next().is_none_or(|(_, c)| "，。；：！？“”".contains(c))
    };
    let near = |m: &&Mention| m.extent.start + MEMORY > at;
    let beside = |m: &Mention| {
        let head = text.before(m.extent.start).next();
        head.is_some_and(|(_, c)| "为给向与由从以自".contains(c))
    };
    let named = back.clone().take_while(near).find(fits);
    let spoken = back.clone().take_while(near).filter(fits).find(opens);
    let spoken = spoken.filter(|_| named.is_some_and(beside));
    if let Some(m) = spoken.filter(|_| kind == EntityKind::Firm) {
        return Some(m.entity);
    }
    let last = back.take_while(|m| m.extent.start + MEMORY > at).find(fits)?;
    if kind == EntityKind::Firm {
        // 公司 takes up what the sentence before speaks of, not whom it names last.
        let sentence = sentences.partition_point(|s| s.extent.end <= last.extent.start);
        if let Some(s) = sentences.get(sentence).filter(|s| s.extent.end <= at) {
            let first =
                mentions.iter().find(|m| m.kind == kind && m.extent.start >= s.extent.start);
            let opens = first.filter(|m| m.extent.start <= s.extent.start + OPENING);
            return opens.or(Some(last)).map(|m| m.entity);
        }
    }
    Some(last.entity)
}
