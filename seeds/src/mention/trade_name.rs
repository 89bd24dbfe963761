//! Short names of firms that their form or their surroundings show: a coined stem and a trade
//! (白潮电气), a name before a firm's post (白潮董事长), a stem before 公司.

use std::sync::LazyLock;

use graph::model::EntityKind;
use regex::Regex;

use super::firm::{SHORT_MAX, acts};
use super::{Reading, person};
use crate::boundary::MARKS;
use crate::catalogue::Catalogue;
use crate::lexicon::Trade;
use crate::text::Extent;

/// What a firm does, right after its name: enough beside a coined stem and a trade.
static DOES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        "^(?:（|等|车间|生产|专注|专业|专门|成立|创立|创办|位于|坐落|落户|落地|入驻|投资|计划|自主|独立|主要|主营|荣获|获评|获得|入选|跻身|\
         上榜|被|将|已|正|拟|曾|也|还|则|都|均|近年|今年|去年|每年|目前|成为|采用|引进|引入|攻克|推出|研发|研制|开发|拥有|\
         实现|完成|投入|提供|供应|供货|供给|供|旗下|脱胎|孵化|裂变|前身|上市|投产|扩产|扩建|交付|参展|参加|携|亮相|牵头|\
         建成|建设|布局|年产|年销|总部|员工|订单|是|在|与|和|同|联合|携手|从|向|为|给|以|凭借|依托|抢抓|瞄准|\
         聚焦|深耕|发布|首创|成功|加入|加快|负责|相关|有关|董事|总经理|副总|创始|技术|厂|一期|二期|新|智能|数字|代表|展|\
         签|达成|中标|产值|营收|总投资|增资|控股|参股|收购|领投|跟投|承办|协办|主办|出席|退出|取消|未|项目|公司|集团|的|，|、|。|；|”|$)",
    )
    .expect("a fixed pattern compiles")
});
/// What follows the other party of a deal.
static TAKES_PART: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        "^(?:供应|供货|配套|提供|签|合作|共建|共同|联合|研发|领投|跟投|投资|运营|负责|建设|承建|控股|采购|的|，|。|、|；|等|稳定|长期|为)",
    )
    .expect("a fixed pattern compiles")
});
/// Words before a firm's name: the other party, or what brings one to it.
const CUES: &[&str] = &[
    "与",
    "和",
    "同",
    "为",
    "向",
    "给",
    "从",
    "由",
    "以",
    "被",
    "对",
    "到",
    "在",
    "联合",
    "携手",
    "采购",
    "领投",
    "控股",
    "走进",
    "来到",
    "走访",
    "入驻",
    "引进",
    "招引",
    "培育出",
    "集聚了",
    "集聚",
    "加入",
    "交付",
    "来自",
    "旗下",
    "包括",
    "有",
    "如",
    "即",
    "企业",
    "公司",
    "子公司",
    "供应商",
    "厂商",
    "家",
    "的",
    "园区内",
    "园内",
    "区内",
    "其中",
];

pub(super) fn read(reading: &Reading<'_>, catalogue: &mut Catalogue) {
    let text = reading.text;
    let mut found = Vec::new();
    for (at, end, trade) in reading.lexicon.trades.find(text.as_str()) {
        found.extend(
            [2, 3, 4]
                .into_iter()
                .find_map(|stem| named(reading, catalogue, (at, end), *trade, stem)),
        );
    }
    found.extend(before_posts(reading, catalogue));
    found.extend(companies(reading, catalogue));
    found.sort();
    for extent in found {
        if !catalogue.covers(extent) {
            catalogue.declare(text, EntityKind::Firm, extent, false);
        }
    }
}

/// A name whose last part is a trade, with a stem of so many characters, if form and surroundings
/// show that it is a firm's.
fn named(
    reading: &Reading<'_>,
    catalogue: &Catalogue,
    (at, end): (usize, usize),
    trade: Trade,
    stem: usize,
) -> Option<Extent> {
    let text = reading.text;
    let start = text.before(at).take(stem).last().map(|(i, _)| i)?;
    let words = text.slice(Extent::new(start, at));
    let plant = text.after(end).starts_with('厂')
        && !["厂区", "厂房", "厂长", "厂商", "厂家", "厂里", "厂内"]
            .iter()
            .any(|w| text.after(end).starts_with(w));
    let extent = Extent::new(start, end + if plant { '厂'.len_utf8() } else { 0 });
    let long = stem > 3 && trade != Trade::Sure;
    if words.chars().count() != stem
        || long
        || !coined(reading, coined_part(reading, words))
        || ends_in_word(reading, extent, at)
    {
        return None;
    }
    let after = text.after(extent.end);
    // 华中科技大学, 新材料产业: another word goes on.
    if [
        "大学",
        "学院",
        "城",
        "馆",
        "部",
        "局",
        "厅",
        "园",
        "产业",
        "学校",
        "研究",
        "行业",
        "领域",
        "赛道",
        "协会",
        "集群",
        "委员会",
    ]
    .iter()
    .any(|w| after.starts_with(w))
    {
        return None;
    }
    let class = after_class(reading, start);
    let opens = opens(reading, catalogue, start) || class;
    let strong = acts(after) || class || posted(reading, end);
    let cued = cued(reading, start) && TAKES_PART.is_match(after);
    let shown = match trade {
        Trade::Sure => true,
        Trade::Usual => strong || cued || DOES.is_match(after),
        Trade::Risky => strong || cued && !after.starts_with(['的', '，', '。', '、', '；']),
    };
    let free = !catalogue.near(extent).any(|m| {
        m.extent.meets(extent) && !extent.holds(m.extent) && m.kind != EntityKind::Region
            || m.kind == EntityKind::Region && m.extent.meets(extent)
    });
    (opens && shown && free && reading.boundaries.first_in(extent).is_none()).then_some(extent)
}

/// Whether a known word reaches from the stem over the trade: 合成生物.
fn ends_in_word(reading: &Reading<'_>, extent: Extent, trade: usize) -> bool {
    let words = reading.text.slice(extent);
    words
        .char_indices()
        .take_while(|(at, _)| extent.start + at < trade)
        .any(|(at, _)| words.get(at..).is_some_and(|tail| reading.is_word(tail)))
}

/// 白潮 of 白潮轴承 before 科技: a trade inside the stem coins nothing and spoils nothing.
fn coined_part<'a>(reading: &Reading<'_>, stem: &'a str) -> &'a str {
    let half = stem.char_indices().nth(2).map_or(stem.len(), |(at, _)| at);
    let (first, rest) = stem.split_at(half);
    let trade = rest.chars().count() == 2
        && reading.lexicon.trades.at_end(rest).is_some_and(|(cut, _)| cut == 0);
    if trade { first } else { stem }
}

/// Two to four characters that no list knows as words.
fn coined(reading: &Reading<'_>, stem: &str) -> bool {
    let han = stem.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let chars: Vec<usize> = stem.char_indices().map(|(at, _)| at).chain([stem.len()]).collect();
    let common = chars.windows(3).any(|w| {
        let pair = w.first().zip(w.last()).and_then(|(from, to)| stem.get(*from..*to));
        pair.is_some_and(|pair| reading.lexicon.common.contains(pair) || reading.is_word(pair))
    });
    let loose = stem.starts_with(|c: char| "的了在是和与及等为向就以有从到对将把被让用各该本此这那其之所也都还不个家项种类批新老大小多高全总副数几两一二三四五六七八九十产型化性级式".contains(c))
        || stem.ends_with(|c: char| "的了在是和与及等为向就以有从到对将把被让用各该本此这那其所也都还不型化性级式类种".contains(c));
    han && !common
        && !loose
        && !reading.lexicon.is_generic(stem)
        && reading.lexicon.words.at_start(stem).is_none()
}

/// Whether a name may begin here: after a mark, a boundary word, a place.
fn opens(reading: &Reading<'_>, catalogue: &Catalogue, start: usize) -> bool {
    let before = reading.text.before(start).next();
    before.is_none_or(|(_, c)| MARKS.contains(&c))
        || reading.boundaries.ends_at(start)
        || catalogue.ending_at(start).is_some_and(|m| m.kind == EntityKind::Region)
        || cued(reading, start)
}

fn cued(reading: &Reading<'_>, start: usize) -> bool {
    let head: Vec<char> = reading.text.before(start).take(3).map(|(_, c)| c).collect();
    let head: String = head.into_iter().rev().collect();
    CUES.iter().any(|cue| head.ends_with(cue))
}

/// 链主企业甲科技: the class word stands before the name.
fn after_class(reading: &Reading<'_>, start: usize) -> bool {
    let before: Vec<char> = reading.text.before(start).take(4).map(|(_, c)| c).collect();
    matches!(
        before.as_slice(),
        ['业', '企', '主' | '头' | '干' | '军' | '市' | '土' | '部' | '点', ..]
            | ['司', '公', '子', ..]
    )
}

/// Posts that only a firm has.
const POSTS: &[&str] = &[
    "党委书记、董事长",
    "党支部书记、董事长",
    "创始人、董事长",
    "董事长",
    "副董事长",
    "总经理",
    "常务副总经理",
    "副总经理",
    "总裁",
    "副总裁",
    "执行总裁",
    "首席执行官",
    "首席技术官",
    "首席运营官",
    "创始人",
    "联合创始人",
    "董事会秘书",
    "厂长",
    "车间主任",
    "生产经理",
    "技术总监",
    "研发总监",
    "销售总监",
    "营销总监",
    "运营总监",
    "市场总监",
    "销售经理",
    "项目经理",
    "部门经理",
    "行政经理",
    "生产部经理",
    "研发经理",
    "销售部经理",
    "技术部经理",
    "生产总监",
    "行政总监",
];

/// Whether one of a firm's posts and a person's name stand here.
fn posted(reading: &Reading<'_>, at: usize) -> bool {
    let tail = reading.text.after(at);
    let post = |posts: &[&str]| {
        posts
            .iter()
            .any(|p| tail.starts_with(p) && person::name_at(reading, at + p.len()).is_some())
    };
    post(POSTS)
        || post(&[
            "负责人",
            "相关负责人",
            "技术员",
            "工程师",
            "总工程师",
            "高级工程师",
            "研发负责人",
            "技术负责人",
        ])
}

/// `白潮董事长顾晚舟`: what stands between a boundary and a firm's post with its holder.
fn before_posts(reading: &Reading<'_>, catalogue: &Catalogue) -> Vec<Extent> {
    let text = reading.text;
    let mut found = Vec::new();
    for post in POSTS {
        for (at, _) in text.as_str().match_indices(post) {
            if person::name_at(reading, at + post.len()).is_none() {
                continue;
            }
            let start = reading.boundaries.left(
                text,
                at,
                SHORT_MAX + 1,
                &std::collections::BTreeSet::new(),
            );
            found.extend(whole_name(reading, catalogue, Extent::new(start, at)));
        }
    }
    found
}

/// `兴岚香业公司`: a stem that is no class of firms.
fn companies(reading: &Reading<'_>, catalogue: &Catalogue) -> Vec<Extent> {
    let text = reading.text;
    let mut found = Vec::new();
    for (at, word) in text.as_str().match_indices("公司") {
        let start =
            reading.boundaries.left(text, at, SHORT_MAX + 1, &std::collections::BTreeSet::new());
        let extent = Extent::new(start, at);
        let words = text.slice(extent);
        let class = reading.lexicon.trades.at_end(words).is_some_and(|(cut, _)| {
            let stem = words.get(..cut).unwrap_or("");
            stem.is_empty() || !coined(reading, stem.get(..stem.len().min(12)).unwrap_or(stem))
        });
        let bare = words.ends_with(['子', '分', '母', '总', '该', '家', '限']);
        if words.chars().count() >= 3
            && !class
            && !bare
            && let Some(name) = whole_name(reading, catalogue, extent)
        {
            found.push(Extent::new(name.start, at + word.len()));
        }
    }
    found
}

/// Words that can be a firm's name as a whole: of fitting length, no known word or other name.
fn whole_name(reading: &Reading<'_>, catalogue: &Catalogue, extent: Extent) -> Option<Extent> {
    const CLASSES: &[&str] = &[
        "公司", "企业", "集团", "部", "厂", "会", "院", "所", "中心", "局", "委", "站", "办", "处",
        "区", "店", "室", "行业", "产业", "项目", "副", "原", "兼",
    ];
    let text = reading.text;
    let mut extent = extent;
    while let Some(place) = catalogue
        .starting_at(extent.start)
        .filter(|m| m.kind == EntityKind::Region && m.extent.end < extent.end)
    {
        extent.start = place.extent.end;
    }
    let words = text.slice(extent);
    let length = words.chars().count();
    let han = words.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let edge = text.before(extent.start).next().is_none_or(|(_, c)| MARKS.contains(&c))
        || reading.boundaries.ends_at(extent.start)
        || catalogue.ending_at(extent.start).is_some();
    let head: String = words.chars().take(2).collect();
    (han && edge
        && (2..=SHORT_MAX).contains(&length)
        && !reading.lexicon.is_generic(words)
        && !reading.is_word(words)
        && !reading.lexicon.common.contains(head.as_str())
        && reading.lexicon.words.at_start(&head).is_none()
        && !CLASSES.iter().any(|c| words.ends_with(c))
        && coined(reading, &head)
        && catalogue
            .near(extent)
            .all(|m| m.kind == EntityKind::Region && extent.holds(m.extent) && m.extent != extent))
    .then_some(extent)
}
