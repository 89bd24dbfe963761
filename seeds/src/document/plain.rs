//! Plain text: all of it is the article, and its first line may serve as the title.

/// Longest title that is taken from a text, in characters.
const MAX_TITLE_CHARS: usize = 80;

/// The first line that says something, cut to the length of a title.
pub(super) fn title(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    cut(line)
}

/// The line as a title: no longer than one, and without control characters.
pub(super) fn cut(line: &str) -> String {
    line.chars().filter(|c| !c.is_control()).take(MAX_TITLE_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_with_words_is_the_title_cut_to_its_length() {
        assert_eq!(title("\n \u{3000}\r\n 题目 \n正文"), "题目");
        assert_eq!(title(&"长".repeat(90)).chars().count(), 80);
        assert_eq!(title(" \n"), "");
    }
}
