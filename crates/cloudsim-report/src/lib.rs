//! A run as one page of HTML, to be opened anywhere, printed, and pasted into a ticket; and as a [`Trace`] for viewers of
//! those.
//!
//! The page is one file: its style is in it, its drawings are SVG within its text, and its policy (`Content-Security-Policy`)
//! lets a browser fetch nothing and run only the one script that is in it. The script moves a cursor of time; all else is
//! there without it. The page is made of a [`RunDocument`] and of what the scenario's [`Network`] is.
//!
//! Many runs have pages, too: a [`SweepPage`], what answers rest on ([`SensitivityPage`]), and a comparison ([`DiffPage`]).
//!
//! # Invariants
//! - Names are text, whatever characters they are made of: all of them pass through [`maud`]'s escaping.
//! - What a colour says, a word or a shape says too.
//! - Its size does not grow with the number of requests, and lists end after so many lines, which say how many more there are.

mod architecture;
mod axis;
mod bracket;
mod capacity;
mod compare;
mod cursor;
mod frontier;
mod lanes;
mod missing;
mod network;
mod placement;
mod recovery;
mod sensitivity;
mod services;
mod shell;
mod strip;
mod sweep;
mod timeline;
mod trace;
mod verdict;
mod waterfall;
mod why;

pub use compare::DiffPage;
pub use network::{Balancer, DatabaseInstance, Domain, Machine, Network, Region, Spread, Subnet, Vpc};
pub use sensitivity::SensitivityPage;
pub use sweep::SweepPage;
pub use trace::{EVENTS_MAX, Trace};

use cloudsim_measures::RunDocument;
use maud::{Markup, html};

/// What a browser may fetch for the page: nothing. Its style is its own, and of scripts it runs the one that has this hash.
const POLICY: &str = concat!(
    "default-src 'none'; style-src 'unsafe-inline'; ",
    "script-src 'sha256-Lg5MCyafTuHLTqqLwwWoKUNazEY3IVUOCfIPrngh4p8='"
);

/// What is assumed where nothing is published, of what the run is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssumptionRow {
    /// Its path in a scenario: `assumptions.ec2.boot`.
    pub path: String,
    /// Its value in this run, as a scenario would write it.
    pub value: String,
    /// The least and the most that it may be.
    pub ends: [String; 2],
    /// What it is, and why these ends.
    pub about: String,
}

/// What is not modelled of one part of the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The part.
    pub part: String,
    /// What is left out of it.
    pub what: Vec<String>,
}

/// What a page is made of.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// What the run meant.
    pub run: &'a RunDocument,
    /// The command that makes the same run again.
    pub command: &'a str,
    /// Whether other values of settings were tried, so that what they would have done stands on the phases.
    pub levers: bool,
    /// What the run rests on.
    pub assumptions: &'a [AssumptionRow],
    /// What is not modelled of what the run is about.
    pub left_out: &'a [LeftOut],
    /// Where things are.
    pub network: &'a Network,
}

impl Page<'_> {
    /// The page as a text of HTML.
    #[must_use]
    pub fn to_html(&self) -> String {
        let run = self.run;
        let axis = axis::Axis::new(run.reached);
        let body = html! {
            (verdict::view(run, self.command))
            (lanes::view(run, &axis))
            (waterfall::view(run, self.command, self.levers))
            (recovery::view(run, &axis))
            (capacity::view(run, &self.network.machines))
            (placement::view(run, &self.network.spreads))
            (why::view(run))
            (architecture::view(run, self.network, &axis))
            (services::view(run, &axis))
            (timeline::view(run))
        };
        shell::page((&run.scenario, &run.version), "", &body, &self.notes(), &cursor::view(run))
    }

    /// What the run rests on, and what it leaves out.
    fn notes(&self) -> Markup {
        let all: usize = self.left_out.iter().map(|of| of.what.len()).sum();
        html! {
            @if !self.assumptions.is_empty() {
                details {
                    summary { "What this run assumes where nothing is published (" (self.assumptions.len()) ")" }
                    p {
                        "How much rests on each says "
                        code { "cloudsim sweep --sensitivity" }
                        "; where it comes from says "
                        code { "cloudsim explain PATH" } "."
                    }
                    (table(&["assumption", "here", "may be", "what it is"], self.assumptions.iter().map(|of| html! {
                        tr { th scope="row" { code { (of.path) } } td { (of.value) } td { (of.ends[0]) " to " (of.ends[1]) } td { (of.about) } }
                    })))
                }
            }
            @if all > 0 {
                details {
                    summary { "What is not modelled of what this scenario has (" (all) ")" }
                    @for of in self.left_out {
                        h3 { (of.part) }
                        ul { @for what in &of.what { li { (what) } } }
                    }
                }
            }
        }
    }
}

/// A view under its heading.
fn section(id: &str, heading: &str, body: &Markup) -> Markup {
    html! {
        section id=(id) aria-labelledby={ (id) "-heading" } {
            h2 id={ (id) "-heading" } { (heading) }
            (body)
        }
    }
}

/// A table that scrolls by itself where it is wider than the page.
fn table(columns: &[&str], rows: impl Iterator<Item = Markup>) -> Markup {
    html! {
        div.scroll tabindex="0" role="group" aria-label={ "table of " (columns[0]) } {
            table {
                thead { tr { @for column in columns { th scope="col" { (column) } } } }
                tbody { @for row in rows { (row) } }
            }
        }
    }
}

/// How many lines of a list are not shown.
fn more(shown: usize, all: usize, noun: &str) -> Markup {
    html! {
        @if all > shown {
            p.more { "and " (cloudsim_measures::words::several(all - shown, noun)) " more" }
        }
    }
}
