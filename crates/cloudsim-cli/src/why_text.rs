//! Whys for people: the way of an `apply` leg by leg, the life of a pod and the decision about its node.
//!
//! Colour only repeats what characters say.

mod commit;
mod request;

use crate::commands::inevitable::{Found, Tried};
use crate::look::{Look, broken, columns_of, line_of, padded, widest};
use crate::sched_text::{self, Detail};
use cloudsim::why::{
    Became, Chosen, Destination, Leg, Moment, Owner, Part, PodStory, PodWay, Waits, Way, Where,
};
use cloudsim_measures::draw::Colour;
use cloudsim_measures::{
    InterventionMark, ObjectiveMeasure, Outage, RunDocument, ServiceMeasures, instant, phases, span, words,
};
use cloudsim_records::{Decimal, PodReason, PodState};
use cloudsim_scenario::printable;
use cloudsim_units::{SimDuration, SimTime};
pub(crate) use commit::commit;
pub(crate) use request::request;
use std::collections::BTreeSet;

/// So many moments of a life are shown at its beginning, and at its end, when folded.
const MOMENTS: usize = 8;

/// Where pods go: a word for programs, and the service that leads to them.
pub(crate) fn destination(destination: &Destination) -> (&'static str, Option<&str>) {
    match destination {
        Destination::Ready => ("Ready", None),
        Destination::Endpoints(service) => ("Endpoints", Some(service)),
        Destination::Targets(service) => ("Targets", Some(service)),
    }
}

// ---- the way back of a service

/// What broke a service and what brought it back: each record with what was waited for until it, by which rule.
pub(crate) fn service(
    service: &ServiceMeasures,
    outages: &[&Outage],
    document: &RunDocument,
    look: Look,
) -> String {
    let mut out = String::new();
    let name = printable(&service.name);
    if outages.is_empty() {
        heading(&mut out, &look.paint(Colour::Green, "✓"), &format!("{name} was not away"), look);
    }
    for (place, outage) in outages.iter().enumerate() {
        if place > 0 {
            line_of(&mut out, "");
        }
        let to = outage.restored.unwrap_or(document.reached);
        let away = span(to.since(outage.started));
        let head = match outage.restored {
            Some(_) => {
                format!("{name} was away for {away}, from {} to {}", instant(outage.started), instant(to))
            }
            None => format!(
                "{name} is away since {}, and was not restored by {}",
                instant(outage.started),
                instant(to)
            ),
        };
        heading(&mut out, &look.paint(Colour::Red, "✗"), &head, look);
        let fault = outage.fault.as_ref().and_then(|name| document.faults.iter().find(|of| of.name == *name));
        let began = match fault {
            Some(of) => format!(
                "it counts from {} at {}: {} of {} (record {} FaultStarted)",
                printable(&of.name),
                instant(of.started),
                of.kind,
                printable(&of.target),
                of.record
            ),
            None => "no fault is behind it".to_owned(),
        };
        paragraph(&mut out, 2, &began, look);
        if let Some(done) = operated_before(document, outage).filter(|_| fault.is_none()) {
            let (verb, target) = (done.action.word(), printable(&done.target));
            let before = format!(
                "the last before it that an operator did: {verb} of {target} at {} (record {} Intervened)",
                instant(done.at),
                done.record
            );
            paragraph(&mut out, 2, &before, look);
        }
        chain(&mut out, outage, look);
    }
    out
}

/// The last that an operator did before the end of the second in which an outage begins: seconds are counted whole.
fn operated_before<'a>(document: &'a RunDocument, outage: &Outage) -> Option<&'a InterventionMark> {
    let until = outage.started + SimDuration::from_secs(1);
    let done = document.lanes.interventions.iter().rev();
    done.filter(|done| done.refusal.is_none()).find(|done| done.at <= until)
}

// ---- until when something could have been done

/// An objective as it is asked about: `RTO ≤ 2m`.
pub(crate) fn objective(objective: &ObjectiveMeasure) -> String {
    format!("{} {}", objective.label, words::limit(objective.target))
}

/// Until when an action would still have met the objectives of a service.
pub(crate) fn inevitable(found: &Found, look: Look) -> String {
    let mut out = String::new();
    let at = |second: u64| instant(SimTime::from_secs(second));
    let (service, action) = (printable(&found.service), printable(&found.action));
    let answer = match (found.without.met, found.last(), found.too_late()) {
        (true, ..) => format!("{service} needs no `{action}`: its objectives are met without it"),
        (false, None, _) => {
            format!("`{action}` would not have met the objectives of {service} at any time that was tried")
        }
        (false, Some(last), None) => {
            format!(
                "`{action}` would have met the objectives of {service} at {} still, the last time that was tried",
                at(last)
            )
        }
        (false, Some(last), Some(late)) => {
            format!(
                "{service} was beyond `{action}` from {} on: at {} it would still have met the objectives",
                at(late),
                at(last)
            )
        }
    };
    heading(&mut out, &look.paint(Colour::Bold, "●"), &answer, look);
    if let Some(gap) = found.gap() {
        let told =
            format!("the effect is not monotone: at {} it would not have, although later it would", at(gap));
        paragraph(&mut out, 2, &told, look);
    }
    line_of(&mut out, "");
    let row = |when: String, tried: &Tried| {
        let mark = if tried.met { "✓" } else { "✗" };
        let mut told: Vec<String> = found
            .objectives
            .iter()
            .zip(&tried.measured)
            .map(|(of, measured)| format!("{of}: {measured}"))
            .collect();
        told.extend(tried.refused.as_ref().map(|refused| format!("refused: {refused}")));
        (mark, when, told.join(" · "))
    };
    let rows: Vec<_> = std::iter::once(row("without it".to_owned(), &found.without))
        .chain(found.tried.iter().map(|(second, tried)| row(at(*second), tried)))
        .collect();
    let width = widest(rows.iter().map(|(_, when, _)| when));
    for (mark, when, told) in rows {
        let colour = if mark == "✓" { Colour::Green } else { Colour::Red };
        look.lines(&mut out, &look.paint(colour, mark), &[(when, width)], &told);
    }
    out
}

fn chain(out: &mut String, outage: &Outage, look: Look) {
    let texts = outage.phases.iter().map(|phase| [instant(phase.to), span(phase.span()), phase.name.clone()]);
    let texts: Vec<[String; 3]> = texts.collect();
    let width = |column: usize| widest(texts.iter().map(move |texts| &texts[column]));
    let widths = [width(0), width(1), width(2)];
    for (phase, texts) in outage.phases.iter().zip(texts) {
        let columns: Vec<(String, usize)> = texts.into_iter().zip(widths).collect();
        line_of(out, "");
        let told = match &phase.ended_by {
            Some(by) => {
                let detail = if by.detail.is_empty() {
                    String::new()
                } else {
                    format!(" ({})", printable(&by.detail))
                };
                format!("{} {}{detail}", printable(&by.subject), by.what)
            }
            None if phase.name == "confirm" => "enough requests are answered well from here on".to_owned(),
            None if phase.name == "unstable" => {
                "it was good for a while, until another fault struck".to_owned()
            }
            None => "the run ends".to_owned(),
        };
        look.lines(out, " ", &columns, &told);
        paragraph(out, 6, phases::rule(&phase.name), look);
        if let Some(setting) = &phase.setting {
            let value = phase.value.as_deref().unwrap_or("?");
            let default = match phase.default.as_deref() {
                Some(default) if default == value => " (default)".to_owned(),
                Some(default) => format!(" (default {})", printable(default)),
                None => String::new(),
            };
            paragraph(out, 6, &format!("setting {} {}{default}", printable(setting), printable(value)), look);
        }
        for decider in &phase.deciders {
            let told = format!("decided by {} {}", printable(&decider.name), printable(&decider.told()));
            paragraph(out, 6, &told, look);
        }
        if let Some(by) = &phase.ended_by {
            paragraph(out, 6, &format!("record {} {}", by.record, by.kind), look);
        }
    }
}

// ---- the way of an `apply`

/// The way of a `kubectl apply`.
pub(crate) fn apply(way: &Way, look: Look) -> String {
    let mut out = String::new();
    let all = way.arrived >= way.wanted;
    let mark = if all { look.paint(Colour::Green, "✓") } else { look.paint(Colour::Red, "✗") };
    let head = format!(
        "kubectl apply of {} {} at {}, cluster {}, Kubernetes {}",
        way.kind,
        printable(&way.name),
        instant(way.applied),
        printable(&way.cluster),
        way.version
    );
    heading(&mut out, &mark, &head, look);
    paragraph(&mut out, 2, &summary(way), look);
    let width = columns(way);
    let mut owners = Vec::new();
    section(&mut out, "the object", look);
    legs(&mut out, &way.object, (way.applied, None), &mut owners, (width, look));
    let rest = [(way.first.as_ref(), "first"), (way.last.as_ref(), "last")];
    for (pod, which) in rest.into_iter().filter_map(|(pod, which)| Some((pod?, which))) {
        section(&mut out, &pod_title(pod, which, way), look);
        legs(&mut out, &pod.legs, (way.applied, pod.chosen.as_ref()), &mut owners, (width, look));
        let told = |waits: &&String| !pod.legs.last().is_some_and(|leg| leg.what.contains(waits.as_str()));
        if let Some(waits) = pod.waits.as_ref().filter(told) {
            paragraph(&mut out, 2, &format!("it waits for a node: {}", printable(waits)), look);
        }
    }
    legend(&mut out, &owners, look);
    section(&mut out, "not modelled", look);
    for line in &way.not_modelled {
        look.lines(&mut out, "·", &[], line);
    }
    out
}

/// The rules that steps of these kinds follow, each kind once.
fn rules<K: Ord>(
    out: &mut String,
    kinds: impl Iterator<Item = K>,
    told: impl Fn(K) -> (&'static str, &'static str),
    look: Look,
) {
    section(out, "by which rules", look);
    let rules: Vec<_> = kinds.collect::<BTreeSet<K>>().into_iter().map(told).collect();
    let width = rules.iter().map(|(word, _)| columns_of(word)).max().unwrap_or(0);
    for (word, rule) in rules {
        look.lines(out, " ", &[(word.to_owned(), width)], rule);
    }
}

/// What the lengths come from, by the numbers that stand behind what takes so long.
fn legend(out: &mut String, owners: &[Owner], look: Look) {
    section(out, "where the times come from", look);
    let numbers: Vec<String> = (1..=owners.len()).map(|number| format!("[{number}]")).collect();
    let width = numbers.iter().map(|number| columns_of(number)).max().unwrap_or(0);
    for (owner, number) in owners.iter().zip(numbers) {
        let what = format!("{} {}", printable(&owner.name), printable(&owner.value));
        look.lines(out, " ", &[(number, width)], &what);
    }
    let legend = "Paths are settings of the scenario, which --set changes; words in capitals are constants of the model, each \
                  with its source in the limits.rs of its crate. What they leave open is drawn by the seed.";
    paragraph(out, 2, legend, look);
}

/// What happens, with the numbers of what its length comes from; what is new is added to `owners`.
fn owned(what: String, of: &[Owner], took: SimDuration, owners: &mut Vec<Owner>) -> String {
    // What took no time comes from nothing.
    let mut numbers = Vec::new();
    for owner in of.iter().filter(|_| !took.is_zero()) {
        let known = owners.iter().position(|other| other == owner);
        let place = known.unwrap_or_else(|| {
            owners.push(owner.clone());
            owners.len() - 1
        });
        numbers.push((place + 1).to_string());
    }
    if numbers.is_empty() { what } else { format!("{what} [{}]", numbers.join(",")) }
}

fn summary(way: &Way) -> String {
    let Way { wanted, arrived, .. } = way;
    let pods = if *wanted == 1 { "its pod".to_owned() } else { format!("{wanted} pods") };
    let where_to = match &way.destination {
        Destination::Ready => "ready (no service leads there)".to_owned(),
        Destination::Endpoints(service) => {
            format!("ready and behind service {} (no load balancer leads there)", printable(service))
        }
        Destination::Targets(service) => {
            format!("ready and healthy targets behind service {}", printable(service))
        }
    };
    let after = |pod: &PodWay| span(pod.until().since(way.applied));
    match (&way.first, &way.last) {
        (None, _) if way.api_is_silent => "no pod was made: no API server answers".to_owned(),
        (None, _) => "no pod was made".to_owned(),
        (Some(first), last) if arrived >= wanted => {
            let last = last.as_ref().map(|last| format!(", the last after {}", after(last)));
            let which = if last.is_some() { "the first after " } else { "after " };
            format!("{pods}, {where_to}: {which}{}{}", after(first), last.unwrap_or_default())
        }
        (Some(first), _) => {
            let first =
                if *arrived > 0 { format!(": the first after {}", after(first)) } else { String::new() };
            let left = wanted - arrived;
            let are = if left == 1 { "is" } else { "are" };
            let silent = if way.api_is_silent { ", and no API server answers" } else { "" };
            format!("{arrived} of {pods} {where_to}{first}; {left} {are} not when the run ends{silent}")
        }
    }
}

fn pod_title(pod: &PodWay, which: &str, way: &Way) -> String {
    let place = match (&pod.node, &pod.zone) {
        (Some(node), Some(zone)) => format!(" on {} in zone {}", printable(node), printable(zone)),
        (Some(node), None) => format!(" on {}", printable(node)),
        (None, _) => String::new(),
    };
    let of = if way.made > 1 { format!("the {which} of {} pods", way.made) } else { "the pod".to_owned() };
    let of = if pod.arrived { of } else { "a pod that did not arrive".to_owned() };
    format!("{of}: {}{place}", printable(&pod.pod))
}

/// The widths of the columns: since the beginning, how long, which part.
fn columns(way: &Way) -> [usize; 3] {
    let pods = way.first.iter().chain(&way.last).flat_map(|pod| &pod.legs);
    let mut widths = [0; 3];
    for leg in way.object.iter().chain(pods) {
        for (width, text) in widths.iter_mut().zip(cells(leg, way.applied)) {
            *width = (*width).max(columns_of(&text));
        }
    }
    widths
}

fn cells(leg: &Leg, applied: SimTime) -> [String; 3] {
    let took = if leg.took().is_zero() { String::new() } else { span(leg.took()) };
    let since = Decimal::fixed(i128::from(leg.until.since(applied).as_nanos() / 1_000_000), 3);
    [format!("+{since}s"), took, leg.part.name().to_owned()]
}

/// Legs, with the numbers of what their lengths come from; what is new is added to `owners`.
fn legs(
    out: &mut String,
    legs: &[Leg],
    (applied, chosen): (SimTime, Option<&Chosen>),
    owners: &mut Vec<Owner>,
    (widths, look): ([usize; 3], Look),
) {
    for leg in legs {
        let [at, took, part] = cells(leg, applied);
        let right = |text: &str, width: usize| format!("{text:>width$}");
        let columns =
            [(right(&at, widths[0]), widths[0]), (right(&took, widths[1]), widths[1]), (part, widths[2])];
        let mut what = printable(&leg.what);
        if let Some(chosen) = chosen.filter(|chosen| leg.part == Part::Scheduler && leg.until == chosen.at) {
            what = format!("{what}: {}", chosen_text(chosen));
        }
        let what = owned(what, &leg.owners, leg.took(), owners);
        look.lines(out, " ", &columns, &what);
    }
}

fn chosen_text(chosen: &Chosen) -> String {
    let Chosen { nodes, feasible, score, best, node, .. } = chosen;
    let node = printable(node);
    match (score, best) {
        (None, _) => format!("{node}, the only one of {nodes} nodes that can take it"),
        (Some(score), 1) => {
            format!("{feasible} of {nodes} nodes can take it, {node} has the best score, {score}")
        }
        (Some(score), best) => format!(
            "{feasible} of {nodes} nodes can take it, {best} share the best score, {score}; {node} is drawn among them"
        ),
    }
}

// ---- a pod

/// Why a pod is where it is, or waits.
pub(crate) fn pod(story: &PodStory, now: SimTime, detail: Detail, look: Look) -> String {
    let mut out = String::new();
    let owner = story.owner.as_ref().map(|owner| format!(" of {}", printable(owner))).unwrap_or_default();
    let place = match (&story.node, &story.zone) {
        (Some(node), Some(zone)) => format!(", on {} in zone {}", printable(node), printable(zone)),
        (Some(node), None) => format!(", on {}", printable(node)),
        (None, _) => String::new(),
    };
    let mark = match (story.node.is_some(), story.ready, story.status.as_str()) {
        (true, true, "Running") | (true, _, "Completed") => look.paint(Colour::Green, "✓"),
        (true, ..) => look.paint(Colour::Yellow, "~"),
        (false, ..) => look.paint(Colour::Red, "✗"),
    };
    let ready = if story.status == "Running" && !story.ready { ", not ready" } else { "" };
    let (name, status) = (printable(&story.pod), &story.status);
    let head = format!("pod {name}{owner} at {}: {status}{ready}{place}", instant(now));
    heading(&mut out, &mark, &head, look);
    if let Some(waits) = &story.waits {
        for line in waiting(waits, now, story.decision.is_some()) {
            paragraph(&mut out, 2, &line, look);
        }
    }
    life(&mut out, story, detail, look);
    let Some(attempted) = &story.decision else {
        if story.node.is_some() {
            section(&mut out, "why there", look);
            let text = "the scenario says that it runs there at the start; the scheduler was never asked";
            paragraph(&mut out, 2, text, look);
        }
        return out;
    };
    let title = match &story.node {
        Some(node) => format!("why {}", printable(node)),
        None => "why no node".to_owned(),
    };
    let when = match (story.from_the_start, attempted.at == SimTime::ZERO) {
        (true, true) => "before the run began".to_owned(),
        _ => format!("at {}", instant(attempted.at)),
    };
    section(&mut out, &title, look);
    let decided = attempted.case.decide();
    let drawn = match &story.node {
        Some(node) if decided.best().len() > 1 => {
            format!("; {} nodes were the best, and {} was drawn", decided.best().len(), printable(node))
        }
        _ => String::new(),
    };
    let text = format!(
        "attempt {}, {when}{drawn}. Decided once more from the cluster as the scheduler knew it then:",
        attempted.attempt
    );
    paragraph(&mut out, 2, &text, look);
    line_of(&mut out, "");
    out.push_str(&sched_text::case(&attempted.case, &decided, detail, look));
    if decided.not_looked_at() > 0 {
        let text = format!("{} nodes were not looked at: enough others can take it", decided.not_looked_at());
        paragraph(&mut out, 2, &text, look);
    }
    out
}

/// Why and how a pod waits; what its condition says is left out where it is told below.
fn waiting(waits: &Waits, now: SimTime, told_below: bool) -> Vec<String> {
    let since = format!(
        "it has waited for a node since {}, for {}",
        instant(waits.since),
        span(now.since(waits.since))
    );
    let times = match waits.attempts {
        0 => "never tried so far".to_owned(),
        1 => "tried once".to_owned(),
        times => format!("tried {times} times"),
    };
    let mut lines = vec![format!("{since}; {times}")];
    let queue = match waits.place {
        Where::Active => "queue active: it is tried as soon as its turn comes".to_owned(),
        Where::Backoff { until } => format!(
            "queue backoff: something happened that may help it, but it has just failed; it is tried again at {}",
            instant(until)
        ),
        Where::Unschedulable { until } => format!(
            "queue unschedulable: nothing has happened since that may help it; it is tried again at {} all the same",
            instant(until)
        ),
        Where::Gated => "queue gated: it may not be tried yet".to_owned(),
        Where::Chosen => "its node is chosen; the API server has not stored the binding yet".to_owned(),
        Where::Unserved => {
            "no scheduler serves it: its schedulerName is not that of the cluster's".to_owned()
        }
    };
    lines.push(queue);
    lines.extend(waits.gate.as_ref().map(|gate| format!("its gate: {}", printable(gate))));
    if !waits.rejected_by.is_empty() {
        lines.push(format!("rejected by {}", printable(&waits.rejected_by.join(", "))));
    }
    lines.extend(waits.message.as_ref().filter(|_| !told_below).map(|message| printable(message)));
    let room = |node: &String| format!("room is being made for it on {}", printable(node));
    lines.extend(waits.nominated.as_ref().map(room));
    lines
}

fn life(out: &mut String, story: &PodStory, detail: Detail, look: Look) {
    section(out, "its life", look);
    let mut rows: Vec<(String, String)> = Vec::new();
    if story.from_the_start {
        let on = story.moments.iter().find_map(|moment| moment.node.as_ref()).or(story.node.as_ref());
        let on = on.map(|node| format!(", on {}", printable(node))).unwrap_or_default();
        rows.push((instant(story.made), format!("there when the run begins{on}")));
    }
    rows.extend(story.moments.iter().map(|moment| (instant(moment.at), moment_text(moment))));
    let width = rows.iter().map(|(at, _)| columns_of(at)).max().unwrap_or(0);
    let folded = detail == Detail::Folded && rows.len() > 2 * MOMENTS + 1;
    let count = rows.len();
    for (place, (at, what)) in rows.into_iter().enumerate() {
        if folded && (MOMENTS..count - MOMENTS).contains(&place) {
            if place == MOMENTS {
                paragraph(out, 4, &format!("… {} more; --all shows them", count - 2 * MOMENTS), look);
            }
            continue;
        }
        look.lines(out, " ", &[(padded(&at, width), width)], &what);
    }
}

fn moment_text(moment: &Moment) -> String {
    let on = moment.node.as_ref().map(|node| format!(" to {}", printable(node))).unwrap_or_default();
    let state = match &moment.became {
        Became::State(state) => *state,
        Became::Kept(budget) => {
            return format!("its node is to be emptied: {}", words::kept_by(&printable(budget)));
        }
        Became::Unschedulable(message) => return format!("fits nowhere: {}", printable(message)),
        Became::NotPulled { .. } => {
            let message = moment.became.message().unwrap_or_default();
            return format!("does not get its image {}", printable(&message));
        }
    };
    let what = match state {
        PodState::Pending => "made; it waits for a node".to_owned(),
        PodState::Scheduled => format!("bound{on}"),
        PodState::Pulled => "its images are on the node".to_owned(),
        PodState::Initialised => "its init containers have ended".to_owned(),
        PodState::Running => "its containers run".to_owned(),
        PodState::Ready => "ready".to_owned(),
        PodState::NotReady => "not ready".to_owned(),
        PodState::Terminating => "told to end".to_owned(),
        PodState::Gone => "gone from the API".to_owned(),
        PodState::Failed => "its containers failed".to_owned(),
        PodState::Succeeded => "its containers ended well".to_owned(),
        PodState::Released => "a volume that it waits for has left another node".to_owned(),
        PodState::Mounted => "its volumes are mounted".to_owned(),
        PodState::Lost => "dead; the API does not know yet".to_owned(),
    };
    let why = match moment.reason {
        PodReason::None => return what,
        PodReason::TaintEviction => "its node has a taint that it tolerates no longer",
        PodReason::MemoryPressure => "its node had too little memory for its pods",
        PodReason::Preemption => "the scheduler needs its room for a more important pod",
        PodReason::ScaledDown => "its workload wants fewer pods",
        PodReason::RolledOut => "its workload has another template",
        PodReason::Drained => "its node is being emptied",
        PodReason::Operator => "somebody deleted it",
        PodReason::NodeGone => "its node is gone",
        PodReason::NodeNotReady => "its node is not ready",
        PodReason::HostDied => "the host of its node died",
        PodReason::ProbeFailed => "a probe failed too often",
        PodReason::ProcessFailed => "its process ended with an error",
    };
    format!("{what}: {why}")
}

// ---- both

fn heading(out: &mut String, mark: &str, text: &str, look: Look) {
    let mut lines = broken(text, look.width.max(60) - 2).into_iter();
    line_of(out, &format!("{mark} {}", look.paint(Colour::Bold, &lines.next().unwrap_or_default())));
    for line in lines {
        line_of(out, &format!("  {}", look.paint(Colour::Bold, &line)));
    }
}

fn section(out: &mut String, title: &str, look: Look) {
    line_of(out, "");
    for line in broken(title, look.width.max(60)) {
        line_of(out, &look.paint(Colour::Bold, &line));
    }
}

fn paragraph(out: &mut String, indent: usize, text: &str, look: Look) {
    for line in broken(text, look.width.max(60) - indent) {
        line_of(out, &format!("{:indent$}{line}", ""));
    }
}
