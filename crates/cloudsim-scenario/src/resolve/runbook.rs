//! Runbooks: what begins them, and what their steps do.

use super::{Context, Kind, instant};
use crate::place::At;
use crate::plan::{Begins, RunbookSpec, RunbookStepSpec};
use crate::spec;
use cloudsim_units::{DurationDistribution, SimDuration};
use cloudsim_world::{FaultId, HealthCheckId, InterventionId, RunbookId};

/// Steps that do something are the last of the interventions, in their order.
pub(super) fn runbooks(cx: &mut Context<'_>) -> Vec<RunbookSpec> {
    let timed = cx.interventions.iter().filter(|typed| typed.at.is_some()).count();
    let mut steps = (timed..).map(InterventionId::from_index);
    let all = cx.spec.runbooks.iter().enumerate();
    all.map(|(index, runbook)| {
        let at = cx.at("runbooks", index);
        let nobody = runbook.automatic == Some(true) || runbook.begins.is_none();
        let people = cx.assumed.people;
        let at_once = DurationDistribution::Constant(SimDuration::ZERO);
        let unless_nobody = |value| if nobody { at_once } else { value };
        RunbookSpec {
            name: cx.name(at, &runbook.name),
            begins: runbook.begins.as_ref().map(|begins| begun(cx, at.field("begins"), begins)),
            notice: cx.distribution_or(at, "notice", runbook.notice.as_ref(), unless_nobody(people.notice)),
            decide: cx.distribution_or(at, "decide", runbook.decide.as_ref(), unless_nobody(people.decide)),
            steps: runbook
                .steps
                .iter()
                .enumerate()
                .map(|(place, of)| {
                    let at = at.field("steps").item(place);
                    let does = of.action.as_ref().map(|_| steps.next().expect("there is no end of them"));
                    let hands = if runbook.automatic == Some(true) { at_once } else { people.hands };
                    step(cx, at, of, (does, hands))
                })
                .collect(),
        }
    })
    .collect()
}

fn begun(cx: &mut Context<'_>, at: At<'_>, begins: &spec::Begins) -> Begins {
    // A fault that could not be read may have had any name.
    let fault = |cx: &mut Context<'_>, name: &str| match cx.find(Kind::Fault, name) {
        None if cx.has_unread("faults") => FaultId(0),
        _ => FaultId::from_index(cx.reference(at.item(0).span(), Kind::Fault, name)),
    };
    let check = |cx: &mut Context<'_>, name: &str| {
        HealthCheckId::from_index(cx.reference(at.item(0).span(), Kind::HealthCheck, name))
    };
    match begins {
        spec::Begins::Fault(name) => Begins::Fault(fault(cx, name)),
        spec::Begins::FaultEnd(name) => Begins::FaultEnd(fault(cx, name)),
        spec::Begins::Unhealthy(name) => Begins::Unhealthy(check(cx, name)),
        spec::Begins::Healthy(name) => Begins::Healthy(check(cx, name)),
        spec::Begins::At(time) => Begins::At(instant(cx.span(at.item(0), time))),
    }
}

fn step(
    cx: &mut Context<'_>,
    at: At<'_>,
    of: &spec::RunbookStep,
    (does, hands): (Option<InterventionId>, DurationDistribution),
) -> RunbookStepSpec {
    RunbookStepSpec {
        name: cx.name(at, &of.name),
        does,
        takes: cx.distribution_or(at, "takes", of.takes.as_ref(), hands),
        waits: of.waits != Some(false),
        within: of.within.as_ref().map(|within| cx.span(at.field("within"), within)),
        otherwise: of.otherwise.as_ref().map(|name| {
            RunbookId::from_index(cx.reference(at.field("otherwise").span(), Kind::Runbook, name))
        }),
    }
}
