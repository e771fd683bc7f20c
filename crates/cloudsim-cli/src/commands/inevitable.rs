//! `why FILE --when-inevitable SERVICE --do ACTION`: until when something could still have been done.
//!
//! The action is tried at times of a grid, each in a run of its own, and then between the last of them at which it would have
//! done and the next, down to a second.

use super::why_service::named;
use super::world::answer_of;
use super::{loaded, plan_of, refuse};
use crate::args::{WhyArgs, WhyOutput};
use crate::interrupt::Interrupt;
use crate::look::Look;
use crate::output::quoted;
use crate::runner::{self, Also, RunError};
use crate::tables::document_text;
use crate::{Exit, output, why_text};
use cloudsim_measures::{ObjectiveMeasure, RunDocument, words};
use cloudsim_records::Decimal;
use cloudsim_scenario::Overrides;
use cloudsim_units::{SimDuration, SimTime};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// So many times are tried before it is looked more closely.
const GRID: u64 = 16;

/// What came of the action at a time, or of none.
pub(crate) struct Tried {
    /// Whether all objectives of the service hold.
    pub(crate) met: bool,
    /// Why nothing was done, if nothing was.
    pub(crate) refused: Option<String>,
    /// What was measured of each objective, in words.
    pub(crate) measured: Vec<String>,
}

/// What was found.
pub(crate) struct Found {
    pub(crate) service: String,
    pub(crate) action: String,
    /// The objectives of the service, in words.
    pub(crate) objectives: Vec<String>,
    /// Without the action.
    pub(crate) without: Tried,
    /// By the second at which it was done.
    pub(crate) tried: BTreeMap<u64, Tried>,
}

impl Found {
    /// The last second at which it would have done, of those that were tried.
    pub(crate) fn last(&self) -> Option<u64> {
        self.tried.iter().rev().find(|(_, tried)| tried.met).map(|(at, _)| *at)
    }

    /// The next one at which it would not.
    pub(crate) fn too_late(&self) -> Option<u64> {
        let last = self.last()?;
        self.tried.range(last + 1..).next().map(|(at, _)| *at)
    }

    /// The first second at which it would not have done although it would have later.
    pub(crate) fn gap(&self) -> Option<u64> {
        let last = self.last()?;
        self.tried.range(..last).find(|(_, tried)| !tried.met).map(|(at, _)| *at)
    }
}

pub(super) async fn when(args: &WhyArgs, service: &str, look: Look) -> Result<Exit, RunError> {
    let (base, action) = match the_action(args) {
        Ok(split) => split,
        Err(exit) => return Ok(exit),
    };
    let plan = match loaded(&args.file, &base) {
        Ok(loaded) => loaded.plan,
        Err(exit) => return Ok(exit),
    };
    let interrupt = Interrupt::listen();
    let document = runner::run(plan.clone(), None, Also::default(), &interrupt).await?.document;
    let of = match named(&document, service) {
        Ok(of) => of,
        Err(exit) => return Ok(exit),
    };
    let objectives: Vec<&ObjectiveMeasure> = of_service(&document, service).collect();
    if objectives.is_empty() {
        let hint = format!("give it one, as `objectives: [Rto(service: \"{service}\", at_most: \"2m\")]`");
        return Ok(refuse(&format!("no objective is about a service {}", quoted(service)), &hint));
    }
    let mut found = Found {
        service: service.to_owned(),
        action,
        objectives: objectives.iter().map(|objective| why_text::objective(objective)).collect(),
        without: judged(&document, service, None),
        tried: BTreeMap::new(),
    };
    let over = of.outages.iter().map(|outage| outage.restored.unwrap_or(document.reached)).max();
    // What is done when the run is over comes too late to be looked at.
    let end = over.unwrap_or(document.reached).as_nanos().min(plan.duration.as_nanos() - 1) / 1_000_000_000;
    let mut scan = Scan { args, base: &base, found: &mut found, interrupt: &interrupt };
    if let ControlFlow::Break(exit) = scan.all(end).await? {
        return Ok(exit);
    }
    output::data(&match args.output {
        WhyOutput::Text => why_text::inevitable(&found, look),
        WhyOutput::Json => {
            document_text(&answer_of(&plan, SimTime::ZERO, "WhenInevitable", to_value(&found)))
        }
    })?;
    Ok(Exit::Fine)
}

/// What else is different, and the one action that was given without a time.
fn the_action(args: &WhyArgs) -> Result<(Overrides, String), Exit> {
    const HINT: &str = "one action is given without a time, as in `--do \"failover database/orders\"`";
    let mut base = args.changes.overrides();
    let is_timed =
        |text: &String| text.split_once(':').is_some_and(|(at, _)| SimDuration::parse(at.trim()).is_ok());
    let (timed, open): (Vec<String>, Vec<String>) = base.interventions.into_iter().partition(is_timed);
    base.interventions = timed;
    match open.as_slice() {
        [action] => Ok((base, action.trim().to_owned())),
        [] => Err(refuse("nothing is to be done at any time", HINT)),
        _ => Err(refuse("several things are to be done at any time", HINT)),
    }
}

fn of_service<'a>(document: &'a RunDocument, service: &str) -> impl Iterator<Item = &'a ObjectiveMeasure> {
    document.objectives.iter().filter(move |objective| objective.subject == service)
}

fn judged(document: &RunDocument, service: &str, at: Option<SimTime>) -> Tried {
    let mark = document.lanes.interventions.iter().rev().find(|mark| Some(mark.at) == at);
    Tried {
        met: of_service(document, service).all(|objective| objective.conclusive && objective.met),
        refused: mark.and_then(|mark| mark.refusal).map(|refusal| words::apart(refusal.word())),
        measured: of_service(document, service).map(words::measured).collect(),
    }
}

/// Runs with the action at one time after the other.
struct Scan<'a> {
    args: &'a WhyArgs,
    base: &'a Overrides,
    found: &'a mut Found,
    interrupt: &'a Interrupt,
}

impl Scan<'_> {
    async fn all(&mut self, end: u64) -> Result<ControlFlow<Exit>, RunError> {
        let mut grid: Vec<u64> = (0..=GRID).map(|place| end * place / GRID).collect();
        grid.dedup();
        for at in grid {
            if let ControlFlow::Break(exit) = self.at(at).await? {
                return Ok(ControlFlow::Break(exit));
            }
        }
        while let (Some(last), Some(late)) = (self.found.last(), self.found.too_late()) {
            if late == last + 1 {
                break;
            }
            if let ControlFlow::Break(exit) = self.at(last + (late - last) / 2).await? {
                return Ok(ControlFlow::Break(exit));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    async fn at(&mut self, second: u64) -> Result<ControlFlow<Exit>, RunError> {
        let at = SimDuration::from_secs(second);
        let mut overrides = self.base.clone();
        overrides.interventions.push(format!("{at}: {}", self.found.action));
        let plan = match plan_of(&self.args.file, &overrides) {
            Ok(plan) => plan,
            Err(exit) => return Ok(ControlFlow::Break(exit)),
        };
        let document = runner::run(plan, None, Also::default(), self.interrupt).await?.document;
        if self.interrupt.happened() {
            output::error("interrupted");
            return Ok(ControlFlow::Break(Exit::Interrupted));
        }
        let tried = judged(&document, &self.found.service, Some(SimTime::ZERO + at));
        self.found.tried.insert(second, tried);
        Ok(ControlFlow::Continue(()))
    }
}

fn to_value(found: &Found) -> Value {
    let seconds = |second: u64| Decimal::seconds(SimDuration::from_secs(second)).to_json();
    let tried =
        |tried: &Tried| json!({ "met": tried.met, "refused": tried.refused, "measured": tried.measured });
    let at = |(at, of): (&u64, &Tried)| {
        let mut value = tried(of);
        value["at_s"] = seconds(*at);
        value
    };
    json!({
        "service": found.service,
        "action": found.action,
        "objectives": found.objectives,
        "without": tried(&found.without),
        "tried": found.tried.iter().map(at).collect::<Vec<_>>(),
        "last_s": found.last().map(seconds),
        "too_late_s": found.too_late().map(seconds),
        "monotone": found.gap().is_none(),
    })
}
