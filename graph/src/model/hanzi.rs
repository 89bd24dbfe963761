//! Characters in the form in which texts and names are compared.

use std::sync::LazyLock;

const FIRST: u32 = 0x3400;
const LAST: u32 = 0x9fff;

/// A traditional character as its simplified form, any other as it is. A plain table, one character
/// for one, so that a part of a text stays a part of it.
pub(crate) fn simplified(c: char) -> char {
    static TABLE: LazyLock<Vec<char>> = LazyLock::new(|| {
        let all = (FIRST..=LAST).filter_map(char::from_u32);
        all.map(|c| {
            let simple = hanconv::t2s(c.to_string().as_str());
            let mut chars = simple.chars();
            match (chars.next(), chars.next()) {
                (Some(one), None) => one,
                _ => c,
            }
        })
        .collect()
    });
    let place = u32::from(c).checked_sub(FIRST).and_then(|at| usize::try_from(at).ok());
    place.and_then(|at| TABLE.get(at).copied()).unwrap_or(c)
}

/// Whether one character is a word or a part of one that stands for itself: Chinese characters and
/// kana, which are written without spaces.
pub(crate) fn stands_alone(c: char) -> bool {
    matches!(u32::from(c), 0x3041..=0x30ff | FIRST..=LAST | 0x2_0000..=0x3_ffff)
}
