//! Values of flags that need a check.

use graph::model::{MAX_NAME_CHARS, NameKey};
use jiff::Timestamp;
use jiff::civil::Date;

/// How many results, from 1 on: an answer of none would read as if nothing were known.
pub(super) fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("an answer has room for one result at least".into()),
        Ok(number) => Ok(number),
        Err(_) => Err(format!("`{text}` is no whole number")),
    }
}

/// A day of the calendar.
pub(super) fn day(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| format!("`{text}` is no day; write one as 2025-05-23"))
}

/// A moment, with its offset from UTC.
pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| {
        format!(
            "`{text}` is no moment; write one as 2025-05-24T08:30:00Z or 2025-05-24T16:30:00+08:00"
        )
    })
}

/// Something to look for among names.
pub(super) fn part_of_a_name(text: &str) -> Result<String, String> {
    if NameKey::of(text).as_str().is_empty() {
        return Err("write at least one letter, digit or character".into());
    }
    match text.chars().count() {
        ..=MAX_NAME_CHARS => Ok(text.to_owned()),
        chars => {
            Err(format!("a name has at most {MAX_NAME_CHARS} characters; this one has {chars}"))
        }
    }
}

/// A number from 0 to 1.
pub(super) fn confidence(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    if (0.0..=1.0).contains(&number) {
        Ok(number)
    } else {
        Err(format!("{number} does not lie in 0..1"))
    }
}

/// Relations of a path, from 1 to 12: the number of paths grows with every one.
pub(super) fn path_length(text: &str) -> Result<usize, String> {
    let number: usize = text.parse().map_err(|_| format!("`{text}` is no whole number"))?;
    if (1..=12).contains(&number) {
        Ok(number)
    } else {
        Err(format!("{number} does not lie in 1..12"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_moments_are_refused_with_how_to_write_them() {
        assert!(day("2025-05-23").is_ok());
        assert!(moment("2025-05-24T16:30:00+08:00").is_ok());
        for text in ["2025", "2025-02-30", "gestern", ""] {
            assert!(day(text).unwrap_err().contains("2025-05-23"), "{text}");
            assert!(moment(text).unwrap_err().contains("08:30:00Z"), "{text}");
        }
    }

    #[test]
    fn what_says_nothing_is_no_part_of_a_name() {
        assert_eq!(part_of_a_name("泵").as_deref(), Ok("泵"));
        for text in ["", " ", "“”"] {
            assert!(part_of_a_name(text).unwrap_err().contains("at least one"), "{text}");
        }
        assert!(part_of_a_name(&"长".repeat(201)).unwrap_err().contains("201"));
    }
}
