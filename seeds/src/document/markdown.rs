//! Markdown: front matter gives what is known of the article, the rest is the article.
//!
//! Front matter is a first line `---`, lines of `key: value`, and a line `---`. That is the small
//! part of YAML that metadata needs; values may stand in quotation marks.

use super::{ArticleFlags, Note, Problem, plain};

/// The keys that front matter may have.
pub(super) const KEYS: [&str; 5] = ["title", "publisher", "published_on", "url", "language"];

/// Splits off the front matter; `None` if the text has none.
pub(super) fn split<'a>(
    text: &'a str,
    notes: &mut Vec<Note>,
) -> Result<Option<(ArticleFlags, &'a str)>, Problem> {
    if text.lines().next().map(str::trim_end) != Some("---") {
        return Ok(None);
    }
    let Some((entries, body)) = entries(text) else {
        notes.push(Note::NoFrontMatter);
        return Ok(None);
    };
    let mut front = ArticleFlags::default();
    for entry in &entries {
        take(&mut front, entry, notes)?;
    }
    Ok(Some((front, body)))
}

/// The title that a body without front matter has: its first heading, else its first line.
pub(super) fn title(body: &str) -> String {
    let heading = body.lines().find_map(|line| line.strip_prefix("# ")).map(str::trim);
    match heading {
        Some(heading) if !heading.is_empty() => plain::cut(heading),
        _ => plain::title(body).trim_start_matches('#').trim().to_owned(),
    }
}

struct Entry<'a> {
    line: usize,
    key: &'a str,
    value: &'a str,
    /// Its value goes on in further lines.
    long: bool,
}

/// The lines between the marks, and what follows; `None` if this is no front matter after all.
fn entries(text: &str) -> Option<(Vec<Entry<'_>>, &str)> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let mut at = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        at += line.len();
        let content = line.trim_end();
        if number == 0 || content.is_empty() || content.starts_with('#') {
            continue;
        }
        if matches!(content, "---" | "...") {
            return Some((entries, &text[at..]));
        }
        if content.starts_with([' ', '\t', '-']) {
            entries.last_mut()?.long = true;
            continue;
        }
        let (key, value) = content.split_once(':')?;
        let key = key.trim_end();
        let wordy = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        if key.is_empty() || !key.chars().all(wordy) {
            return None;
        }
        entries.push(Entry { line: number + 1, key, value: value.trim(), long: false });
    }
    None
}

fn take(front: &mut ArticleFlags, entry: &Entry<'_>, notes: &mut Vec<Note>) -> Result<(), Problem> {
    let Entry { line, key, value, long } = *entry;
    let bad = |reason: String| Problem::FrontMatter { line, reason };
    if !KEYS.contains(&key) {
        notes.push(Note::UnknownKey { key: key.to_owned(), line });
        return Ok(());
    }
    if long || matches!(value, "|" | ">" | "|-" | ">-") {
        return Err(bad(format!("`{key}` needs its value on the same line")));
    }
    let Some(value) = unquoted(value).map_err(|reason| bad(format!("`{key}` {reason}")))? else {
        return Ok(());
    };
    let twice = match key {
        "title" => front.title.replace(value).is_some(),
        "publisher" => front.publisher.replace(value).is_some(),
        "url" => front.url.replace(value).is_some(),
        "language" => front.language.replace(value).is_some(),
        _ => {
            let date = value.parse().map_err(|error| bad(format!("`{key}`: {error}")))?;
            front.published_on.replace(date).is_some()
        }
    };
    if twice { Err(bad(format!("`{key}` is given twice"))) } else { Ok(()) }
}

/// The value without its quotation marks; `None` where there is none.
fn unquoted(value: &str) -> Result<Option<String>, &'static str> {
    let inside = |mark: char| {
        value.strip_prefix(mark).map(|rest| {
            rest.strip_suffix(mark).ok_or("opens a quotation mark and does not close it")
        })
    };
    let text = if let Some(inner) = inside('"') {
        unescaped(inner?)?
    } else if let Some(inner) = inside('\'') {
        inner?.replace("''", "'")
    } else if matches!(value, "~" | "null") {
        String::new()
    } else {
        value.to_owned()
    };
    Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
}

fn unescaped(inner: &str) -> Result<String, &'static str> {
    let mut text = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        text.push(match c {
            '\\' => match chars.next() {
                Some(escaped @ ('"' | '\\' | '/')) => escaped,
                _ => return Err("has a `\\` that escapes neither `\"` nor `\\`"),
            },
            '"' => return Err("has a quotation mark in its middle; write `\\\"`"),
            other => other,
        });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn front(text: &str) -> Result<Option<(ArticleFlags, &str)>, String> {
        split(text, &mut Vec::new()).map_err(|problem| problem.to_string())
    }

    #[test]
    fn values_may_be_quoted_and_the_body_stays_as_it_is() {
        let (front, body) = front(
            "---\r\ntitle: \"引号“与”\\\"冒号: 值\"\r\n# 说明\r\npublisher: '报''社'\r\nurl: http://a/b#c\r\nlanguage: ~\r\npublished_on: 2025-05\r\n---\r\n\r\n# 题\r\n\r\n正文 \r\n",
        )
        .unwrap()
        .unwrap();
        assert_eq!(front.title.as_deref(), Some("引号“与”\"冒号: 值"));
        assert_eq!(front.publisher.as_deref(), Some("报'社"));
        assert_eq!(front.url.as_deref(), Some("http://a/b#c"));
        assert_eq!(front.language, None);
        assert_eq!(front.published_on, "2025-05".parse().ok());
        assert_eq!(body, "\r\n# 题\r\n\r\n正文 \r\n");
    }

    #[test]
    fn rules_at_the_top_of_a_text_are_no_front_matter() {
        for text in ["---\n正文。\n---\n", "---\ntitle: 题\n", "题\n---\n", "---\n- a\n---\n"]
        {
            assert_eq!(front(text), Ok(None), "{text}");
        }
        let mut notes = Vec::new();
        assert!(split("---\n正文\n---", &mut notes).unwrap().is_none());
        assert_eq!(notes, vec![Note::NoFrontMatter]);
    }

    #[test]
    fn values_that_cannot_be_used_name_their_line() {
        for (text, expected) in [
            ("---\n\ntitle: \"题\n---\n", "line 3 of the front matter: `title` opens a quotation"),
            (
                "---\ntitle: a\ntitle: b\n---\n",
                "line 3 of the front matter: `title` is given twice",
            ),
            ("---\npublished_on: May\n---\n", "line 2 of the front matter: `published_on`: `May`"),
            ("---\ntitle: |\n  题\n---\n", "line 2 of the front matter: `title` needs its value"),
            ("---\ntitle: \"a\"b\"\n---\n", "line 2 of the front matter: `title` has a quotation"),
            ("---\ntitle: \"a\\n\"\n---\n", "line 2 of the front matter: `title` has a `\\`"),
        ] {
            let error = front(text).unwrap_err();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
    }

    #[test]
    fn unknown_keys_are_told_with_all_that_hangs_on_them() {
        let mut notes = Vec::new();
        let (front, body) =
            split("---\ntags:\n  - a\n- b\ntitle: 题\n...\n正文", &mut notes).unwrap().unwrap();
        assert_eq!((front.title.as_deref(), body), (Some("题"), "正文"));
        assert_eq!(notes, vec![Note::UnknownKey { key: "tags".into(), line: 2 }]);
    }

    #[test]
    fn a_heading_is_the_title_before_the_first_line() {
        assert_eq!(title("记者 王\n\n# 题目 \n正文"), "题目");
        assert_eq!(title("## 小题\n正文"), "小题");
    }
}
