//! Paths and matrices for people: what passes, what does not, and why, a line for each hop.
//!
//! Colour only repeats what characters say.

use crate::look::{Look, broken, columns_of, line_of, padded, widest};
use cloudsim::path::{Cell, Direction, Extent, Hop, Matrix, Other, Path, Verdict};
use cloudsim_measures::draw::Colour;
use cloudsim_scenario::printable;

impl Look {
    fn mark(self, verdict: Verdict) -> String {
        match verdict {
            Verdict::Passes => self.paint(Colour::Green, "✓"),
            Verdict::PassesInPart => self.paint(Colour::Yellow, "~"),
            Verdict::Dropped | Verdict::Refused => self.paint(Colour::Red, "✗"),
        }
    }
}

/// The whole answer: in a word, then there, then back, then how others fare.
pub(crate) fn path(path: &Path, look: Look) -> String {
    let mut out = headline(path, look);
    for (direction, title) in [(Direction::There, "there"), (Direction::Back, "back")] {
        let hops: Vec<&Hop> = path.hops.iter().filter(|hop| hop.direction == direction).collect();
        if hops.is_empty() {
            continue;
        }
        line_of(&mut out, "");
        line_of(&mut out, &look.paint(Colour::Bold, title));
        let at = widest(path.hops.iter().map(|hop| &hop.at));
        let by = widest(path.hops.iter().map(|hop| &hop.by));
        for hop in hops {
            let columns = [(printable(&hop.at), at), (printable(&hop.by), by)];
            look.lines(&mut out, &look.mark(hop.verdict), &columns, &printable(&hop.why));
        }
    }
    others(&mut out, &path.others, look);
    out
}

fn headline(path: &Path, look: Look) -> String {
    let name = |asked: &str, is: &str| {
        let word = asked.rsplit_once(':').map_or(asked, |(word, _)| word);
        if word == is { printable(is) } else { format!("{} ({})", printable(word), printable(is)) }
    };
    let (from, to) = (name(&path.asked.0, &path.from), name(&path.asked.1, &path.to));
    let to = format!("{to} on port {}", path.port);
    let through = through(path.via.as_ref());
    let text = match path.stopped_by() {
        None => format!("{from} reaches {to}{through}"),
        Some(hop) if path.reachable() => {
            format!("{from} reaches {to}{through}, but not from all source ports: {}", stop(hop))
        }
        Some(hop) => {
            let how = if hop.verdict == Verdict::Refused { "is refused by" } else { "does not reach" };
            let back = if hop.direction == Direction::Back { "on the way back, " } else { "" };
            format!("{from} {how} {to}: {back}{}", stop(hop))
        }
    };
    let verdict = path.stopped_by().map_or(Verdict::Passes, |hop| hop.verdict);
    let mut lines = broken(&text, look.width.max(60) - 2).into_iter();
    let mut out =
        format!("{} {}\n", look.mark(verdict), look.paint(Colour::Bold, &lines.next().unwrap_or_default()));
    for line in lines {
        line_of(&mut out, &format!("  {}", look.paint(Colour::Bold, &line)));
    }
    out
}

/// What stops packets, by its name, and why.
fn stop(hop: &Hop) -> String {
    format!("at {} ({}): {}", printable(&hop.at), printable(&hop.by), printable(&hop.why))
}

fn through(via: Option<&String>) -> String {
    via.map(|via| format!(" through {}", printable(via))).unwrap_or_default()
}

fn others(out: &mut String, others: &[Other], look: Look) {
    if others.is_empty() {
        return;
    }
    line_of(out, "");
    line_of(out, &look.paint(Colour::Bold, "others"));
    let name = |other: &Other| {
        let zone = other.zone.as_ref().map(|zone| format!(" (zone {zone})")).unwrap_or_default();
        format!("{} → {}{zone}", printable(&other.from), printable(&other.to))
    };
    let width = others.iter().map(|other| columns_of(&name(other))).max().unwrap_or_default();
    for other in others {
        let (verdict, why) = match &other.stopped_by {
            None => (Verdict::Passes, format!("passes{}", through(other.via.as_ref()))),
            Some(hop) => (hop.verdict, printable(hop.short())),
        };
        look.lines(out, &look.mark(verdict), &[(name(other), width)], &why);
    }
}

/// Tables of who reaches whom, as many as the width needs, and below them what the signs mean and why some do not.
pub(crate) fn matrix(matrix: &Matrix, look: Look) -> String {
    let mut reasons = Vec::new();
    let cells: Vec<Vec<Piece>> =
        matrix.cells.iter().map(|row| row.iter().map(|cell| piece(cell, &mut reasons)).collect()).collect();
    let digits = matrix.ends.len().to_string().len();
    let rows: Vec<String> = (1..)
        .zip(&matrix.ends)
        .map(|(number, name)| format!("{number:>digits$} {}", printable(name)))
        .collect();
    let corner = "from ↓  to →";
    let first = rows.iter().map(String::as_str).chain([corner]).map(columns_of).max().unwrap_or_default();
    let heads: Vec<[String; 2]> =
        matrix.columns.iter().map(|column| [(column.end + 1).to_string(), column.port.to_string()]).collect();
    let widths: Vec<usize> = (0..heads.len())
        .map(|place| {
            let cells = cells.iter().map(|row| row[place].0.as_str());
            cells.chain(heads[place].iter().map(String::as_str)).map(columns_of).max().unwrap_or_default()
        })
        .collect();
    let mut out = String::new();
    let line = |name: &str, range: &std::ops::Range<usize>, text: &dyn Fn(usize) -> Piece| {
        let mut line = padded(name, first);
        for place in range.clone() {
            let (text, code) = text(place);
            let blanks = widths[place] - columns_of(&text);
            let text = code.map_or_else(|| text.clone(), |code| look.paint(code, &text));
            line = format!("{line}  {text}{:blanks$}", "");
        }
        line
    };
    for range in in_width(&widths, first, look.width.max(60)) {
        let head = |place: usize, row: usize| (heads[place][row].clone(), None);
        let numbers = line(corner, &range, &|place| head(place, 0));
        line_of(&mut out, &look.paint(Colour::Bold, numbers.trim_end()));
        line_of(&mut out, &line(&format!("{:>first$}", "port"), &range, &|place| head(place, 1)));
        for (name, row) in rows.iter().zip(&cells) {
            line_of(&mut out, &line(name, &range, &|place| row[place].clone()));
        }
        out.push('\n');
    }
    legend(&mut out, look);
    for (number, why) in reasons.iter().enumerate() {
        look.lines(&mut out, &letter(number), &[], why);
    }
    if !matrix.left_out.is_empty() {
        out.push('\n');
    }
    for left_out in &matrix.left_out {
        let text = format!("has no row: {}", printable(&left_out.why));
        look.lines(&mut out, &format!("`{}`", printable(&left_out.name)), &[], &text);
    }
    out
}

/// What signs, rows and ports mean.
fn legend(out: &mut String, look: Look) {
    for (sign, code, meaning) in LEGEND {
        let sign = code.map_or_else(|| sign.to_owned(), |code| look.paint(code, sign));
        look.lines(out, &sign, &[], meaning);
    }
    out.push('\n');
    for line in broken(NOTE, look.width.max(60)) {
        line_of(out, &line);
    }
    out.push('\n');
}

/// What each sign of a cell means.
const LEGEND: [(&str, Option<Colour>, &str); 5] = [
    ("✓", Some(Colour::Green), "reached"),
    ("~", Some(Colour::Yellow), "reached in part: from or to some of them, or from some source ports"),
    ("✗", Some(Colour::Red), "not reached; letters are reasons"),
    ("·", None, "not asked: the same, or both outside of the cloud"),
    ("-", None, "nothing of it is there at this time"),
];

const NOTE: &str = "A row stands for all nodes, instances or addresses of its name; `path` asks for one. Port 443 \
                    stands for all ports of the internet and of NAT gateways.";

/// The columns in tables that are no wider than the terminal, or have one column.
fn in_width(widths: &[usize], first: usize, width: usize) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::new();
    let (mut start, mut used) = (0, first);
    for (place, column) in widths.iter().enumerate() {
        if used + 2 + column > width && place > start {
            ranges.push(start..place);
            (start, used) = (place, first);
        }
        used += 2 + column;
    }
    ranges.push(start..widths.len());
    ranges
}

/// The text of a cell, and its colour.
type Piece = (String, Option<Colour>);

fn piece(cell: &Cell, reasons: &mut Vec<String>) -> Piece {
    let (extent, stopped_by) = match cell {
        Cell::Unasked => return ("·".to_owned(), None),
        Cell::Absent => return ("-".to_owned(), None),
        Cell::Asked { extent, stopped_by } => (extent, stopped_by),
    };
    let reason = stopped_by.as_ref().map(|hop| {
        let reason = printable(hop.short());
        let place = reasons.iter().position(|known| *known == reason);
        letter(place.unwrap_or_else(|| {
            reasons.push(reason);
            reasons.len() - 1
        }))
    });
    let (mark, code) = match extent {
        Extent::All => ("✓", Colour::Green),
        Extent::Some => ("~", Colour::Yellow),
        Extent::None => ("✗", Colour::Red),
    };
    (format!("{mark}{}", reason.unwrap_or_default()), Some(code))
}

/// As `a` for the first, `aa` for the 27th.
fn letter(number: usize) -> String {
    let letter = char::from(b'a' + u8::try_from(number % 26).expect("below 26"));
    std::iter::repeat_n(letter, number / 26 + 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cloudsim::path::Column;

    #[test]
    fn colour_only_repeats_what_characters_say() {
        let look = Look { colour: true, width: 80 };
        assert_eq!(look.mark(Verdict::Refused), "\u{1b}[31m✗\u{1b}[0m");
        assert_eq!(Look { colour: false, ..look }.mark(Verdict::Refused), "✗");
    }

    #[test]
    fn a_matrix_is_no_wider_than_the_terminal_and_shows_every_column_once() {
        let ends: Vec<String> = (1..=40).map(|number| format!("server-of-tier-{number}")).collect();
        let columns: Vec<Column> = (0..ends.len()).map(|end| Column { end, port: 8080 }).collect();
        let cell = |row, column| match (row, column) {
            (3, _) => Cell::Absent,
            (row, column) if row == column => Cell::Unasked,
            _ => Cell::Asked { extent: Extent::All, stopped_by: None },
        };
        let row = |row| (0..ends.len()).map(|column| cell(row, column)).collect();
        let cells = (0..ends.len()).map(row).collect();
        let whole = Matrix { ends, columns, cells, left_out: Vec::new() };
        for width in [60, 80, 132] {
            let text = matrix(&whole, Look { colour: false, width });
            assert!(text.lines().all(|line| columns_of(line) <= width), "{text}");
            let heads = text.lines().filter_map(|line| line.strip_prefix("from ↓  to →"));
            let shown: Vec<usize> =
                heads.flat_map(str::split_whitespace).map(|word| word.parse().expect("a number")).collect();
            assert_eq!(shown, (1..=40).collect::<Vec<_>>(), "{text}");
        }
    }

    #[test]
    fn the_27th_letter_is_double() {
        assert_eq!([0, 25, 26].map(letter), ["a", "z", "aa"]);
    }
}
