//! Films for tests: of a few faults and nothing else, and of scenarios that ship.

use cloudsim_engine::{RecordSink, Stamped};
use cloudsim_measures::{Measures, RunDocument};
use cloudsim_records::{Digest, FaultInfo, PricesInfo, Record, RunStarted};
use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::{MemoryFiles, Overrides, load, printable};
use cloudsim_units::{SimDuration, SimTime};
use cloudsim_watch::{Film, Look, Player, draw};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

/// A film of so many milliseconds in which a fault starts at each of these, with nobody there.
pub(crate) fn film_of(millis: u64, faults: &[u64]) -> Film {
    let at = |millis: u64| SimTime::ZERO + SimDuration::from_millis(millis);
    let mut faults = faults.to_vec();
    faults.sort_unstable();
    let infos = faults.iter().enumerate().map(|(place, started)| FaultInfo {
        name: format!("fault-{place}"),
        kind: "ZonePowerLoss".into(),
        target: "a".into(),
        at: at(*started),
        lasts: None,
    });
    let run = RunStarted {
        name: "a-few-faults".into(),
        scenario: String::new(),
        overrides: Vec::new(),
        seed: 7,
        duration: SimDuration::from_millis(millis),
        warm_up: SimDuration::ZERO,
        entities: Vec::new(),
        classes: Vec::new(),
        services: Vec::new(),
        faults: infos.collect(),
        objectives: Vec::new(),
        settings: Vec::new(),
        prices: PricesInfo::default(),
        placed: Vec::new(),
    };
    let mut measures = Measures::new();
    measures.observe(SimTime::ZERO, 0, &Record::RunStarted(Box::new(run)));
    for (fault, started) in (0..).zip(&faults) {
        measures.observe(at(*started), u64::from(fault) + 1, &Record::FaultStarted { fault });
    }
    Film::new(measures.finish(at(millis), false, Digest::new().finish(), "test"), printable)
}

struct Listeners(Measures, Digest);

impl RecordSink<Record> for Listeners {
    fn take(&mut self, batch: &[Stamped<Record>]) {
        for of in batch {
            self.0.observe(of.at, of.number, &of.record);
            self.1.observe(of.at, of.number, &of.record);
        }
    }
}

/// A scenario that ships, with some settings of its own.
pub(crate) fn plan_of(name: &str, set: &[&str]) -> Plan {
    let set = set.iter().map(|set| (*set).to_owned()).collect();
    let overrides = Overrides { set, ..Overrides::default() };
    load(&MemoryFiles::default(), name, &overrides).expect("it ships").plan
}

pub(crate) fn measured(plan: &Plan) -> RunDocument {
    let mut listeners = Listeners(Measures::new(), Digest::new());
    let run = cloudsim::simulate(plan, plan.seed, None, &mut listeners, |_| false);
    let Listeners(measures, digest) = listeners;
    measures.finish(run.reached, false, digest.finish(), "test")
}

/// What a terminal of a size shows.
pub(crate) fn shown(film: &Film, player: &Player, look: Look, (width, height): (u16, u16)) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal in memory");
    let drawn = terminal.draw(|frame| draw(film, player, look, frame.area(), frame.buffer_mut()));
    drawn.expect("nothing of it fails");
    terminal.backend().buffer().clone()
}

/// A buffer as text, line by line.
pub(crate) fn lines(buffer: &Buffer) -> Vec<String> {
    let width = usize::from(buffer.area.width);
    let line = |cells: &[ratatui::buffer::Cell]| cells.iter().map(ratatui::buffer::Cell::symbol).collect();
    buffer.content().chunks(width).map(line).collect()
}
