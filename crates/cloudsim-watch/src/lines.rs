//! Rows of a screen: a sign, a label, cells, a lane over time.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How something is. The sign says it, and the colour says it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// There is nothing to say.
    None,
    /// All is well.
    Well,
    /// Not all is.
    Doubtful,
    /// It is broken.
    Broken,
    /// This is what is looked at.
    Here,
    /// It is yet to come.
    Ahead,
}

impl Sign {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::None => " ",
            Self::Well => "✓",
            Self::Doubtful => "!",
            Self::Broken => "✗",
            Self::Here => "▸",
            Self::Ahead => "·",
        }
    }

    fn paint(self) -> Paint {
        match self {
            Self::None | Self::Ahead => Paint::Plain,
            Self::Well => Paint::Green,
            Self::Doubtful => Paint::Yellow,
            Self::Broken => Paint::Red,
            Self::Here => Paint::Bold,
        }
    }

    pub(crate) fn is_ill(self) -> bool {
        matches!(self, Self::Doubtful | Self::Broken)
    }
}

/// What a text looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    Plain,
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
}

impl Paint {
    pub(crate) fn style(self, colour: bool) -> Style {
        let coloured = |of: Color| if colour { Style::new().fg(of) } else { Style::new() };
        match self {
            Self::Plain => Style::new(),
            Self::Bold => Style::new().add_modifier(Modifier::BOLD),
            Self::Dim => Style::new().add_modifier(Modifier::DIM),
            Self::Red => coloured(Color::Red),
            Self::Green => coloured(Color::Green),
            Self::Yellow => coloured(Color::Yellow),
        }
    }
}

/// A text in a column.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) columns: usize,
    pub(crate) to_the_right: bool,
}

/// What a lane is about, which decides its colours.
#[derive(Clone, Debug)]
pub(crate) enum Lane {
    /// The more, the better; the fullest block is all. Columns in which a fault holds are shaded.
    Share { cells: String, struck: Vec<bool> },
    /// Where something holds that should not.
    Trouble(String),
    /// Instants, above the lanes.
    Ticks(String),
}

impl Lane {
    /// A share that no fault is about by itself.
    pub(crate) fn share(cells: String) -> Self {
        Self::Share { cells, struck: Vec::new() }
    }
}

/// A line of the screen.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) sign: Sign,
    pub(crate) label: String,
    pub(crate) cells: Vec<Cell>,
    pub(crate) lane: Option<Lane>,
    pub(crate) paint: Paint,
}

/// Where the parts of rows are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Columns {
    pub(crate) label: usize,
    /// Columns before the lane.
    pub(crate) left: usize,
    /// Columns of the lane; none if there is no room for it.
    pub(crate) lane: usize,
    /// The column of the lane in which the instant lies that is looked at.
    pub(crate) cursor: usize,
}

pub(crate) fn columns_of(text: &str) -> usize {
    text.width()
}

/// The beginning of a text that takes no more columns.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if columns_of(text) <= columns {
        return text.to_owned();
    }
    let kept = within(text.chars(), columns.saturating_sub(1));
    if columns == 0 { String::new() } else { kept.into_iter().collect::<String>() + "…" }
}

/// A name that takes no more columns: of one with a path its end, which tells it from others.
pub(crate) fn cut_name(name: &str, columns: usize) -> String {
    if columns == 0 || columns_of(name) <= columns || !name.contains('/') {
        return cut(name, columns);
    }
    let kept = within(name.chars().rev(), columns - 1);
    ["…".to_owned(), kept.into_iter().rev().collect()].concat()
}

/// The first characters that take no more columns together.
fn within(chars: impl Iterator<Item = char>, columns: usize) -> Vec<char> {
    let mut taken = 0;
    chars
        .take_while(|c| {
            taken += c.width().unwrap_or(0);
            taken <= columns
        })
        .collect()
}

/// A rectangle of a screen, line by line.
pub(crate) struct Canvas<'a> {
    pub(crate) area: Rect,
    pub(crate) buffer: &'a mut Buffer,
    pub(crate) colour: bool,
}

impl Canvas<'_> {
    pub(crate) fn width(&self) -> usize {
        usize::from(self.area.width)
    }

    pub(crate) fn height(&self) -> usize {
        usize::from(self.area.height)
    }

    /// Writes a text of at most so many columns; what lies outside is not written.
    pub(crate) fn write(&mut self, x: usize, y: usize, text: &str, columns: usize, style: Style) {
        if x >= self.width() || y >= self.height() {
            return;
        }
        let columns = columns.min(self.width() - x);
        let (x, y) = (self.area.x + narrow(x), self.area.y + narrow(y));
        self.buffer.set_stringn(x, y, cut(text, columns), columns, style);
    }

    pub(crate) fn row(&mut self, y: usize, row: &Row, at: Columns) {
        let style = row.paint.style(self.colour);
        let sign = style.patch(row.sign.paint().style(self.colour));
        self.write(0, y, row.sign.text(), 1, sign);
        self.write(2, y, &cut_name(&row.label, at.label), at.label, style);
        let mut x = 2 + at.label + 2;
        for cell in &row.cells {
            let taken = columns_of(&cell.text).min(cell.columns);
            let before = if cell.to_the_right { cell.columns - taken } else { 0 };
            self.write(x + before, y, &cell.text, cell.columns - before, style);
            x += cell.columns + 2;
        }
        if let Some(lane) = row.lane.as_ref().filter(|_| at.lane > 0) {
            self.lane(y, lane, at);
        }
    }

    /// What lies ahead of the instant stands back.
    fn lane(&mut self, y: usize, lane: &Lane, at: Columns) {
        let x = at.left + 2;
        if let Lane::Ticks(ticks) = lane {
            self.write(x, y, &without_word_at(ticks, at.cursor), at.lane, Paint::Dim.style(self.colour));
            return self.write(x + at.cursor, y, "▼", 1, Paint::Bold.style(self.colour));
        }
        let (cells, struck) = match lane {
            Lane::Share { cells, struck } => (cells, struck.as_slice()),
            Lane::Trouble(cells) | Lane::Ticks(cells) => (cells, [].as_slice()),
        };
        for (column, cell) in cells.chars().take(at.lane).enumerate() {
            let paint = match (lane, cell) {
                (_, ' ' | '·') => Paint::Plain,
                (Lane::Share { .. }, '█') => Paint::Green,
                (Lane::Share { .. }, '▁') | (Lane::Trouble(_), _) => Paint::Red,
                _ => Paint::Yellow,
            };
            let mut style = paint.style(self.colour);
            if self.colour && struck.get(column) == Some(&true) {
                style = style.bg(Color::DarkGray);
            }
            if column > at.cursor {
                style = style.add_modifier(Modifier::DIM);
            } else if column == at.cursor {
                style = style.add_modifier(Modifier::REVERSED);
            }
            self.write(x + column, y, cell.encode_utf8(&mut [0; 4]), 1, style);
        }
    }
}

/// Words apart by blanks, but for the one that takes a column: half of it would be another.
fn without_word_at(words: &str, column: usize) -> String {
    let chars: Vec<char> = words.chars().collect();
    if chars.get(column).is_none_or(|c| *c == ' ') {
        return words.to_owned();
    }
    let begin = chars[..column].iter().rposition(|c| *c == ' ').map_or(0, |blank| blank + 1);
    let length = chars[begin..].iter().take_while(|c| **c != ' ').count();
    let kept = |(place, c): (usize, &char)| if (begin..begin + length).contains(&place) { ' ' } else { *c };
    chars.iter().enumerate().map(kept).collect()
}

fn narrow(place: usize) -> u16 {
    u16::try_from(place).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_label_stands_half_beside_what_covers_it() {
        let without = |column| without_word_at("0    15m  20m", column);
        assert_eq!([without(5), without(7)], ["0         20m"; 2]);
        assert_eq!([without(0), without(12)], ["     15m  20m", "0    15m     "]);
        assert_eq!([without(4), without(40)], ["0    15m  20m"; 2]);
    }

    #[test]
    fn what_is_cut_takes_no_more_columns_whatever_it_is_made_of() {
        assert_eq!(cut("orders", 6), "orders");
        assert_eq!(cut("orders", 5), "orde…");
        assert_eq!(cut("shop/deployment/api", 8), "shop/de…");
        assert_eq!(cut_name("shop/deployment/api", 8), "…ent/api");
        assert_eq!([cut_name("orders", 5), cut_name("a/b", 0)], ["orde…", ""]);
        assert_eq!(cut("漢字漢字", 5), "漢字…");
        assert_eq!(cut("漢字漢字", 4), "漢…");
        assert_eq!([cut("漢字", 1), cut("漢字", 0)], ["…", ""]);
    }
}
