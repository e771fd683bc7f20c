//! How texts for people look: colours, columns, lines that end where the terminal does.

use cloudsim_measures::draw::{self, Colour};
use cloudsim_scenario::printable;
use unicode_width::UnicodeWidthStr;

/// How a text is to look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) colour: bool,
    /// How many columns there are; less than 60 count as 60.
    pub(crate) width: usize,
}

/// Reasons need so many columns beside what they are about; or else they go below it.
const WHY_COLUMNS_MIN: usize = 36;

impl Look {
    /// A text in a colour, where colour is welcome.
    pub(crate) fn paint(self, colour: Colour, text: &str) -> String {
        if self.colour { draw::painted(colour, text) } else { text.to_owned() }
    }

    /// Lines of a marked thing in columns, the last of which is broken where the terminal ends.
    pub(crate) fn lines(self, out: &mut String, mark: &str, columns: &[(String, usize)], last: &str) {
        let mut head = format!("  {mark} ");
        let mut indent = 4;
        for (text, width) in columns {
            head.push_str(&padded(text, *width));
            head.push_str("  ");
            indent += width + 2;
        }
        let width = self.width.max(60);
        let mut lines;
        if indent + WHY_COLUMNS_MIN > width {
            line_of(out, &head);
            indent = 6;
            lines = broken(last, width - indent).into_iter();
        } else {
            lines = broken(last, width - indent).into_iter();
            line_of(out, &format!("{head}{}", lines.next().unwrap_or_default()));
        }
        for line in lines {
            line_of(out, &format!("{:indent$}{line}", ""));
        }
    }
}

/// Adds a line, without blanks at its end.
pub(crate) fn line_of(out: &mut String, line: &str) {
    out.push_str(line.trim_end());
    out.push('\n');
}

pub(crate) fn columns_of(text: &str) -> usize {
    text.width()
}

pub(crate) fn widest<'a>(texts: impl Iterator<Item = &'a String>) -> usize {
    texts.map(|text| columns_of(&printable(text))).max().unwrap_or_default()
}

pub(crate) fn padded(text: &str, columns: usize) -> String {
    format!("{text}{:blanks$}", "", blanks = columns.saturating_sub(columns_of(text)))
}

/// A text in lines that are no longer than `columns`, broken between words; a longer word has a line of its own.
pub(crate) fn broken(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if columns_of(line) + 1 + columns_of(word) <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_go_below_what_they_are_about_where_the_terminal_is_narrow() {
        let lines = |width| {
            let mut out = String::new();
            let columns = [("private-web-subnet-a".to_owned(), 20)];
            let look = Look { colour: false, width };
            look.lines(&mut out, "✓", &columns, "rule 100 allows tcp 80 from 10.0.0.0/18 and more words");
            out
        };
        insta::assert_snapshot!(lines(64), @r"
          ✓ private-web-subnet-a  rule 100 allows tcp 80 from
                                  10.0.0.0/18 and more words
        ");
        insta::assert_snapshot!(lines(20), @r"
          ✓ private-web-subnet-a
              rule 100 allows tcp 80 from 10.0.0.0/18 and more words
        ");
    }
}
