//! The architecture as it is drawn on whiteboards, zones as columns, coloured by health before, during and after the first
//! fault. How large a drawing is depends on the network and on the kinds of servers and pods, not on their number.

use crate::axis::Axis;
use crate::network::{Balancer, Network, Region, Subnet, Vpc};
use crate::section;
use cloudsim_measures::{Absence, DatabaseInstanceLane, GroupLane, RunDocument, count_at, draw, words};
use cloudsim_records::DatabaseInstanceState as Database;
use cloudsim_units::SimTime;
use maud::{Markup, html};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// So many servers have a mark of their own in a line; of more there is the number alone.
const MARKS_MAX: u32 = 8;

/// So many lines a box has.
const LINES_MAX: usize = 14;

/// So many columns and rows of boxes are drawn.
const BOXES_MAX: usize = 12;

/// So many changes of a line are in the page; of more, those that columns of the axis show.
const CHANGES_MAX: usize = 400;

const COLUMN: usize = 270;
const GAP: usize = 12;
const LINE: usize = 19;
/// So many characters fit a box, and so many a name beside how it is.
const LINE_CHARS: usize = 38;
const NAME_CHARS: usize = 25;

pub(crate) fn view(run: &RunDocument, network: &Network, axis: &Axis) -> Markup {
    if network.regions.is_empty() {
        return Markup::default();
    }
    let health = Health::of(run);
    let body = html! {
        p.legend {
            span.good { "✓ ■ works" } " "
            span.open { "◐ in part, or on its way" } " "
            span.bad { "✕ □ does not work" } " "
            span { "○ not there" }
        }
        @for (place, (title, at)) in moments(run).into_iter().enumerate() {
            figure.architecture {
                figcaption { (title) }
                @for region in &network.regions {
                    (Drawing { region, health: &health, at, changes: (place == 0).then_some(axis) }.draw())
                }
            }
        }
    };
    section("architecture", "The architecture", &body)
}

/// The instants that are drawn: just before the first fault and before it ends, and the end.
fn moments(run: &RunDocument) -> Vec<(String, SimTime)> {
    let just = |at: SimTime| SimTime::from_nanos(at.as_nanos().saturating_sub(1));
    let first = run.faults.iter().min_by_key(|fault| fault.started);
    let mut moments = Vec::new();
    if let Some(fault) = first {
        let when = words::instant(fault.started);
        moments.push((format!("Just before {}, at {when}", fault.name), just(fault.started)));
        if let Some(ended) = fault.ended {
            let when = words::instant(ended);
            moments.push((format!("Just before {} ends, at {when}", fault.name), just(ended)));
        }
    }
    moments.push((format!("At the end, at {}", words::instant(run.reached)), run.reached));
    moments
}

/// How something is: the class of style, a mark that says the same, and words.
struct Look {
    class: &'static str,
    mark: String,
    text: String,
}

impl Look {
    fn new(class: &'static str, mark: &str, text: impl Into<String>) -> Self {
        Self { class, mark: mark.to_owned(), text: text.into() }
    }

    fn of_up(up: bool) -> Self {
        if up { Self::new("good", "✓", "") } else { Self::new("bad", "✕", "down") }
    }
}

/// What a line of the drawing is about.
#[derive(Clone, Copy)]
enum Thing<'a> {
    /// What is either there or not, by name.
    Whole(&'a str),
    /// With what it is until something is recorded of it.
    Database(&'a DatabaseInstanceLane, Option<Database>),
    Servers(&'a GroupLane),
    Pods(&'a str, &'a [(SimTime, u32)]),
}

impl Thing<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Whole(name) => name,
            Self::Database(of, _) => &of.name,
            Self::Servers(of) => &of.group,
            Self::Pods(name, _) => name.rsplit_once('/').map_or(*name, |(_, last)| last),
        }
    }
}

/// What is known of the health of things.
struct Health<'a> {
    absences: &'a [Absence],
    databases: Vec<&'a DatabaseInstanceLane>,
    groups: &'a [GroupLane],
}

impl<'a> Health<'a> {
    fn of(run: &'a RunDocument) -> Self {
        let lanes = &run.lanes;
        let databases = lanes.databases.iter().flat_map(|of| &of.instances);
        Self { absences: &lanes.absences, databases: databases.collect(), groups: &lanes.groups }
    }

    fn look(&self, thing: Thing<'_>, at: SimTime) -> Look {
        match thing {
            Thing::Whole(name) => {
                let is_away = |of: &Absence| of.name == name && of.is_at(at);
                Look::of_up(!self.absences.iter().any(is_away))
            }
            Thing::Database(of, at_first) => database(of.state(at).map(|(_, state)| state).or(at_first)),
            Thing::Servers(of) => servers(count_at(&of.up, at), count_at(&of.there, at)),
            Thing::Pods(_, steps) => {
                let (first, now) = (count_at(steps, SimTime::ZERO), count_at(steps, at));
                let text = words::many(now, "pod");
                match (now, first) {
                    (0, 0) => Look::new("gone", "○", text),
                    (0, _) => Look::new("bad", "✕", format!("{text}, {first} at first")),
                    _ if now < first => Look::new("open", "◐", format!("{text}, {first} at first")),
                    _ => Look::new("good", "✓", text),
                }
            }
        }
    }

    /// The instants at which a thing may look otherwise.
    fn instants(&self, thing: Thing<'_>) -> BTreeSet<SimTime> {
        let of = |steps: &[(SimTime, u32)]| steps.iter().map(|(at, _)| *at).collect::<Vec<_>>();
        let mut instants: BTreeSet<SimTime> = [SimTime::ZERO].into();
        match thing {
            Thing::Whole(name) => {
                for absence in self.absences.iter().filter(|absence| absence.name == name) {
                    instants.extend([Some(absence.from), absence.until].into_iter().flatten());
                }
            }
            Thing::Database(of, _) => instants.extend(of.states.iter().map(|(at, _)| *at)),
            Thing::Servers(lane) => {
                instants.extend(of(&lane.up));
                instants.extend(of(&lane.there));
            }
            Thing::Pods(_, steps) => instants.extend(of(steps)),
        }
        instants
    }

    /// How a thing looks and from which millisecond on, for the script: `0|good|✓|;60000|bad|✕|down`.
    fn changes(&self, thing: Thing<'_>, axis: &Axis) -> String {
        let mut instants: Vec<SimTime> = self.instants(thing).into_iter().collect();
        if instants.len() > CHANGES_MAX {
            instants = axis.columns().map(|(from, _)| from).collect();
        }
        let (mut text, mut last) = (String::new(), String::new());
        for at in instants {
            let Look { class, mark, text: words } = self.look(thing, at);
            let look = format!("{class}|{mark}|{words}");
            if look != last {
                let _ = write!(
                    text,
                    "{}{}|{look}",
                    if text.is_empty() { "" } else { ";" },
                    at.as_nanos() / 1_000_000
                );
                last = look;
            }
        }
        text
    }
}

/// The lines of a group in a zone: its servers, then the pods on them.
fn lines(group: &GroupLane) -> impl Iterator<Item = Thing<'_>> {
    let pods = group.pods.iter().map(|(workload, steps)| Thing::Pods(workload, steps));
    std::iter::once(Thing::Servers(group)).chain(pods)
}

fn database(state: Option<Database>) -> Look {
    match state {
        Some(Database::Writer) => Look::new("good", "✓", "writer"),
        Some(Database::Standby) => Look::new("good", "✓", "standby"),
        Some(Database::Replica) => Look::new("good", "✓", "replica"),
        Some(Database::Starting) => Look::new("open", "◐", "starts"),
        Some(Database::Unreachable) => Look::new("bad", "✕", "unreachable"),
        Some(Database::Crashed) => Look::new("bad", "✕", "crashed"),
        Some(Database::Abandoned) => Look::new("gone", "○", "given up"),
        None => Look::new("gone", "○", "not there"),
    }
}

fn servers(up: u32, there: u32) -> Look {
    let (class, mark) = match (up, there) {
        (0, 0) => return Look::new("gone", "○", "none"),
        (0, _) => ("bad", "✕"),
        _ if up < there => ("open", "◐"),
        _ => ("good", "✓"),
    };
    let marks = if there > MARKS_MAX {
        mark.to_owned()
    } else {
        (0..there).map(|place| if place < up { '■' } else { '□' }).collect()
    };
    Look { class, mark: marks, text: format!("{up} of {there} up") }
}

/// A box in a zone, with lines.
struct Cell<'a> {
    name: &'a str,
    note: String,
    lines: Vec<Thing<'a>>,
}

/// A bar over all zones, or a row of boxes.
enum Row<'a> {
    Internet(&'a Vpc),
    Balancer(&'a Balancer),
    Cells(Vec<Option<Cell<'a>>>),
}

struct Drawing<'a> {
    region: &'a Region,
    health: &'a Health<'a>,
    at: SimTime,
    /// Over which axis the page has the changes of this drawing, if it has them.
    changes: Option<&'a Axis>,
}

impl<'a> Drawing<'a> {
    fn draw(&self) -> Markup {
        let zones: Vec<&str> = self.region.zones.iter().take(BOXES_MAX).map(String::as_str).collect();
        let width = zones.len() * (COLUMN + GAP) + GAP;
        let mut y = 2 * LINE;
        let mut drawn = Vec::new();
        for vpc in &self.region.vpcs {
            drawn.push(text(
                GAP,
                y + LINE,
                "name",
                &format!("VPC {} · {}", vpc.name, vpc.cidr),
                LINE_CHARS * 2,
            ));
            y += LINE + GAP;
            self.rows(self.rows_of(vpc, &zones), &zones, &mut y, &mut drawn);
        }
        let others = self.others(&zones);
        if others.iter().any(Option::is_some) {
            self.rows(vec![Row::Cells(others)], &zones, &mut y, &mut drawn);
        }
        let label = format!("{} with its zones, subnets and what is in them", self.region.name);
        html! {
            div.scroll tabindex="0" role="group" aria-label=(label) {
                svg.architecture viewBox={ "0 0 " (width) " " (y) } role="img" aria-label=(label)
                    style={ "min-width:" (zones.len() * 200) "px" }
                {
                    @for (column, zone) in zones.iter().enumerate() {
                        rect.zone x=(x_of(column)) y="0" width=(COLUMN) height=(y - GAP / 2) {}
                        @let name = format!("{} · zone {zone}", self.region.name);
                        (text(x_of(column) + GAP, LINE + 4, "zone", &name, LINE_CHARS))
                    }
                    @for part in &drawn { (part) }
                }
            }
        }
    }

    /// From the internet inwards: a load balancer stands above the first row in which it has a node.
    fn rows_of(&self, vpc: &'a Vpc, zones: &[&str]) -> Vec<Row<'a>> {
        let of_zone = |zone: &str| vpc.subnets.iter().filter(|of| of.zone == zone).collect::<Vec<_>>();
        let columns: Vec<Vec<&Subnet>> = zones.iter().map(|zone| of_zone(zone)).collect();
        let height = columns.iter().map(Vec::len).max().unwrap_or(0).min(BOXES_MAX);
        let mut rows = Vec::new();
        if !vpc.internet_gateways.is_empty() {
            rows.push(Row::Internet(vpc));
        }
        rows.extend(vpc.balancers.iter().filter(|of| of.faces_internet).map(Row::Balancer));
        let mut inside: Vec<&Balancer> = vpc.balancers.iter().filter(|of| !of.faces_internet).collect();
        for row in 0..height {
            let subnets: Vec<Option<&Subnet>> = columns.iter().map(|of| of.get(row).copied()).collect();
            let here = |of: &&mut &Balancer| {
                subnets.iter().flatten().any(|subnet| of.subnets.contains(&subnet.name))
            };
            rows.extend(inside.extract_if(.., |of| here(&of)).map(Row::Balancer));
            rows.push(Row::Cells(subnets.into_iter().map(|of| of.map(|of| self.cell(of))).collect()));
        }
        rows
    }

    fn cell(&self, subnet: &'a Subnet) -> Cell<'a> {
        let health = self.health;
        let gateways = subnet.nat_gateways.iter().map(|name| Thing::Whole(name));
        let groups = health.groups.iter().filter(|group| {
            subnet.groups.contains(&group.group) && group.zone.as_ref() == Some(&subnet.zone)
        });
        let databases = subnet.database_instances.iter().filter_map(|instance| {
            let lane = health.databases.iter().copied().find(|of| of.name == instance.name)?;
            // What a recovery has yet to make is there once it is begun.
            if instance.at_first.is_none() && lane.states.is_empty() {
                return None;
            }
            Some(Thing::Database(lane, instance.at_first))
        });
        let kind = if subnet.is_public { "public" } else { "private" };
        Cell {
            name: &subnet.name,
            note: format!("{} {kind}", subnet.cidr),
            lines: gateways.chain(groups.flat_map(lines)).chain(databases).collect(),
        }
    }

    /// What is in zones and in no subnet that is known.
    fn others(&self, zones: &[&str]) -> Vec<Option<Cell<'a>>> {
        let subnets = || self.region.vpcs.iter().flat_map(|vpc| &vpc.subnets);
        let other = |zone: &str| {
            let placed = |group: &GroupLane| {
                subnets().any(|subnet| subnet.zone == zone && subnet.groups.contains(&group.group))
            };
            let groups = self.health.groups.iter();
            let groups = groups.filter(|group| group.zone.as_deref() == Some(zone) && !placed(group));
            let lines: Vec<Thing<'a>> = groups.flat_map(lines).collect();
            (!lines.is_empty()).then(|| Cell { name: "in no subnet of its own", note: String::new(), lines })
        };
        zones.iter().map(|zone| other(zone)).collect()
    }

    fn rows(&self, rows: Vec<Row<'a>>, zones: &[&str], y: &mut usize, drawn: &mut Vec<Markup>) {
        let width = zones.len() * (COLUMN + GAP) - GAP;
        for row in rows {
            let height = match &row {
                Row::Internet(_) => LINE + GAP,
                Row::Balancer(_) => 2 * LINE + GAP,
                Row::Cells(cells) => {
                    let lines = cells.iter().flatten().map(|cell| cell.lines.len().min(LINES_MAX + 1)).max();
                    (lines.unwrap_or(0) + 2) * LINE + GAP
                }
            };
            let x = x_of(0);
            drawn.push(match row {
                Row::Internet(vpc) => html! {
                    rect.bar x=(x) y=(*y) width=(width) height=(height) rx="4" {}
                    @let gateways = format!("internet ↕ internet gateway {}", vpc.internet_gateways.join(", "));
                    (text(x + GAP, *y + LINE, "name", &gateways, 2 * LINE_CHARS))
                },
                Row::Balancer(of) => html! {
                    rect.bar x=(x) y=(*y) width=(width) height=(height) rx="4" {}
                    (text(x + GAP, *y + LINE, "name", &balancer(of), LINE_CHARS * 2))
                    @for (column, zone) in zones.iter().enumerate() {
                        @let node = format!("{}/{zone}", of.name);
                        @if self.has_node(of, zone) { (self.line(Thing::Whole(&node), x_of(column) + GAP, *y + 2 * LINE)) }
                    }
                },
                Row::Cells(cells) => html! {
                    @for (column, cell) in cells.iter().enumerate() {
                        @if let Some(cell) = cell { (self.cell_at(cell, (x_of(column) + GAP / 2, *y), height)) }
                    }
                },
            });
            *y += height + GAP;
        }
    }

    fn has_node(&self, of: &Balancer, zone: &str) -> bool {
        let mut subnets = self.region.vpcs.iter().flat_map(|vpc| &vpc.subnets);
        subnets.any(|subnet| subnet.zone == zone && of.subnets.contains(&subnet.name))
    }

    fn cell_at(&self, cell: &Cell<'_>, (x, y): (usize, usize), height: usize) -> Markup {
        let width = COLUMN - GAP;
        html! {
            rect.subnet x=(x) y=(y) width=(width) height=(height) rx="4" {}
            (text(x + GAP / 2, y + LINE - 3, "name", cell.name, LINE_CHARS))
            (text(x + GAP / 2, y + 2 * LINE - 5, "cidr", &cell.note, LINE_CHARS))
            @for (place, thing) in cell.lines.iter().take(LINES_MAX).enumerate() {
                @let indent = if matches!(thing, Thing::Pods(..)) { 2 * GAP } else { GAP / 2 };
                (self.line(*thing, x + indent, y + (place + 3) * LINE - 3))
            }
            @if cell.lines.len() > LINES_MAX {
                @let more = format!("and {} more", cell.lines.len() - LINES_MAX);
                (text(x + GAP / 2, y + (LINES_MAX + 3) * LINE - 3, "cidr", &more, LINE_CHARS))
            }
        }
    }

    fn line(&self, thing: Thing<'_>, x: usize, y: usize) -> Markup {
        let look = self.health.look(thing, self.at);
        let changes = self.changes.map(|axis| self.health.changes(thing, axis));
        let name = draw::cut(thing.name(), NAME_CHARS);
        html! {
            text.thing.(look.class) x=(x) y=(y) data-looks=[changes] {
                title { (thing.name()) }
                tspan.mark { (look.mark) }
                tspan dx="5" { (name) }
                tspan.words dx="5" { (look.text) }
            }
        }
    }
}

fn balancer(of: &Balancer) -> String {
    let reach = if of.faces_internet { "internet-facing" } else { "internal" };
    let ports: Vec<String> = of.ports.iter().map(u16::to_string).collect();
    format!("load balancer {} · {reach} · port {}", of.name, ports.join(", "))
}

fn x_of(column: usize) -> usize {
    GAP + column * (COLUMN + GAP)
}

fn text(x: usize, y: usize, class: &str, content: &str, chars: usize) -> Markup {
    html! { text.(class) x=(x) y=(y) { (draw::cut(content, chars)) } }
}
