//! A document's text as the reader sees it: broken lines mended, captions and headings apart.
//!
//! Every byte of the mended text knows the character of the document that it came from, so that
//! evidence can quote the document itself. Nothing here knows of names or facts.

/// A run of bytes of the mended text; both ends lie on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Extent {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Extent {
    pub(crate) const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.end <= self.start
    }

    pub(crate) const fn holds(self, other: Extent) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    pub(crate) const fn meets(self, other: Extent) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// A paragraph, or a line that stands apart from the prose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) extent: Extent,
    /// A heading or a caption: no part of the sentences around it.
    pub(crate) apart: bool,
}

/// The mended text.
#[derive(Debug)]
pub(crate) struct Text {
    string: String,
    /// For each byte of `string`, the character of the document.
    origin: Vec<u32>,
    document: Vec<char>,
    pub(crate) blocks: Vec<Block>,
}

/// A stanza without punctuation longer than this is prose, not a caption.
const CAPTION_CHARS: usize = 40;
/// How far ahead of a place grammars look, in bytes.
const AFTER_MAX: usize = 600;
/// Longest line of a text that is broken by the width of its column.
const WRAP_CHARS: usize = 45;
const PROSE_MARKS: &[char] = &['，', '。', '；', '！', '？', ','];
const TERMINATORS: &[char] = &['。', '！', '？', '!', '?', '”', '：', '…', '；'];

struct Line {
    /// Offset of its first character in the document.
    at: usize,
    chars: Vec<char>,
    heading: bool,
    /// A blank line stands before it.
    opens: bool,
}

impl Text {
    /// Mends a document's text. Cost: one pass.
    pub(crate) fn mend(document: &str) -> Self {
        let document: Vec<char> = document.chars().collect();
        let lines = lines(&document);
        let apart = apart(&lines);
        let mut text =
            Self { string: String::new(), origin: Vec::new(), document, blocks: Vec::new() };
        let mut prose: Vec<(usize, char)> = Vec::new();
        let mut waiting: Vec<Vec<(usize, char)>> = Vec::new();
        // Whether the line before was short enough to have been broken by its width.
        let mut wrapped = false;
        for (line, apart) in lines.iter().zip(apart) {
            let chars = located(line);
            if line.heading || apart {
                if line.heading {
                    text.close(&mut prose, &mut waiting);
                }
                waiting.push(chars);
                if prose.is_empty() {
                    text.close(&mut prose, &mut waiting);
                }
                continue;
            }
            let ended = prose.last().is_some_and(|(_, c)| TERMINATORS.contains(c));
            if (ended || ends_remark(&prose)) && (line.opens || !wrapped) {
                text.close(&mut prose, &mut waiting);
            }
            wrapped = chars.len() <= WRAP_CHARS;
            prose.extend(chars);
        }
        text.close(&mut prose, &mut waiting);
        text
    }

    fn close(&mut self, prose: &mut Vec<(usize, char)>, waiting: &mut Vec<Vec<(usize, char)>>) {
        if !prose.is_empty() {
            self.push(std::mem::take(prose), false);
        }
        for chars in waiting.drain(..) {
            self.push(chars, true);
        }
    }

    fn push(&mut self, chars: Vec<(usize, char)>, apart: bool) {
        let start = self.string.len();
        let chars = spaced(chars);
        for (index, (at, c)) in chars.iter().copied().enumerate() {
            let near = |i: Option<usize>| i.and_then(|i| chars.get(i)).map(|(_, c)| *c);
            let between = (near(index.checked_sub(1)), near(index.checked_add(1)));
            self.string.push(mark(c, between).unwrap_or_else(|| regular(c)));
            // Documents hold at most 256 KiB, so an offset always fits.
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            self.origin.resize(self.string.len(), at);
        }
        let extent = Extent::new(start, self.string.len());
        if extent.is_empty() {
            return;
        }
        self.blocks.push(Block { extent, apart });
        self.string.push('\n');
        self.origin.push(self.origin.last().copied().unwrap_or(0));
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.string
    }

    /// The mended words of an extent; empty if it does not lie in the text.
    pub(crate) fn slice(&self, extent: Extent) -> &str {
        self.string.get(extent.start..extent.end).unwrap_or("")
    }

    /// The characters before a place, nearest first, up to the line's start.
    pub(crate) fn before(&self, at: usize) -> impl Iterator<Item = (usize, char)> + '_ {
        let head = self.string.get(..at).unwrap_or("");
        head.char_indices().rev().take_while(|(_, c)| *c != '\n')
    }

    /// The text from a place to the line's end, at most [`AFTER_MAX`] bytes of it.
    pub(crate) fn after(&self, at: usize) -> &str {
        let tail = self.string.get(at..).unwrap_or("");
        let near = tail.get(..tail.floor_char_boundary(AFTER_MAX)).unwrap_or(tail);
        near.split('\n').next().unwrap_or("")
    }

    /// First and one-past-last character of the document that an extent covers.
    pub(crate) fn span(&self, extent: Extent) -> Option<(u32, u32)> {
        let words = self.string.get(extent.start..extent.end)?;
        let last = extent.end.checked_sub(words.chars().next_back()?.len_utf8())?;
        let (start, end) = (*self.origin.get(extent.start)?, *self.origin.get(last)?);
        Some((start, end.checked_add(1)?))
    }

    /// The document's own words under an extent, without the line breaks inside.
    pub(crate) fn verbatim(&self, extent: Extent) -> String {
        let Some((start, end)) = self.span(extent) else { return String::new() };
        let whole = self.document.get(start as usize..end as usize).unwrap_or(&[]);
        let chars: Vec<char> = if whole.iter().any(|c| c.is_control()) {
            let places = self.slice(extent).char_indices().map(|(at, _)| extent.start + at);
            let origins = places.filter_map(|at| self.origin.get(at));
            origins.filter_map(|at| self.document.get(*at as usize).copied()).collect()
        } else {
            whole.to_vec()
        };
        chars.into_iter().collect::<String>().trim().to_owned()
    }

    /// The document's characters of a span.
    pub(crate) fn quote(&self, start: u32, end: u32) -> String {
        self.document.get(start as usize..end as usize).unwrap_or(&[]).iter().collect()
    }
}

fn lines(document: &[char]) -> Vec<Line> {
    let mut lines = Vec::new();
    let (mut at, mut opens) = (0, true);
    for raw in document.split(|c| *c == '\n') {
        let lead = raw.iter().take_while(|c| c.is_whitespace()).count();
        let hashes = raw[lead..].iter().take_while(|c| **c == '#').count();
        let tail = raw.iter().rev().take_while(|c| c.is_whitespace()).count();
        let chars = raw.get(lead + hashes..raw.len() - tail).unwrap_or(&[]).to_vec();
        if chars.is_empty() {
            opens = true;
        } else {
            lines.push(Line { at: at + lead + hashes, chars, heading: hashes > 0, opens });
            opens = false;
        }
        at += raw.len() + 1;
    }
    lines
}

/// Which lines belong to a stanza that is no prose: short lines without sentence marks.
fn apart(lines: &[Line]) -> Vec<bool> {
    let mut apart: Vec<bool> = Vec::with_capacity(lines.len());
    let mut first = 0;
    for index in 0..lines.len() {
        let ends =
            lines.get(index + 1).is_none_or(|l| l.opens || l.heading) || lines[index].heading;
        if ends {
            let bare = lines[first..=index].iter().all(|line| {
                line.chars.len() <= CAPTION_CHARS
                    && !line.chars.iter().any(|c| PROSE_MARKS.contains(c))
            });
            apart.resize(index + 1, bare);
            first = index + 1;
        }
    }
    apart
}

/// `（…。）`: a remark that is a sentence of its own.
fn ends_remark(prose: &[(usize, char)]) -> bool {
    prose.last().is_some_and(|(_, c)| *c == '）')
        && prose.iter().rev().nth(1).is_some_and(|(_, c)| *c == '。')
}

fn located(line: &Line) -> Vec<(usize, char)> {
    line.chars.iter().enumerate().map(|(i, c)| (line.at + i, *c)).collect()
}

/// Drops white space, except one blank between two Latin words.
fn spaced(chars: Vec<(usize, char)>) -> Vec<(usize, char)> {
    let mut kept: Vec<(usize, char)> = Vec::with_capacity(chars.len());
    let mut gap = None;
    for (at, c) in chars {
        if c.is_whitespace() || c.is_control() || is_private(c) {
            gap = gap.or(Some(at));
            continue;
        }
        if let Some(space) = gap.take() {
            let latin = |c: char| c.is_ascii_alphanumeric();
            if latin(c) && kept.last().is_some_and(|(_, last)| latin(*last)) {
                kept.push((space, ' '));
            }
        }
        kept.push((at, c));
    }
    kept
}

/// Private-use characters mark names in the rendering of sentences, so none may come from outside.
const fn is_private(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}')
}

/// A comma or colon of a text typed with ASCII marks, unless it stands inside a number or a time.
fn mark(c: char, (before, after): (Option<char>, Option<char>)) -> Option<char> {
    let mark = match c {
        ',' => '，',
        ':' => '：',
        _ => return None,
    };
    let inner = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    (!(inner(before) && inner(after))).then_some(mark)
}

/// One character for one: full-width digits and letters become ASCII, ASCII brackets and marks
/// become Chinese.
fn regular(c: char) -> char {
    match c {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '％' | '．' | '＋' => {
            char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c)
        }
        '(' => '（',
        ')' => '）',
        ';' => '；',
        '!' => '！',
        '?' => '？',
        '–' | '—' | '～' | '－' => '—',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(document: &str, expected: &[(&str, bool)]) {
        let text = Text::mend(document);
        let blocks: Vec<_> = text.blocks.iter().map(|b| (text.slice(b.extent), b.apart)).collect();
        assert_eq!(blocks, expected);
    }

    #[test]
    fn broken_lines_go_on_over_captions() {
        check(
            "说来话长，那里聚着一批\n\n青禾车间一角\n\n老厂的后来人，很多。\n\n第二段，完。",
            &[
                ("说来话长，那里聚着一批老厂的后来人，很多。", false),
                ("青禾车间一角", true),
                ("第二段，完。", false),
            ],
        );
        check("节约３00万\n元左右，\n很好。", &[("节约300万元左右，很好。", false)]);
    }

    #[test]
    fn lines_broken_by_their_width_stay_one_paragraph_and_long_ones_do_not() {
        check("一句，完。\n二句，完。", &[("一句，完。二句，完。", false)]);
        let long = format!("{}，完。", "长".repeat(50));
        check(&format!("{long}\n{long}"), &[(long.as_str(), false), (long.as_str(), false)]);
    }

    #[test]
    fn headings_stand_apart() {
        check(
            "## 第一节，开头\n\n正文，完。\n\n第二节：改革\n新局\n\n正文，又完。",
            &[
                ("第一节，开头", true),
                ("正文，完。", false),
                ("第二节：改革", true),
                ("新局", true),
                ("正文，又完。", false),
            ],
        );
    }

    #[test]
    fn every_extent_maps_back() {
        let document = "甲 乙\r\nAB  CD　丙。";
        let text = Text::mend(document);
        assert_eq!(text.as_str(), "甲乙AB CD丙。\n");
        let whole = text.blocks[0].extent;
        let (start, end) = text.span(whole).unwrap();
        assert_eq!(text.quote(start, end), document);
        assert_eq!(text.verbatim(Extent::new(6, 11)), "AB  CD");
    }
}
