//! Puts links in the order of their entities, within the cache.

use super::entities::EntityIx;
use super::links::{Link, Links};
use super::relations::RelationIx;
use crate::model::Predicate;

/// Entities of a block: with ten links each, those of a block fill a third of a megabyte.
const BLOCK: u32 = 2_048;

/// Links that are being laid out, those of each block of entities together.
///
/// A counting sort writes each link somewhere else: with millions of them, nothing that it touches
/// is in the cache. So links are first written block by block, which is as many places at once as
/// there are blocks, and then each block is put in order within the cache.
pub(super) struct Blocks {
    links: Vec<Link>,
    /// Where the next link of each block goes.
    next: Vec<u32>,
}

impl Blocks {
    /// Room for the links of these entities.
    pub(super) fn of(entities: usize, at: impl Iterator<Item = EntityIx>) -> Self {
        let mut next = vec![0; entities.div_ceil(BLOCK as usize)];
        for entity in at {
            next[(entity.0 / BLOCK) as usize] += 1;
        }
        let mut sum = 0;
        for next in &mut next {
            sum += std::mem::replace(next, sum);
        }
        let none = Link::involved(EntityIx(0), RelationIx(0), Predicate::Supplies);
        Self { links: vec![none; sum as usize], next }
    }

    /// Adds a link of an entity; those of one entity come in their order.
    pub(super) fn put(&mut self, at: EntityIx, link: Link) {
        let next = &mut self.next[(at.0 / BLOCK) as usize];
        self.links[*next as usize] = Link { place: (at.0 % BLOCK) as u16, ..link };
        *next += 1;
    }

    /// Puts each block in order, when every link was added.
    pub(super) fn placed(self, entities: usize) -> Links {
        let Self { mut links, next: ends } = self;
        let mut starts = Vec::with_capacity(entities + 1);
        let mut unordered: Vec<Link> = Vec::new();
        let mut begin = 0;
        for end in ends {
            let block = &mut links[begin as usize..end as usize];
            unordered.clear();
            unordered.extend_from_slice(block);
            let mut next = [0; BLOCK as usize];
            for link in &unordered {
                next[link.place as usize] += 1;
            }
            let mut sum = 0;
            for next in next.iter_mut().take(entities - starts.len()) {
                starts.push(begin + sum);
                sum += std::mem::replace(next, sum);
            }
            for link in &unordered {
                let next = &mut next[link.place as usize];
                block[*next as usize] = *link;
                *next += 1;
            }
            begin = end;
        }
        starts.push(begin);
        Links { starts, links }
    }
}
