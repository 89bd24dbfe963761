//! What names say by being made of other names: an institute of a university, a tier of an award,
//! a case of a firm; and townships, which lie in the region that an article is about.

use graph::model::{Confidence, EntityKind, Modality, Predicate, Role, RoleBasis};

use crate::catalogue::{Catalogue, EntityIndex, Mention};
use crate::rule::{Found, Stated};
use crate::text::Extent;
use crate::topic::is_township;

/// Adds what the names say, and takes away what they contradict.
pub(crate) fn read(
    catalogue: &Catalogue,
    mentions: &[Mention],
    main_region: Option<EntityIndex>,
    found: &mut Vec<Found>,
) {
    let named: Vec<(EntityIndex, EntityKind, &str, Extent)> = catalogue
        .live()
        .filter_map(|(index, entry)| {
            let extent = mentions.iter().find(|m| m.entity == index)?.extent;
            Some((index, entry.kind, entry.name.as_str(), extent))
        })
        .collect();
    for (index, kind, name, extent) in &named {
        for (other, part) in parts(catalogue, *index, name) {
            let statement = of_parts(*kind, name, other, part);
            let Some((rule, predicate, forward, sure)) = statement else { continue };
            let (source, target) = if forward { (*index, other.0) } else { (other.0, *index) };
            if predicate == Predicate::Implements {
                found.retain(|f| !implemented_by_place(catalogue, f, *index));
            }
            found.push(relation(rule, predicate, source, target, *extent, sure));
        }
    }
    let roles: Vec<Found> = found.iter().filter_map(|f| role_of(catalogue, f)).collect();
    found.extend(roles);
    found.extend(townships(catalogue, &named, main_region, found));
}

/// Other entities whose name stands inside a name.
fn parts<'a>(
    catalogue: &'a Catalogue,
    whole: EntityIndex,
    name: &str,
) -> Vec<((EntityIndex, EntityKind), &'a str)> {
    let mut parts = Vec::new();
    for (index, entry) in catalogue.live().filter(|(index, _)| *index != whole) {
        let form = entry.forms.iter().map(|f| f.text.as_str()).filter(|f| name.contains(f));
        let longest = form.filter(|f| f.chars().count() >= 2).max_by_key(|f| f.len());
        parts.extend(longest.map(|form| ((index, entry.kind), form)));
    }
    parts
}

/// What a name and a name inside it say: rule, predicate, whether the whole is the source.
fn of_parts(
    kind: EntityKind,
    name: &str,
    (_, part_kind): (EntityIndex, EntityKind),
    part: &str,
) -> Option<(&'static str, Predicate, bool, f64)> {
    let starts = name.starts_with(part);
    match (kind, part_kind) {
        (EntityKind::Platform, EntityKind::Platform | EntityKind::University) if starts => {
            Some(("name.institute", Predicate::PartOf, true, 0.8))
        }
        (EntityKind::Cluster, EntityKind::Region) if starts => {
            Some(("name.place", Predicate::LocatedIn, true, 0.7))
        }
        (EntityKind::Honour, EntityKind::Honour) if name.contains(&format!("{part}（")) => {
            Some(("name.tier", Predicate::PartOf, true, 0.8))
        }
        (EntityKind::Policy, EntityKind::Firm) => {
            Some(("name.case", Predicate::Implements, false, 0.75))
        }
        (EntityKind::Product, EntityKind::Chain)
            if name.contains(&format!("{part}行业")) || part.ends_with("行业") =>
        {
            Some(("name.field", Predicate::UsedIn, true, 0.75))
        }
        _ => None,
    }
}

/// A case that names a firm is the firm's, not the place's.
fn implemented_by_place(catalogue: &Catalogue, found: &Found, policy: EntityIndex) -> bool {
    matches!(&found.stated, Stated::Relation { predicate: Predicate::Implements, source, target, .. }
        if *target == policy
            && catalogue.get(*source).is_some_and(|e| e.kind == EntityKind::Region))
}

/// A firm on a list of chain leaders, or given a title that is a role, holds the role by
/// designation.
fn role_of(catalogue: &Catalogue, found: &Found) -> Option<Found> {
    const ROLES: &[(&str, Role)] = &[
        ("链主企业", Role::ChainLeader),
        ("小巨人", Role::LittleGiant),
        ("专精特新中小企业", Role::SpecializedSme),
        ("独角兽企业", Role::Unicorn),
        ("高新技术企业", Role::HighTech),
        ("科技型中小企业", Role::TechSme),
    ];
    let Stated::Relation { predicate: Predicate::Awarded, source, target, .. } = &found.stated
    else {
        return None;
    };
    let firm = catalogue.get(*source).filter(|e| e.kind == EntityKind::Firm);
    let honour = catalogue.get(*target)?;
    let (_, role) = ROLES.iter().find(|(words, _)| honour.name.contains(words))?;
    firm.map(|_| Found {
        rule: "name.title".to_owned(),
        stated: Stated::Role { entity: *source, role: *role, basis: RoleBasis::Designated },
        confidence: found.confidence,
        extent: found.extent,
    })
}

/// Townships that no relation places yet.
fn townships(
    catalogue: &Catalogue,
    named: &[(EntityIndex, EntityKind, &str, Extent)],
    main_region: Option<EntityIndex>,
    found: &[Found],
) -> Vec<Found> {
    // A city holds townships only through its districts.
    let near = |m: &EntityIndex| catalogue.get(*m).is_some_and(|e| !e.name.ends_with(['市', '省']));
    let Some(main) = main_region.filter(near) else { return Vec::new() };
    let placed = |index: EntityIndex| {
        found.iter().any(|f| {
            matches!(&f.stated, Stated::Relation { predicate: Predicate::LocatedIn, source, .. } if *source == index)
        })
    };
    named
        .iter()
        .filter(|(index, kind, name, _)| {
            let township = is_township(name);
            *kind == EntityKind::Region && township && *index != main && !placed(*index)
        })
        .map(|(index, _, _, extent)| {
            relation("topic.township", Predicate::LocatedIn, *index, main, *extent, 0.65)
        })
        .collect()
}

fn relation(
    rule: &str,
    predicate: Predicate,
    source: EntityIndex,
    target: EntityIndex,
    extent: Extent,
    confidence: f64,
) -> Found {
    Found {
        rule: rule.to_owned(),
        stated: Stated::Relation {
            predicate,
            source,
            target,
            product: None,
            stage: None,
            texts: Vec::new(),
            modality: Modality::Actual,
            since: None,
        },
        confidence: Confidence::new(confidence).unwrap_or(Confidence::CERTAIN),
        extent,
    }
}
