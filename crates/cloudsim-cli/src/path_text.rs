//! Paths and matrices for people: what passes, what does not, and why, a line for each hop.
//!
//! Colour only repeats what characters say.

use crate::look::{BOLD, GREEN, Look, RED, YELLOW, broken, columns_of, line_of, padded, widest};
use cloudsim::path::{Cell, Direction, Extent, Hop, Matrix, Other, Path, PortCell, Verdict};
use cloudsim_scenario::printable;

impl Look {
    fn mark(self, verdict: Verdict) -> String {
        match verdict {
            Verdict::Passes => self.paint(GREEN, "✓"),
            Verdict::PassesInPart => self.paint(YELLOW, "~"),
            Verdict::Dropped | Verdict::Refused => self.paint(RED, "✗"),
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
        line_of(&mut out, &look.paint(BOLD, title));
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
            format!("{from} reaches {to}{through}, but not from all source ports: {}", printable(&hop.why))
        }
        Some(hop) => {
            let how = if hop.verdict == Verdict::Refused { "is refused by" } else { "does not reach" };
            let back = if hop.direction == Direction::Back { "the answers are lost: " } else { "" };
            format!("{from} {how} {to}: {back}{}", printable(&hop.why))
        }
    };
    let verdict = path.stopped_by().map_or(Verdict::Passes, |hop| hop.verdict);
    let mut lines = broken(&text, look.width.max(60) - 2).into_iter();
    let mut out = format!("{} {}\n", look.mark(verdict), look.paint(BOLD, &lines.next().unwrap_or_default()));
    for line in lines {
        line_of(&mut out, &format!("  {}", look.paint(BOLD, &line)));
    }
    out
}

fn through(via: Option<&String>) -> String {
    via.map(|via| format!(" through {}", printable(via))).unwrap_or_default()
}

fn others(out: &mut String, others: &[Other], look: Look) {
    if others.is_empty() {
        return;
    }
    line_of(out, "");
    line_of(out, &look.paint(BOLD, "others"));
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

/// A table of who reaches whom, and below it why some do not.
pub(crate) fn matrix(matrix: &Matrix, look: Look) -> String {
    let mut reasons = Vec::new();
    let mut cell = |cell: &Option<Cell>| match cell {
        None => vec![("·".to_owned(), None)],
        Some(cell) if cell.ports.is_empty() => vec![("-".to_owned(), None)],
        Some(cell) => cell.ports.iter().map(|port| port_cell(port, &mut reasons)).collect(),
    };
    let rows: Vec<Vec<Vec<Piece>>> =
        matrix.cells.iter().map(|row| row.iter().map(&mut cell).collect()).collect();
    let plain = |pieces: &[Piece]| pieces.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join(" ");
    let corner = "from ↓ to →";
    let first = widest(matrix.from.iter()).max(columns_of(corner));
    let table = |names: &[String]| {
        let widths: Vec<usize> = (0..names.len())
            .map(|place| {
                let cells = rows.iter().map(|row| columns_of(&plain(&row[place])));
                cells.chain([columns_of(&names[place])]).max().unwrap_or_default()
            })
            .collect();
        let width = first + widths.iter().map(|width| width + 2).sum::<usize>();
        (widths, width)
    };
    let mut names: Vec<String> = matrix.to.iter().map(|name| printable(name)).collect();
    let mut out = String::new();
    if table(&names).1 > look.width.max(60) {
        // Long names are numbered, and told above.
        for (number, name) in names.iter_mut().enumerate() {
            let letter = letter(number);
            line_of(&mut out, &format!("{letter}  {name}"));
            *name = letter;
        }
        out.push('\n');
    }
    let (widths, _) = table(&names);
    let mut line = padded(corner, first);
    for (name, width) in names.iter().zip(&widths) {
        line.push_str("  ");
        line.push_str(&padded(name, *width));
    }
    line_of(&mut out, &look.paint(BOLD, line.trim_end()));
    for (name, row) in matrix.from.iter().zip(&rows) {
        let mut line = padded(&printable(name), first);
        for (pieces, width) in row.iter().zip(&widths) {
            let painted = pieces.iter().map(|(text, code)| match code {
                Some(code) => look.paint(*code, text),
                None => text.clone(),
            });
            let text = painted.collect::<Vec<_>>().join(" ");
            let blanks = width - columns_of(&plain(pieces));
            line = format!("{line}  {text}{:blanks$}", "");
        }
        line_of(&mut out, &line);
    }
    out.push_str(
        "\n✓ reached · ~ from or to some of them · ✗ not · numbers behind a mark are reasons, others ports\n",
    );
    let width = reasons.len().to_string().len();
    for (number, why) in reasons.iter().enumerate() {
        let head = format!("{:>width$}", number + 1);
        look.lines(&mut out, &head, &[], why);
    }
    out
}

/// A part of a cell, and its colour.
type Piece = (String, Option<u8>);

fn port_cell(port: &PortCell, reasons: &mut Vec<String>) -> Piece {
    let reason = port.stopped_by.as_ref().map(|hop| {
        let reason = printable(hop.short());
        let place = reasons.iter().position(|known| *known == reason);
        place.unwrap_or_else(|| {
            reasons.push(reason);
            reasons.len() - 1
        }) + 1
    });
    let (mark, code) = match port.extent {
        Extent::All => ("✓", GREEN),
        Extent::Some => ("~", YELLOW),
        Extent::None => ("✗", RED),
    };
    let reason = reason.map(|number| number.to_string()).unwrap_or_default();
    (format!("{mark}{reason} :{}", port.port), Some(code))
}

/// As `A` for the first, `AA` for the 27th.
fn letter(number: usize) -> String {
    let letter = char::from(b'A' + u8::try_from(number % 26).expect("below 26"));
    std::iter::repeat_n(letter, number / 26 + 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_only_repeats_what_characters_say() {
        let look = Look { colour: true, width: 80 };
        assert_eq!(look.mark(Verdict::Refused), "\u{1b}[31m✗\u{1b}[0m");
        assert_eq!(Look { colour: false, ..look }.mark(Verdict::Refused), "✗");
    }

    #[test]
    fn the_27th_letter_is_double() {
        assert_eq!([0, 25, 26].map(letter), ["A", "Z", "AA"]);
    }
}
