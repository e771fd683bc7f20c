//! The screen: a head, what is told of the instant, what happened around it, and what keys do.

use crate::film::Film;
use crate::lines::{Canvas, Columns, Lane, Paint, Row, columns_of};
use crate::player::Player;
use crate::sections::{self, Section, View};
use crate::{events, lines};
use cloudsim_measures::draw::Axis;
use cloudsim_measures::instant;
use cloudsim_units::SimTime;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Chosen: narrower screens have no lanes.
const LANES_FROM: usize = 60;
/// Chosen: lanes have so many tenths of a screen, or what columns leave of it.
const LANE_TENTHS: usize = 3;
/// Chosen: so many lines are of events, if there are so many, before other parts get more than one.
const EVENTS_MIN: usize = 4;

/// How a screen looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Whether colours are welcome.
    pub colour: bool,
    /// Whether somebody can press keys.
    pub keys: bool,
}

/// Draws the instant of a player.
pub fn draw(film: &Film, player: &Player, look: Look, area: Rect, buffer: &mut Buffer) {
    let mut canvas = Canvas { area: area.intersection(buffer.area), buffer, colour: look.colour };
    let (width, height) = (canvas.width(), canvas.height());
    if width == 0 || height == 0 {
        return;
    }
    head(&mut canvas, film, player, look);
    let footer = usize::from(look.keys && height > 3);
    let (rows, columns) = body(film, player, width, height - 1 - footer);
    for (line, row) in rows.iter().enumerate() {
        canvas.row(1 + line, row, columns);
    }
    let y = 1 + rows.len();
    events::draw(&mut canvas, film, player.now(), y, height - footer - y);
    if footer > 0 {
        keys(&mut canvas, player, height - 1);
    }
    if player.shows_help() {
        help(&mut canvas);
    }
}

/// The same as lines of text, without colours and keys.
#[must_use]
pub fn text(film: &Film, at: SimTime, width: u16, height: u16) -> String {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    draw(film, &Player::at(film, at), Look { colour: false, keys: false }, area, &mut buffer);
    let mut lines: Vec<String> = (0..height).map(|y| line(&buffer, y)).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}

/// A line of a buffer, without blanks at its end.
fn line(buffer: &Buffer, y: u16) -> String {
    let mut line = String::new();
    let mut covered = 0;
    for x in 0..buffer.area.width {
        // The cell after a wide character is covered by it.
        if covered > 0 {
            covered -= 1;
            continue;
        }
        let symbol = buffer[(x, y)].symbol();
        covered = columns_of(symbol).saturating_sub(1);
        line.push_str(symbol);
    }
    line.truncate(line.trim_end().len());
    line
}

/// What is played, and where it is.
fn head(canvas: &mut Canvas<'_>, film: &Film, player: &Player, look: Look) {
    let end = instant(film.end());
    let at = player.now();
    let state = match (look.keys, at == film.end()) {
        (_, true) => over(film),
        (false, _) => String::new(),
        (true, _) if player.is_playing() => format!("playing {}x", player.speed()),
        (true, _) => format!("paused ({}x)", player.speed()),
    };
    let gap = if state.is_empty() { "" } else { "  " };
    let right = format!("{} of {end}{gap}{state}", instant(at));
    let bold = Paint::Bold.style(canvas.colour);
    let place = canvas.width().saturating_sub(columns_of(&right));
    canvas.write(place, 0, &right, usize::MAX, bold);
    let left = format!("{}  seed {}", film.run.scenario, film.run.seed);
    canvas.write(0, 0, &left, place.saturating_sub(2), bold);
}

fn over(film: &Film) -> String {
    let judgement = film.run.judgement();
    match judgement.word {
        "" => "over".to_owned(),
        word => format!("over: {word}, {}", judgement.why),
    }
}

/// What is told of the instant, in at most so many lines, and where its columns are.
fn body(film: &Film, player: &Player, width: usize, height: usize) -> (Vec<Row>, Columns) {
    let now = player.now();
    let untimed = View { film, now, axis: None };
    let mut tables = [sections::zones(&untimed), sections::services(&untimed)];
    let names = tables.iter().flat_map(|table| &table.names);
    let run = &film.run;
    let others = run.faults.iter().map(|of| &of.name).chain(run.databases.iter().map(|of| &of.name));
    let widest = names.chain(others).map(|name| columns_of(name)).max().unwrap_or(0);
    let label = widest.max(columns_of("database")).min((width / 4).max(columns_of("database")));
    let has_lanes = width >= LANES_FROM;
    let room = if has_lanes { width - width * LANE_TENTHS / 10 - 2 } else { width };
    let left = tables.each_mut().map(|table| table.fit(label, room)).into_iter().max().unwrap_or(0);
    let lane = if has_lanes { width.saturating_sub(left + 2) } else { 0 };
    let (from, to) = player.stretch();
    let axis = (lane > 0).then(|| Axis::between(from, to, lane));
    let cursor = axis.map_or(0, |axis| axis.column_of(now));
    let columns = Columns { label, left, lane, cursor };
    let view = View { axis, ..untimed };
    let mut tables = [sections::zones(&view), sections::services(&view)];
    for table in &mut tables {
        table.fit(label, room);
    }
    let [zones, services] = tables.map(|table| table.section(&view));
    let beside = 2 + label + 2;
    let mut all = vec![
        sections::faults(&view),
        zones,
        services,
        sections::databases(&view),
        sections::pending(&view),
        sections::down(&view, width.saturating_sub(beside)),
    ];
    let events = EVENTS_MIN.min(1 + run.timeline.len());
    let given = shares(&all, height.saturating_sub(events));
    let rows = all.drain(..).zip(given).flat_map(|(section, lines)| section.fitted(lines)).collect();
    (before_lanes(rows, columns), columns)
}

/// Cuts what would run into a lane.
fn before_lanes(mut rows: Vec<Row>, at: Columns) -> Vec<Row> {
    let room = at.left.saturating_sub(2 + at.label + 2);
    for row in &mut rows {
        if let (Some(Lane::Share { .. } | Lane::Trouble(_)), [cell]) = (&row.lane, &mut row.cells[..]) {
            cell.text = lines::cut(&cell.text, room);
            cell.columns = cell.columns.min(room);
        }
    }
    rows
}

/// So many lines for each part, at most `room` together: the largest give way first, and what comes last goes first where
/// there is no room for one line of each.
fn shares(sections: &[Section], room: usize) -> Vec<usize> {
    let mut shares: Vec<usize> = sections.iter().map(Section::lines).collect();
    while shares.iter().sum::<usize>() > room {
        let largest = shares.iter_mut().max_by_key(|lines| **lines).filter(|lines| **lines > 1);
        if let Some(lines) = largest {
            *lines -= 1;
        } else if let Some(lines) = shares.iter_mut().rev().find(|lines| **lines > 0) {
            *lines = 0;
        }
    }
    shares
}

/// What keys do, those first without which one is lost.
fn keys(canvas: &mut Canvas<'_>, player: &Player, y: usize) {
    let space = if player.is_playing() { "space pause" } else { "space play" };
    let all = [
        "q quit",
        "? help",
        space,
        "←→ 1s",
        "n/N event",
        "f fault",
        "+/- speed",
        "z zoom",
        "r restart",
        "shift ←→ 1m",
        ", . 100ms",
        "g/G ends",
    ];
    let mut x = 0;
    for key in all {
        let columns = columns_of(key);
        if x + columns > canvas.width() {
            break;
        }
        canvas.write(x, y, key, columns, Paint::Dim.style(canvas.colour));
        x += columns + 3;
    }
}

/// What keys and signs mean.
const HELP: [&str; 24] = [
    "space        play, pause; at the end, play again",
    "← →          a second back, on",
    "shift ← →    a minute back, on; so do page up, page down",
    ", .          a tenth of a second back, on",
    "n N          next event, event before",
    "f            first fault",
    "r            play from the start",
    "g G          start, end; so do home, end",
    "+ -          faster, slower",
    "z            lanes show a quarter around the time; then all again",
    "q esc ctrl-c quit",
    "",
    "✓ ! ✗        well; not all of it; broken",
    "▸ ·          what happened last; what is yet to come",
    "▼            the time that is looked at",
    "█ ▇ … ▁      all of it, less, nothing; ▓ a fault",
    "",
    "instances    that run, of those that there are",
    "nodes        that are ready, of those that the API has",
    "traffic      the zone's share of the last 5 s of requests",
    "good         of the requests of that second; of pods, those that serve",
    "p50 p99      the end of the class of times that holds it",
    "out          since when the outage counts",
    "down         gateways, load balancers' nodes, APIs, tables",
];

fn help(canvas: &mut Canvas<'_>) {
    let columns = HELP.iter().map(|line| columns_of(line)).max().unwrap_or(0);
    let (width, height) = (canvas.width().min(columns + 4), canvas.height().min(HELP.len() + 2));
    let (x, y) = ((canvas.width() - width) / 2, (canvas.height() - height) / 2);
    for line in 0..height {
        canvas.write(x, y + line, &" ".repeat(width), width, Style::reset());
    }
    for (line, text) in HELP.iter().take(height.saturating_sub(2).max(1)).enumerate() {
        let line = line + usize::from(height > 2);
        canvas.write(x + 2, y + line, text, width.saturating_sub(4), Style::reset());
    }
    if height > 2 {
        let rule = "─".repeat(width);
        canvas.write(x, y, &rule, width, Style::reset());
        canvas.write(x, y + height - 1, &rule, width, Style::reset());
    }
}
