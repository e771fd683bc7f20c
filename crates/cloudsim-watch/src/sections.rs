//! What is told of an instant, part by part: faults, zones, services, databases, what waits and what is down.

mod databases;
mod faults;
mod others;
mod services;
mod zones;

pub(crate) use databases::databases;
pub(crate) use faults::faults;
pub(crate) use others::{down, pending};
pub(crate) use services::{services, widest_rate};
pub(crate) use zones::zones;

use crate::film::Film;
use crate::lines::{Cell, Lane, Paint, Row, Sign, columns_of};
use cloudsim_measures::draw::Axis;
use cloudsim_units::SimTime;

/// What stands where there is nothing to tell.
const NOTHING: &str = "–";

/// Of what, at which instant, and which stretch of time lanes show.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) film: &'a Film,
    pub(crate) now: SimTime,
    pub(crate) axis: Option<Axis>,
}

impl View<'_> {
    /// One character for each column of a lane.
    fn draw(&self, of: impl FnMut(SimTime, SimTime) -> char) -> Option<String> {
        self.axis.map(|axis| axis.draw(of))
    }
}

/// Rows of one kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Section {
    /// What there are several of: `zones`.
    pub(crate) plural: &'static str,
    pub(crate) head: Option<Row>,
    pub(crate) rows: Vec<Row>,
}

impl Section {
    /// How many lines it takes if there is room for all.
    pub(crate) fn lines(&self) -> usize {
        usize::from(self.head.is_some()) + self.rows.len()
    }

    /// As much of it as so many lines hold. Its head goes first; of several rows of which there is room for one, how many
    /// there are and which are not well; of more than that, those that are not well and how many more there are.
    pub(crate) fn fitted(mut self, lines: usize) -> Vec<Row> {
        if self.lines() <= lines {
            return self.head.into_iter().chain(self.rows).collect();
        }
        if self.rows.len() <= lines {
            return self.rows;
        }
        if lines == 1 {
            return vec![summed_up(self.plural, &self.rows)];
        }
        let head = self.head.filter(|_| lines > 2);
        self.rows.sort_by_key(|row| !row.sign.is_ill());
        let more = self.rows.split_off(lines.saturating_sub(usize::from(head.is_some()) + 1));
        self.rows.push(and_more(&more));
        head.into_iter().chain(self.rows).take(lines).collect()
    }
}

/// The line that stands for all rows.
fn summed_up(plural: &str, rows: &[Row]) -> Row {
    let ill: Vec<&Row> = rows.iter().filter(|row| row.sign.is_ill()).collect();
    let how = match ill.len() {
        0 => "none in trouble".to_owned(),
        count => {
            let names: Vec<&str> = ill.iter().map(|row| row.label.as_str()).collect();
            format!("{count} in trouble: {}", names.join(", "))
        }
    };
    told(worst(rows), plural, format!("{}, {how}", rows.len()), None)
}

/// The line that stands for rows that have no room.
fn and_more(more: &[Row]) -> Row {
    let how = match more.iter().filter(|row| row.sign.is_ill()).count() {
        0 => String::new(),
        ill => format!(", {ill} in trouble"),
    };
    told(worst(more), "", format!("… and {} more{how}", more.len()), None)
}

fn worst(rows: &[Row]) -> Sign {
    let has = |sign: &Sign| rows.iter().any(|row| row.sign == *sign);
    [Sign::Broken, Sign::Doubtful, Sign::Well].into_iter().find(has).unwrap_or(Sign::None)
}

/// A column of a table.
#[derive(Clone, Debug)]
struct Column {
    head: &'static str,
    /// The widest that is ever in it.
    columns: usize,
    /// Those with the highest go first where there is not enough room.
    rank: usize,
    texts: Vec<String>,
}

impl Column {
    /// `widest` is as wide as anything that is in it at any time, so that columns do not move.
    fn new(head: &'static str, widest: usize, rank: usize, texts: Vec<String>) -> Self {
        Self { head, columns: widest.max(columns_of(head)), rank, texts }
    }
}

/// A table: rows with signs, names and lanes, and as many columns as there is room for.
pub(crate) struct Table {
    head: &'static str,
    plural: &'static str,
    signs: Vec<Sign>,
    pub(crate) names: Vec<String>,
    columns: Vec<Column>,
    lanes: Vec<Option<Lane>>,
}

impl Table {
    /// Leaves columns out until the rest takes no more than `room`. Returns how much that takes.
    pub(crate) fn fit(&mut self, label: usize, room: usize) -> usize {
        loop {
            let taken = 2 + label + self.columns.iter().map(|column| column.columns + 2).sum::<usize>();
            let last = self.columns.iter().enumerate().max_by_key(|(_, column)| column.rank);
            match last {
                Some((place, _)) if taken > room => drop(self.columns.remove(place)),
                _ => return taken,
            }
        }
    }

    pub(crate) fn section(self, view: &View<'_>) -> Section {
        if self.names.is_empty() {
            return Section::default();
        }
        let cell = |text: &str, column: &Column| Cell {
            text: text.to_owned(),
            columns: column.columns,
            to_the_right: column.head != "state" && column.head != "fault",
        };
        let head = Row {
            sign: Sign::None,
            label: self.head.to_owned(),
            cells: self.columns.iter().map(|column| cell(column.head, column)).collect(),
            lane: view.axis.map(|axis| Lane::Ticks(axis.ticks(0))),
            paint: Paint::Dim,
        };
        let rows = self.names.iter().zip(&self.signs).zip(self.lanes).enumerate();
        let rows = rows.map(|(place, ((name, sign), lane))| Row {
            sign: *sign,
            label: name.clone(),
            cells: self.columns.iter().map(|column| cell(&column.texts[place], column)).collect(),
            lane,
            paint: Paint::Plain,
        });
        Section { plural: self.plural, rows: rows.collect(), head: Some(head) }
    }
}

/// A row with a text instead of columns.
fn told(sign: Sign, label: &str, text: String, lane: Option<Lane>) -> Row {
    let columns = columns_of(&text);
    let cells = vec![Cell { text, columns, to_the_right: false }];
    Row { sign, label: label.to_owned(), cells, lane, paint: Paint::Plain }
}

/// What steps come to at an instant, what happens in that instant included.
fn level_at(steps: &[(SimTime, u32)], at: SimTime) -> u32 {
    let taken = steps.partition_point(|(since, _)| *since <= at);
    steps[..taken].last().map_or(0, |(_, count)| *count)
}

/// The most that steps come to anywhere in `from..to`.
fn most_in(steps: &[(SimTime, u32)], from: SimTime, to: SimTime) -> u32 {
    let begin = steps.partition_point(|(at, _)| *at <= from).saturating_sub(1);
    let within = steps[begin..].iter().take_while(|(at, _)| *at < to);
    within.map(|(_, count)| *count).max().unwrap_or(0)
}

fn most(steps: &[(SimTime, u32)]) -> u32 {
    steps.iter().map(|(_, count)| *count).max().unwrap_or(0)
}
