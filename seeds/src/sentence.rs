//! Sentences of the mended text, and the clauses in them.

use crate::text::{Extent, Text};

/// A sentence: its extent includes the mark that ends it and the quotation marks after that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sentence {
    pub(crate) extent: Extent,
    /// Which block of the text it stands in.
    pub(crate) block: usize,
    /// A heading or a caption.
    pub(crate) apart: bool,
}

/// A sentence longer than this, in bytes, is a text without marks: it is cut at a comma, or
/// anywhere at twice the length, so that reading stays linear.
const SENTENCE_MAX: usize = 3_000;
const ENDS: &[char] = &['。', '！', '？', '；'];
const CLOSERS: &[char] = &['”', '’', '）', '」', '』', '》'];
const CLAUSE_ENDS: &[char] = &['，', '。', '！', '？', '；', '：'];

/// Splits every block into sentences.
pub(crate) fn sentences(text: &Text) -> Vec<Sentence> {
    let mut found = Vec::new();
    for (block, b) in text.blocks.iter().enumerate() {
        let words = text.slice(b.extent);
        let mut start = 0;
        let mut chars = words.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let overlong = at - start > SENTENCE_MAX && c == '，' || at - start > 2 * SENTENCE_MAX;
            if !ENDS.contains(&c) && !overlong {
                continue;
            }
            let mut end = at + c.len_utf8();
            while let Some((at, c)) = chars.next_if(|(_, c)| CLOSERS.contains(c)) {
                end = at + c.len_utf8();
            }
            found.push(sentence(b.extent, start, end, block, b.apart));
            start = end;
        }
        if start < words.len() {
            found.push(sentence(b.extent, start, words.len(), block, b.apart));
        }
    }
    found
}

fn sentence(outer: Extent, start: usize, end: usize, block: usize, apart: bool) -> Sentence {
    Sentence { extent: Extent::new(outer.start + start, outer.start + end), block, apart }
}

/// The clause of a sentence around a place: from the mark before it to the mark after it.
pub(crate) fn clause(text: &Text, sentence: Extent, at: usize) -> Extent {
    let words = text.slice(sentence);
    let here = at.clamp(sentence.start, sentence.end) - sentence.start;
    let head = words.get(..here).unwrap_or("");
    let start = head.rfind(CLAUSE_ENDS).map_or(0, |i| i + '，'.len_utf8());
    let tail = words.get(here..).unwrap_or("");
    let end = tail.find(CLAUSE_ENDS).map_or(words.len(), |i| here + i);
    Extent::new(sentence.start + start, sentence.start + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closing_quotation_mark_belongs_to_its_sentence() {
        let text = Text::mend("他说：“好。”我们走，去晨屿。还有");
        let words: Vec<_> = sentences(&text).iter().map(|s| text.slice(s.extent)).collect();
        assert_eq!(words, ["他说：“好。”", "我们走，去晨屿。", "还有"]);
        let second = sentences(&text)[1].extent;
        assert_eq!(text.slice(clause(&text, second, second.end - 6)), "去晨屿");
    }
}
