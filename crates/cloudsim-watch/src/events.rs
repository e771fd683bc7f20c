//! What happened around the instant: some before it, what is current, and some that is to come.

use crate::film::Film;
use crate::lines::{Canvas, Paint, Sign, columns_of, cut_name};
use cloudsim_measures::{TimelineEntry, instant};
use cloudsim_units::SimTime;
use std::ops::Range;

/// Chosen: of the lines that there are, so many tenths are of what has happened.
const PAST_TENTHS: usize = 7;
/// Columns of a time, as `59m59.9s`.
const WHEN: usize = 8;

/// Draws a head and as many entries as there is room for, from a line on.
pub(crate) fn draw(canvas: &mut Canvas<'_>, film: &Film, now: SimTime, y: usize, lines: usize) {
    let entries = &film.run.timeline;
    let shown = around(entries, now, lines.saturating_sub(1));
    let head = match (entries.len(), shown.len()) {
        (0, _) => "events: none in this run".to_owned(),
        (all, 0) => format!("events: {all}"),
        (all, _) => format!("events {} to {} of {all}", shown.start + 1, shown.end),
    };
    if lines == 0 {
        return;
    }
    canvas.write(2, y, &head, usize::MAX, Paint::Dim.style(canvas.colour));
    let current = current(entries, now);
    let subjects = entries[shown.clone()].iter().map(|entry| columns_of(&entry.subject));
    let subject = subjects.max().unwrap_or(0).min((canvas.width() / 4).max(8));
    for (line, place) in shown.enumerate() {
        let entry = &entries[place];
        let (sign, paint) = match entry.at {
            at if at > now => (Sign::Ahead, Paint::Dim),
            at if current == Some(at) => (Sign::Here, Paint::Bold),
            _ => (Sign::None, Paint::Plain),
        };
        let style = paint.style(canvas.colour);
        let when = instant(entry.at);
        let y = y + 1 + line;
        canvas.write(0, y, sign.text(), 1, style);
        canvas.write(2 + WHEN.saturating_sub(columns_of(&when)), y, &when, WHEN, style);
        canvas.write(2 + WHEN + 2, y, &cut_name(&entry.subject, subject), subject, style);
        let more = if entry.detail.is_empty() { String::new() } else { format!(", {}", entry.detail) };
        canvas.write(2 + WHEN + 2 + subject + 2, y, &format!("{}{more}", entry.what), usize::MAX, style);
    }
}

/// The instant of what happened last.
fn current(entries: &[TimelineEntry], now: SimTime) -> Option<SimTime> {
    let past = entries.partition_point(|entry| entry.at <= now);
    entries[..past].last().map(|entry| entry.at)
}

/// Which entries are shown on so many lines.
fn around(entries: &[TimelineEntry], now: SimTime, lines: usize) -> Range<usize> {
    let past = entries.partition_point(|entry| entry.at <= now);
    let begin = past.saturating_sub((lines * PAST_TENTHS).div_ceil(10));
    let begin = begin.min(entries.len().saturating_sub(lines));
    begin..(begin + lines).min(entries.len())
}
