//! One entity per thing: an industry under its endings, a firm under short and full name, a
//! policy under shortened names.

use std::collections::BTreeMap;

use graph::model::EntityKind;
use graph::model::form::{INDUSTRY_WORDS, PARK_FORMS};

use super::Reading;
use crate::catalogue::{Catalogue, EntityIndex};

pub(super) fn read(reading: &Reading<'_>, catalogue: &mut Catalogue) {
    industries(catalogue);
    shortened(catalogue, EntityKind::Policy);
    shortened(catalogue, EntityKind::Occasion);
    honours(catalogue);
    methods(reading, catalogue);
    parks(catalogue);
}

/// 颍州经开区 and 颍州经济开发区 are one.
fn parks(catalogue: &mut Catalogue) {
    let all: Vec<(EntityIndex, String)> = catalogue
        .live()
        .filter(|(_, e)| e.kind == EntityKind::Park)
        .map(|(i, e)| (i, e.name.clone()))
        .collect();
    let places: Vec<String> = catalogue
        .live()
        .filter(|(_, e)| e.kind == EntityKind::Region)
        .flat_map(|(_, e)| e.forms.iter().map(|f| f.text.clone()).collect::<Vec<_>>())
        .collect();
    for (index, name) in &all {
        // 武汉东湖高新区 is 东湖高新区.
        let placed = all.iter().find(|(other, long)| {
            other != index
                && long
                    .strip_suffix(name.as_str())
                    .is_some_and(|p| places.iter().any(|place| place == p))
        });
        if let Some((long, _)) = placed.filter(|_| name.chars().count() >= 4) {
            catalogue.merge(*long, *index);
            continue;
        }
        for (long, short) in PARK_FORMS {
            let Some(stem) = name.strip_suffix(short).filter(|s| !s.is_empty()) else { continue };
            let full = all.iter().find(|(_, other)| other.strip_suffix(long) == Some(stem));
            if let Some((full, _)) = full {
                catalogue.merge(*full, *index);
                break;
            }
        }
    }
}

/// 具身智能, 具身智能产业 and 具身智能产业链 are one chain.
fn industries(catalogue: &mut Catalogue) {
    let mut by_stem: BTreeMap<String, Vec<EntityIndex>> = BTreeMap::new();
    for (index, entry) in catalogue.live() {
        if entry.kind == EntityKind::Chain {
            by_stem.entry(stem(&entry.name)).or_default().push(index);
        }
    }
    for same in by_stem.into_values() {
        if let Some((kept, gone)) = same.split_first() {
            for index in gone {
                catalogue.merge(*kept, *index);
            }
        }
    }
}

/// The industry without quotation marks and class word.
fn stem(name: &str) -> String {
    let bare: String = name.chars().filter(|c| !matches!(c, '“' | '”' | '‘' | '’')).collect();
    let mut stem = bare.as_str();
    let cut = |name: &str| INDUSTRY_WORDS.iter().find_map(|w| name.strip_suffix(w)).map(str::len);
    while let Some(shorter) = cut(stem).and_then(|n| stem.get(..n)) {
        if shorter.chars().count() < 2 {
            break;
        }
        stem = shorter;
    }
    stem.to_owned()
}

/// 图像处理 and 图像处理技术 are one.
fn methods(reading: &Reading<'_>, catalogue: &mut Catalogue) {
    let all: Vec<(EntityIndex, String)> = catalogue
        .live()
        .filter(|(_, e)| e.kind == EntityKind::Technology)
        .map(|(i, e)| (i, e.name.clone()))
        .collect();
    for (index, name) in all {
        let bare = ["技术", "工艺", "算法"].iter().find_map(|w| name.strip_suffix(w));
        let other = bare.and_then(|bare| catalogue.find(EntityKind::Technology, bare));
        let known = |b: &&str| reading.is_word(b);
        let extent = catalogue.get(index).and_then(|e| e.forms.first()).map(|f| f.extent);
        if let (Some(bare), Some(extent), None) = (bare.filter(known), extent, other) {
            catalogue.alias(index, bare, extent);
        }
        if let Some(other) = other.filter(|o| *o != index) {
            catalogue.merge(other, index);
        }
    }
}

/// 扩产项目改革 is a shortened form of 存量企业扩产项目用地改革: every character of it stands
/// there, and the last word is the same.
fn shortened(catalogue: &mut Catalogue, kind: EntityKind) {
    const LONG: usize = 6;
    let mut names: Vec<(EntityIndex, Vec<char>)> = catalogue
        .live()
        .filter(|(_, e)| e.kind == kind)
        .map(|(i, e)| (i, e.name.chars().collect()))
        .collect();
    names.sort_by_key(|(i, n)| (std::cmp::Reverse(n.len()), *i));
    for at in 0..names.len() {
        let Some((long, rest)) = names.get(at..).and_then(<[_]>::split_first) else { return };
        for short in rest {
            let same_end = long.1.iter().rev().take(2).eq(short.1.iter().rev().take(2));
            let same_start =
                kind == EntityKind::Policy || long.1.iter().take(2).eq(short.1.iter().take(2));
            if short.1.len() >= LONG && same_start && same_end && holds(&long.1, &short.1) {
                catalogue.merge(long.0, short.0);
            }
        }
    }
}

/// 金杯 of `匠造杯（金杯）`, and 匠造奖 of `澜江匠造奖`: a bracketed tier and a name without what
/// stands before it.
fn honours(catalogue: &mut Catalogue) {
    let all: Vec<(EntityIndex, String)> = catalogue
        .live()
        .filter(|(_, e)| e.kind == EntityKind::Honour)
        .map(|(i, e)| (i, e.name.clone()))
        .collect();
    let mut tiers = Vec::new();
    for (long, name) in &all {
        let tier = name.strip_suffix('）').and_then(|n| n.rsplit_once('（')).map(|(_, tier)| tier);
        for (short, other) in &all {
            let plain: String = other.chars().filter(|c| !matches!(c, '“' | '”')).collect();
            let whole: String = name.chars().filter(|c| !matches!(c, '（' | '）')).collect();
            let same = tier == Some(plain.as_str()) || tier.is_some() && plain == whole;
            let tail = tier.is_none() && name.ends_with(other.as_str()) && !other.ends_with("名单");
            let tiered = tier.filter(|t| !t.contains(['第', '批', '届', '名', '年']));
            if let Some(tier) = tiered.filter(|t| t.chars().count() >= 2) {
                tiers.push((*long, tier.to_owned()));
            }
            if long != short && other.chars().count() >= 2 && (same || tail) {
                catalogue.merge(*long, *short);
            }
        }
    }
    for (index, tier) in tiers {
        let extent = catalogue.get(index).and_then(|e| e.forms.first()).map(|f| f.extent);
        if let Some(extent) = extent {
            catalogue.alias(index, &tier, extent);
        }
    }
}

fn holds(long: &[char], short: &[char]) -> bool {
    let mut left: Vec<char> = long.to_vec();
    short.iter().all(|c| match left.iter().position(|l| l == c) {
        Some(at) => {
            left.swap_remove(at);
            true
        }
        None => false,
    })
}
