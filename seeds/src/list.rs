//! Lists: `甲、乙、丙等企业`, `甲和乙两家企业`, `企业甲和乙`. The class word tells the kind of what is
//! listed, also of names that no grammar knows.

mod split;
mod tail;

use std::sync::LazyLock;

use graph::model::EntityKind;
use regex::Regex;

use crate::catalogue::{Catalogue, EntityIndex};
use crate::mention::{Reading, SHORT_MAX, acts};
use crate::text::Extent;
use split::List;
pub(crate) use tail::tail;

/// Longest item of a list, in characters.
const ITEM_MAX: usize = 24;

/// Reads every list of the text and declares what it holds.
pub(crate) fn read(reading: &Reading<'_>, catalogue: &mut Catalogue) {
    let lists: Vec<List> =
        reading.sentences.iter().flat_map(|s| split::lists(reading, catalogue, s.extent)).collect();
    // Twice: a name that a later list shows to be a firm makes firms of its neighbours in an
    // earlier one.
    let mut open: Vec<&List> = lists.iter().collect();
    for _ in 0..2 {
        open.retain(|list| !declare(reading, catalogue, list));
    }
}

/// Whether the list's kind was found out, and its items declared.
fn declare(reading: &Reading<'_>, catalogue: &mut Catalogue, list: &List) -> bool {
    let Some(kind) = kind(reading, catalogue, list) else { return false };
    for item in &list.items {
        declare_item(reading, catalogue, list, *item, kind);
    }
    true
}

fn kind(reading: &Reading<'_>, catalogue: &Catalogue, list: &List) -> Option<EntityKind> {
    let firm = |item: &Extent| {
        let words = reading.text.slice(*item);
        catalogue.find(EntityKind::Firm, words).is_some()
            || catalogue.near(*item).any(|m| {
                m.kind == EntityKind::Firm && m.extent.end == item.end && item.holds(m.extent)
            })
    };
    if list.head == Some(EntityKind::Chain) && list.head_word == "领域" {
        let link = |item: &Extent| {
            let words = reading.text.slice(*item);
            reading.lexicon.words.at_end(words).is_some_and(|(_, w)| w.kind == EntityKind::Stage)
        };
        let links = list.items.iter().any(link);
        return Some(if links { EntityKind::Stage } else { EntityKind::Chain });
    }
    if let Some(kind) = list.head.or(list.lead) {
        return Some(kind);
    }
    if list.items.last().is_some_and(|i| REPRESENTED.is_match(reading.text.after(i.end))) {
        return Some(EntityKind::Cluster);
    }
    if let Some(kind) = neighbours(reading, catalogue, list) {
        return Some(kind);
    }
    let long = |i: &Extent| reading.text.slice(*i).chars().count() > 2;
    let acting = list.items.iter().all(long)
        && list.items.last().is_some_and(|i| acts(reading.text.after(i.end)));
    let named = list.items.iter().any(firm);
    (named || acting).then_some(EntityKind::Firm)
}

/// `以甲、乙等为代表的“…”集群`
static REPRESENTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("^等?为代表的“?[^，。；]{0,16}集群").expect("a fixed pattern compiles")
});

/// Two methods or links make one of their unknown neighbour, and a last item that ends in 产业
/// makes industries of those before it.
fn neighbours(reading: &Reading<'_>, catalogue: &Catalogue, list: &List) -> Option<EntityKind> {
    let kind = |item: &Extent| catalogue.exactly(*item).map(|m| m.kind);
    let last = list.items.last()?;
    if kind(last) == Some(EntityKind::Chain) && reading.text.slice(*last).ends_with("产业") {
        return Some(EntityKind::Chain);
    }
    [EntityKind::Technology, EntityKind::Stage]
        .into_iter()
        .find(|k| list.items.iter().filter(|i| kind(i) == Some(*k)).count() >= 2)
}

fn declare_item(
    reading: &Reading<'_>,
    catalogue: &mut Catalogue,
    list: &List,
    item: Extent,
    kind: EntityKind,
) {
    let text = reading.text;
    let item = without_position(reading, without_place(catalogue, item, kind));
    let words = text.slice(item);
    let length = words.chars().count();
    let kind = by_form(reading, words, kind);
    let generic = kind != EntityKind::Policy && reading.lexicon.is_generic(words);
    if !(2..=ITEM_MAX).contains(&length) || generic || compound(reading, words) {
        return;
    }
    let named = catalogue.exactly(item).map(|m| m.kind);
    match kind {
        EntityKind::Firm => {
            // 供应甲、乙等整车企业: the class word is stronger than the verb before the list.
            if list.head == Some(EntityKind::Firm) && named == Some(EntityKind::Product) {
                catalogue.forget(item);
            }
            let known = catalogue.covers(item);
            let told = list.head == Some(EntityKind::Firm);
            if !known && looks_like_firm(reading, catalogue, item, told) {
                catalogue.declare(text, kind, item, false);
            }
        }
        EntityKind::Cluster => {
            catalogue.forget(item);
            if let Some(index) = catalogue.declare(text, kind, item, false) {
                share_head(catalogue, index, words, item, "产业集群");
            }
        }
        EntityKind::Chain | EntityKind::Stage if list.head_word == "产业" => {
            if let Some(index) = catalogue.declare(text, EntityKind::Chain, item, false) {
                share_head(catalogue, index, words, item, "产业");
            }
        }
        _ if named.is_some() => {}
        EntityKind::Chain
        | EntityKind::Stage
        | EntityKind::Technology
        | EntityKind::Product
        | EntityKind::Policy
            if !reading.boundary_inside(item) && !words.ends_with("企业") =>
        {
            catalogue.declare(text, kind, item, kind == EntityKind::Product);
        }
        _ => {}
    }
}

/// `晨屿甲改革、乙改革等做法`: a place before the first item is not part of it.
fn without_place(catalogue: &Catalogue, item: Extent, kind: EntityKind) -> Extent {
    let bare = matches!(
        kind,
        EntityKind::Policy | EntityKind::Chain | EntityKind::Stage | EntityKind::Technology
    );
    let place = catalogue
        .starting_at(item.start)
        .filter(|m| bare && m.kind == EntityKind::Region && m.extent.end < item.end);
    place.map_or(item, |p| Extent::new(p.extent.end, item.end))
}

/// `做强上游钢管、中游管件`: a link's position is no part of its name.
fn without_position(reading: &Reading<'_>, item: Extent) -> Extent {
    let words = reading.text.slice(item);
    let cut = ["上游的", "中游的", "下游的", "上游", "中游", "下游", "前端", "中端", "后端"]
        .iter()
        .filter_map(|w| words.find(w).map(|at| at + w.len()))
        .max();
    match cut.filter(|cut| words.get(*cut..).is_some_and(|rest| rest.chars().count() >= 2)) {
        Some(cut) => Extent::new(item.start + cut, item.end),
        None => item,
    }
}

/// 人形机器人轴承: two known words, a product and its link, which stay two.
fn compound(reading: &Reading<'_>, words: &str) -> bool {
    let Some((end, first)) = reading.lexicon.words.at_start(words) else { return false };
    let rest = words.get(end..).unwrap_or("");
    let second = reading.lexicon.words.at_start(rest).filter(|(n, _)| *n == rest.len());
    first.kind == EntityKind::Product && second.is_some_and(|(_, w)| w.kind == EntityKind::Stage)
}

/// `泵阀、轴承2个产业集群`: the head that the last item carries belongs to each.
fn share_head(
    catalogue: &mut Catalogue,
    index: EntityIndex,
    words: &str,
    item: Extent,
    head: &str,
) {
    if !words.ends_with(head) && !words.ends_with('业') {
        catalogue.alias(index, &format!("{words}{head}"), item);
    }
}

/// An item's own ending is stronger than the list's class word.
fn by_form(reading: &Reading<'_>, words: &str, kind: EntityKind) -> EntityKind {
    const METHODS: &[&str] =
        &["技术", "工艺", "检测", "优化", "识别", "扫描", "仿真", "算法", "处理"];
    let loose = matches!(kind, EntityKind::Chain | EntityKind::Stage);
    if loose && METHODS.iter().any(|m| words.ends_with(m)) {
        return EntityKind::Technology;
    }
    let known = reading.lexicon.words.at_start(words).filter(|(end, _)| *end == words.len());
    match known {
        Some((_, word)) if loose && matches!(word.kind, EntityKind::Chain | EntityKind::Stage) => {
            word.kind
        }
        _ => kind,
    }
}

fn looks_like_firm(reading: &Reading<'_>, catalogue: &Catalogue, item: Extent, told: bool) -> bool {
    const OTHER: &[&str] = &[
        "高校",
        "院所",
        "政府",
        "协会",
        "专家",
        "部门",
        "园区",
        "学校",
        "平台",
        "产业链",
        "机构",
        "产业",
        "技术",
        "项目",
        "领域",
        "环节",
        "小镇",
        "人才",
        "资金",
        "企业",
        "公司",
    ];
    let words = reading.text.slice(item);
    let length = words.chars().count();
    let known = reading.is_word(words);
    (2..=SHORT_MAX).contains(&length)
        && !known
        && !(if told {
            reading.boundaries.breaks(reading.text, item)
        } else {
            reading.boundary_inside(item)
        })
        && !OTHER.iter().any(|o| words.ends_with(o))
        && !words.starts_with(|c: char| c.is_ascii_digit())
        && !words.contains(crate::boundary::MARKS)
        && !catalogue
            .near(item)
            .any(|m| m.extent == item || (m.kind == EntityKind::Region && m.extent.holds(item)))
}

impl Reading<'_> {
    /// Whether a strong boundary stands inside: a phrase, not a name.
    fn boundary_inside(&self, extent: Extent) -> bool {
        self.boundaries.first_in(extent).is_some()
    }
}
