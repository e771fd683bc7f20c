//! `years`: what failures by their rates come to in a year.

use super::sweep::{Stops, at_once, ran};
use super::{loaded, refuse, repro};
use crate::args::{SettingArgs, SweepOutput, YearsArgs};
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::runner::RunError;
use crate::{Exit, output};
use cloudsim::{Answered, Run, answered};
use cloudsim_records::EndReason;
use cloudsim_scenario::Overrides;
use cloudsim_scenario::plan::{FailingThing, FaultKind, FaultSpec, ObjectiveKind, Plan};
use cloudsim_sweep::{
    Component, Effort, Episode, Estimates, FACTORS, FailureClass, Failures, Judged, Missed, Study,
    WorstEpisode, YearsDocument, YearsTextOptions,
};
use cloudsim_units::{Ratio, SimDuration, SimTime};
use std::collections::BTreeMap;
use std::sync::Arc;

/// So much longer a run goes on in which not all is as it was before once it should be.
///
/// Chosen: the longest restores and the last instances after a long outage are back by then (FS-09); what is not is taken to
/// stay so.
const GOES_ON: SimDuration = SimDuration::from_mins(8 * 60);

const WORST_MAX: usize = 3;

pub(crate) async fn years(args: YearsArgs) -> Result<Exit, RunError> {
    let overrides = Overrides { set: args.set.clone(), seed: args.seed, ..Overrides::default() };
    let mut plan = match loaded(&args.file, &overrides) {
        Ok(loaded) => loaded.plan,
        Err(exit) => return Ok(exit),
    };
    if plan.failures.is_empty() {
        return Ok(refuse("nothing in it fails", "say what does in `failures`"));
    }
    plan.faults.clear();
    plan.interventions.clear();
    plan.runbooks.clear();
    let (failures, things) = failing(&plan);
    if failures.is_overloaded() {
        let message = format!(
            "{:.1} things are down at a time in the mean: practically never all is well, and no year is made of episodes",
            failures.load()
        );
        return Ok(refuse(&message, "let less fail, more seldom or for shorter, in `failures`"));
    }
    let effort = Effort { runs: args.runs, years: args.years };
    let study = Study::new(failures, effort, plan.seed);
    let world = World { plan: Arc::new(plan), things };
    let interrupt = Interrupt::listen();
    let ended = world.run(&study, args.at_once.jobs(), &interrupt).await?;
    if interrupt.happened() {
        output::talk("interrupted: what some of the episodes cost is not known, and so nothing is said");
        return Ok(Exit::Interrupted);
    }
    if ended.first().is_some_and(|of| of.services.is_empty()) {
        return Ok(refuse("nothing in it is a service", "say what users see in `services`"));
    }
    let mut document = world.document(&study, &ended);
    if args.sensitivity {
        world.lasting(&study, &mut document.estimates, args.at_once.jobs(), &interrupt).await?;
        if interrupt.happened() {
            output::talk(
                "interrupted: how long failures last was not tried to the end, and so nothing is said",
            );
            return Ok(Exit::Interrupted);
        }
    }
    print(&document, &args)?;
    Ok(Exit::Fine)
}

/// What may fail, and by the places of its components what breaks then.
fn failing(plan: &Plan) -> (Failures, Vec<FaultKind>) {
    let (mut components, mut kinds) = (Vec::new(), Vec::new());
    for (class, failure) in plan.failures.iter().enumerate() {
        for FailingThing { name, kind } in &failure.things {
            let (name, per_year, lasts) = (name.clone(), failure.per_year, failure.lasts);
            components.push(Component { name, class, per_year, lasts });
            kinds.push(kind.clone());
        }
    }
    let classes = plan.failures.iter().map(|failure| failure.what.clone()).collect();
    (Failures { classes, components, settle: plan.assumptions.failures.settles }, kinds)
}

/// A world in which things may fail.
struct World {
    plan: Arc<Plan>,
    things: Vec<FaultKind>,
}

/// What an episode did to the services.
struct Ended {
    services: Vec<EndedService>,
    /// How long the run was.
    duration: SimDuration,
    /// Whether it had to go on until all was as before.
    went_on: bool,
    /// The failures that met nobody.
    missed: u64,
}

impl Ended {
    fn settled(&self) -> bool {
        self.services.iter().all(|service| service.settled)
    }
}

struct EndedService {
    name: String,
    /// What it answered before.
    steady: Ratio,
    /// How much longer it was lost than it would have been anyway.
    lost: SimDuration,
    /// Whether it answers as much in the end.
    settled: bool,
}

impl World {
    /// The world in which an episode happens.
    fn with(&self, study: &Study, episode: &Episode) -> Plan {
        let faults = episode.failures.iter().map(|failure| FaultSpec {
            name: study.failures().components[failure.component].name.clone(),
            kind: self.things[failure.component].clone(),
            at: SimTime::ZERO + self.begins() + failure.at,
            lasts: Some(failure.lasts),
        });
        Plan { faults: faults.collect(), duration: self.begins() + episode.length, ..Plan::clone(&self.plan) }
    }

    /// When an episode begins in its run.
    fn begins(&self) -> SimDuration {
        self.plan.assumptions.failures.begins
    }

    /// The seed of an episode's run.
    fn seed(&self, place: usize) -> u64 {
        self.plan.seed.wrapping_add(place as u64)
    }

    /// Runs the episodes of a study, so many at a time; what is left of them is in their order.
    async fn run(&self, study: &Study, jobs: usize, interrupt: &Interrupt) -> Result<Vec<Ended>, RunError> {
        let episodes: Vec<&Episode> = study.episodes().collect();
        let seeds: Vec<u64> = (0..episodes.len()).map(|place| self.seed(place)).collect();
        let horizons = episodes.iter().map(|episode| u128::from((self.begins() + episode.length).as_nanos()));
        let progress = Progress::of_runs(&self.plan.name, horizons.sum());
        let mut ended: BTreeMap<usize, Ended> = BTreeMap::new();
        let one = |place: usize, stops: Stops| {
            let (plan, seed) = (self.with(study, episodes[place]), seeds[place]);
            move || settled(plan, seed, stops)
        };
        let all = episodes.len() as u64;
        at_once(&seeds, jobs, (&progress, interrupt), one, |place, left| {
            ended.insert(place, left);
            progress.runs(ended.len() as u64, all);
            Ok(())
        })
        .await?;
        output::talk(&ran(ended.len() as u64, jobs, progress.done()));
        Ok(ended.into_values().collect())
    }

    /// Runs all again with the failures of each class in turn a third as long, and three times, on the same luck. Of a class of
    /// which too much would be down nothing is said.
    async fn lasting(
        &self,
        study: &Study,
        estimates: &mut Estimates,
        jobs: usize,
        interrupt: &Interrupt,
    ) -> Result<(), RunError> {
        for class in 0..study.failures().classes.len() {
            let failures = FACTORS.map(|factor| study.failures().lasting(class, factor));
            if failures.iter().any(Failures::is_overloaded) {
                continue;
            }
            output::talk(&format!(
                "{}: failures a third as long, then three times as long",
                output::quoted(&self.plan.failures[class].what)
            ));
            let mut ends = Vec::new();
            for failures in failures {
                let other = Study::new(failures, Effort { years: 0, ..study.effort() }, self.plan.seed);
                let ended = self.run(&other, jobs, interrupt).await?;
                if interrupt.happened() {
                    return Ok(());
                }
                ends.push(other.finish(&self.judged(&ended), &losses(&ended)));
            }
            estimates.lasting(class, &ends[0], &ends[1]);
        }
        Ok(())
    }

    fn judged(&self, ended: &[Ended]) -> Vec<Judged> {
        let judged = ended[0].services.iter().map(|service| Judged {
            name: service.name.clone(),
            steady: service.steady.complement(),
            objective: self.objective(&service.name),
        });
        judged.collect()
    }

    fn document(&self, study: &Study, ended: &[Ended]) -> YearsDocument {
        let (judged, losses) = (self.judged(ended), losses(ended));
        let failures: u64 = study.episodes().map(|episode| episode.failures.len() as u64).sum();
        YearsDocument {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: self.plan.name.clone(),
            overrides: self.plan.overrides.clone(),
            seed: self.plan.seed,
            classes: self
                .plan
                .failures
                .iter()
                .map(|failure| FailureClass {
                    what: failure.what.clone(),
                    things: failure.things.len(),
                    per_year: failure.per_year,
                    lasts: failure.lasts.to_string(),
                })
                .collect(),
            settle: study.failures().settle,
            effort: study.effort(),
            went_on: ended.iter().filter(|of| of.went_on).count() as u64,
            goes_on: GOES_ON,
            unsettled: ended.iter().filter(|of| !of.settled()).count() as u64,
            missed: Missed { failures: ended.iter().map(|of| of.missed).sum(), of: failures },
            estimates: study.finish(&judged, &losses),
            worst: self.worst(study, &judged, &losses, ended),
        }
    }

    /// The strictest availability that is asked of a service.
    fn objective(&self, name: &str) -> Option<Ratio> {
        let asked = self.plan.objectives.iter().filter(|objective| !objective.expect_breached);
        let asked = asked.filter_map(|objective| match &objective.kind {
            ObjectiveKind::Availability { service, at_least } => {
                (self.plan.measured_name(*service) == name).then_some(*at_least)
            }
            _ => None,
        });
        asked.max()
    }

    /// The run that cost each service most; those that cost it longest first.
    fn worst(
        &self,
        study: &Study,
        services: &[Judged],
        losses: &[Vec<SimDuration>],
        ended: &[Ended],
    ) -> Vec<WorstEpisode> {
        let episodes: Vec<&Episode> = study.episodes().collect();
        let mut worst: Vec<WorstEpisode> = Vec::new();
        for (at, service) in services.iter().enumerate() {
            // Of several the first, so that failures that come alone are before those that overlap.
            let most = (0..losses.len()).rev().max_by_key(|place| losses[*place][at]);
            let Some(place) = most.filter(|place| losses[*place][at] > SimDuration::ZERO) else { continue };
            let fault = |failure: &cloudsim_sweep::Failure| {
                let name = &study.failures().components[failure.component].name;
                format!("{name}@{}+{}", self.begins() + failure.at, failure.lasts)
            };
            worst.push(WorstEpisode {
                service: service.name.clone(),
                lost: losses[place][at],
                seed: self.seed(place),
                faults: episodes[place].failures.iter().map(fault).collect(),
                duration: ended[place].duration,
            });
        }
        worst.sort_by_key(|of| std::cmp::Reverse(of.lost));
        worst.truncate(WORST_MAX);
        worst
    }
}

/// How long each episode lost each service.
fn losses(ended: &[Ended]) -> Vec<Vec<SimDuration>> {
    ended.iter().map(|of| of.services.iter().map(|service| service.lost).collect()).collect()
}

/// Runs an episode until all is as it was before, or until that is given up.
fn settled(mut plan: Plan, seed: u64, mut stops: Stops) -> (Ended, Run) {
    let (ended, run) = happened(&answered(&plan, seed, &mut stops), &plan);
    if ended.settled() || run.reason == EndReason::Interrupted {
        return (ended, run);
    }
    plan.duration += GOES_ON;
    let (ended, run) = happened(&answered(&plan, seed, stops), &plan);
    (Ended { went_on: true, ..ended }, run)
}

/// What is left of an episode's run.
fn happened(of: &Answered, plan: &Plan) -> (Ended, Run) {
    let (from, until) = (SimTime::ZERO + plan.assumptions.failures.begins, SimTime::ZERO + plan.duration);
    // The instant of the first failure is past the steady state.
    let before = from.saturating_sub(SimDuration::from_nanos(1));
    let services = of.services.iter().map(|service| {
        let steady = service.share(before);
        let anyway = (until.since(from).as_secs_f64() * steady.complement().as_f64() * 1e9).round();
        EndedService {
            name: service.name.clone(),
            steady,
            lost: service.lost(from, until).saturating_sub(SimDuration::from_nanos_f64(anyway)),
            settled: service.share(until) >= steady,
        }
    });
    let ended = Ended {
        services: services.collect(),
        duration: plan.duration,
        went_on: false,
        missed: of.missed.len() as u64,
    };
    (ended, of.run.clone())
}

fn print(document: &YearsDocument, args: &YearsArgs) -> Result<(), RunError> {
    let command = |worst: &WorstEpisode| {
        let duration = format!("duration={}", worst.duration);
        let more =
            ["faults=[]".to_owned(), "interventions=[]".to_owned(), "runbooks=[]".to_owned(), duration];
        let settings = SettingArgs {
            set: args.set.clone(),
            fault: worst.faults.clone(),
            interventions: Vec::new(),
            // It has as many requests as it is long.
            allow_large: true,
        };
        repro(&args.file, &settings.words(worst.seed, &more, None))
    };
    let text = match args.output {
        SweepOutput::Json => document.to_json(),
        SweepOutput::Text => document.to_text(&YearsTextOptions {
            colour: output::wants_colour(&std::io::stdout()),
            width: output::width(),
            command: &command,
        }),
    };
    Ok(output::data(&text)?)
}
