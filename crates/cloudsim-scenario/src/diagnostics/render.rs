//! A problem as people read it: code, place, the line with a caret, a hint.

use super::{Problem, Severity, Sources, Span};
use std::fmt::Write as _;
use unicode_width::UnicodeWidthChar;

/// At most so many columns of a line are shown.
const COLUMNS_MAX: usize = 120;

/// So many bytes before and behind a caret are looked at; more than can be shown, so that a line that goes on is cut.
const BYTES_NEAR: usize = COLUMNS_MAX * 8;

/// Columns kept to the left of the caret when a line is cut.
const COLUMNS_BEFORE: usize = 40;

/// Messages, hints and names of files are cut in their middle when they have more bytes.
const TEXT_MAX: usize = 400;

/// A tab takes so many columns.
const TAB: &str = "    ";

/// A problem as text, ending with a line feed.
///
/// Control characters are shown escaped, so that a file cannot steer the terminal; long lines are cut around the caret.
#[must_use]
pub fn render(problem: &Problem, sources: &Sources, color: bool) -> String {
    let paint = Paint { color };
    let (word, style) = match problem.severity {
        Severity::Error => ("error", "1;31"),
        Severity::Warning | Severity::Advice => ("warning", "1;33"),
    };
    let mut out = paint.styled(style, &format!("{word}[{}]", problem.rule.code));
    let _ = writeln!(out, "{}", paint.styled("1", &format!(": {}", legible(&problem.message))));

    let snippets: Vec<Snippet> =
        problem.labels.iter().map(|(place, label)| Snippet::new(sources, *place, label)).collect();
    let width = snippets.iter().map(|snippet| snippet.number.len()).max().unwrap_or(0);
    for (index, snippet) in snippets.iter().enumerate() {
        let style = if index == 0 { style } else { "1;34" };
        snippet.write(width, if index == 0 { "-->" } else { ":::" }, style, &paint, &mut out);
    }
    if let Some(hint) = &problem.hint {
        let _ = writeln!(out, "{}: {}", paint.styled("1;36", "hint"), legible(hint));
    }
    out
}

struct Paint {
    color: bool,
}

impl Paint {
    fn styled(&self, style: &str, text: &str) -> String {
        if self.color { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// A line of a source with carets below a part of it.
struct Snippet {
    place: String,
    number: String,
    line: String,
    before: usize,
    carets: usize,
    label: String,
}

impl Snippet {
    fn new(sources: &Sources, span: Span, label: &str) -> Self {
        let text = sources.source(span.source);
        let at = floor_boundary(text, span.start as usize);
        // Only the neighbourhood of the caret is looked at: a line may have millions of characters.
        let near = floor_boundary(text, at.saturating_sub(BYTES_NEAR));
        let far = floor_boundary(text, at + BYTES_NEAR);
        let start = text[near..at].rfind('\n').map_or(near, |feed| near + feed + 1);
        let end = text[at..far].find('\n').map_or(far, |length| at + length);
        let line = text[start..end].trim_end_matches('\r');
        let location = sources.locate(span);
        let (place, number) = if location.line == 0 {
            (location.name, String::new())
        } else {
            let place = format!("{}:{}:{}", location.name, location.line, location.column);
            (place, location.line.to_string())
        };
        let from = (at - start).min(line.len());
        let to = floor_boundary(line, (span.end as usize).saturating_sub(start)).max(from);
        let (line, before, carets) = cut(line, from, to);
        Self { place: legible(&place), number, line, before, carets, label: legible(label) }
    }

    fn write(&self, width: usize, arrow: &str, style: &str, paint: &Paint, out: &mut String) {
        let bar = paint.styled("1;34", "|");
        let pad = " ".repeat(width);
        let number = paint.styled("1;34", &format!("{:>width$}", self.number));
        let mark = format!("{} {}", "^".repeat(self.carets), self.label);
        let mark = paint.styled(style, mark.trim_end());
        let _ = writeln!(out, "{pad}{} {}", paint.styled("1;34", arrow), self.place);
        let _ = writeln!(out, "{pad} {bar}");
        let _ = writeln!(out, "{}", format!("{number} {bar} {}", self.line).trim_end());
        let _ = writeln!(out, "{pad} {bar} {}{mark}", " ".repeat(self.before));
    }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A line as it is shown, the columns before the caret, and the columns that the carets take.
fn cut(line: &str, from: usize, to: usize) -> (String, usize, usize) {
    let near = floor_boundary(line, from.saturating_sub(COLUMNS_MAX * 4));
    let far = floor_boundary(line, from + COLUMNS_MAX * 4);
    let mut cells: Vec<(String, usize)> = Vec::new();
    let (mut caret, mut caret_end) = (None, None);
    for (offset, c) in line[near..far].char_indices() {
        let at = near + offset;
        if at >= from && caret.is_none() {
            caret = Some(cells.len());
        }
        if at >= to && caret_end.is_none() {
            caret_end = Some(cells.len());
        }
        let cell = cell(c);
        let width = cell.chars().filter_map(UnicodeWidthChar::width).sum();
        cells.push((cell, width));
    }
    let caret = caret.unwrap_or(cells.len());
    let caret_end = caret_end.unwrap_or(cells.len());

    let width = |cells: &[(String, usize)]| cells.iter().map(|(_, width)| width).sum::<usize>();
    let mut first = 0;
    if near > 0 || far < line.len() || width(&cells) > COLUMNS_MAX {
        first = caret;
        while first > 0 && width(&cells[first - 1..caret]) <= COLUMNS_BEFORE {
            first -= 1;
        }
    }
    let mut last = first;
    let mut columns = 0;
    while last < cells.len() && columns + cells[last].1 <= COLUMNS_MAX {
        columns += cells[last].1;
        last += 1;
    }
    let cut_left = near > 0 || first > 0;
    let cut_right = far < line.len() || last < cells.len();
    let mut shown = String::new();
    if cut_left {
        shown.push('…');
    }
    shown.extend(cells[first..last].iter().map(|(cell, _)| cell.as_str()));
    if cut_right {
        shown.push('…');
    }
    let before = width(&cells[first..caret]) + usize::from(cut_left);
    let carets = width(&cells[caret..caret_end.clamp(caret, last.max(caret))]).max(1);
    (shown, before, carets)
}

/// How one character is shown.
fn cell(c: char) -> String {
    match c {
        '\t' => TAB.to_owned(),
        c if is_unprintable(c) => c.escape_unicode().to_string(),
        c => c.to_string(),
    }
}

/// A text on one line without anything that a terminal would obey.
///
/// ```
/// assert_eq!(cloudsim_scenario::printable("a\u{1b}[31m"), "a\\u{1b}[31m");
/// ```
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars().map(cell).collect()
}

/// A text on one line without anything that a terminal would obey; of a very long one its start and its end.
#[must_use]
pub fn legible(text: &str) -> String {
    if text.len() <= TEXT_MAX {
        return printable(text);
    }
    let start = &text[..floor_boundary(text, TEXT_MAX * 3 / 4)];
    let end = &text[floor_boundary(text, text.len() - TEXT_MAX / 4)..];
    format!("{} … {}", printable(start), printable(end))
}

/// Whether a character would steer a terminal: control characters, and those that hide or reorder what is next to them.
#[must_use]
pub fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::super::{Origin, codes};
    use super::*;

    fn shown(text: &str, start: usize, end: usize) -> String {
        let mut sources = Sources::default();
        let id = sources.add("a.ron".into(), text.into(), Origin::File);
        let place = Span::new(id, start, end);
        render(
            &Problem::error(&codes::SYNTAX, "wrong").at(place).label("here").hint("do it right"),
            &sources,
            false,
        )
    }

    #[test]
    fn a_problem_shows_its_line_and_a_caret() {
        insta::assert_snapshot!(shown("one\n  two three\n", 6, 9), @r"
        error[CS0004]: wrong
         --> a.ron:2:3
          |
        2 |   two three
          |   ^^^ here
        hint: do it right
        ");
    }

    #[test]
    fn tabs_wide_characters_and_control_characters_keep_the_caret_in_its_place() {
        insta::assert_snapshot!(shown("\t漢字 \u{1b}[31m bad", 14, 17), @r"
        error[CS0004]: wrong
         --> a.ron:1:11
          |
        1 |     漢字 \u{1b}[31m bad
          |                     ^^^ here
        hint: do it right
        ");
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let line = format!("{}bad{}", "x".repeat(1_000_000), "y".repeat(1_000_000));
        let shown = shown(&line, 1_000_000, 1_000_003);
        assert!(shown.lines().all(|line| line.chars().count() < 140), "{shown}");
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[3].find("bad").map(|at| lines[3][..at].chars().count()), lines[4].find('^'));
    }

    #[test]
    fn a_place_over_several_lines_is_marked_on_the_first() {
        assert!(shown("(\r\n  a,\r\n)", 0, 10).contains("1 | (\n  | ^ here\n"));
    }

    #[test]
    fn the_end_of_an_empty_text_can_be_pointed_at() {
        assert!(shown("", 0, 0).contains(" --> a.ron:1:1\n  |\n1 |\n  | ^ here\n"));
    }
}
