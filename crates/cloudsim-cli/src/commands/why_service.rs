//! `why FILE SERVICE`: the records behind each outage of a service, from what broke it to what brought it back.

use super::why::FORMS;
use super::world::{answer_of, is_within};
use super::{known, plan_of, refuse};
use crate::args::{WhyArgs, WhyOutput};
use crate::interrupt::Interrupt;
use crate::look::Look;
use crate::output::quoted;
use crate::runner::{self, Also, RunError};
use crate::tables::document_text;
use crate::{Exit, output, why_text};
use cloudsim_measures::{Decider, Evidence, Outage, Phase, RunDocument, ServiceMeasures, phases};
use cloudsim_records::Decimal;
use cloudsim_scenario::{nearest, printable};
use cloudsim_units::SimTime;
use serde_json::{Value, json};

pub(super) async fn service(args: &WhyArgs, name: &str, look: Look) -> Result<Exit, RunError> {
    let plan = match plan_of(&args.file, &args.changes.overrides()) {
        Ok(plan) => plan,
        Err(exit) => return Ok(exit),
    };
    if let Err(exit) = is_within(&plan, &args.file, args.at) {
        return Ok(exit);
    }
    let interrupt = Interrupt::listen();
    let mut document = runner::run(plan.clone(), None, Also::default(), &interrupt).await?.document;
    document.know(&known(&plan));
    if interrupt.happened() {
        output::error("interrupted");
        return Ok(Exit::Interrupted);
    }
    let service = match named(&document, name) {
        Ok(service) => service,
        Err(exit) => {
            output::talk(&format!("hint: what can be asked is {FORMS}"));
            return Ok(exit);
        }
    };
    let at = SimTime::ZERO + args.at;
    // Without a time all of them.
    let is_asked = |outage: &&Outage| {
        args.at.is_zero() || outage.started <= at && outage.restored.is_none_or(|restored| at < restored)
    };
    let outages: Vec<&Outage> = service.outages.iter().filter(is_asked).collect();
    output::data(&match args.output {
        WhyOutput::Text => why_text::service(service, &outages, &document, look),
        WhyOutput::Json => {
            let told = json!({
                "service": service.name,
                "outages": outages.iter().map(|of| outage(of)).collect::<Vec<_>>(),
            });
            let answer = answer_of(&plan, at, "WhyService", told);
            document_text(&answer)
        }
    })?;
    Ok(Exit::Fine)
}

/// The service or workload of a name; says which there are if there is none.
pub(super) fn named<'a>(document: &'a RunDocument, name: &str) -> Result<&'a ServiceMeasures, Exit> {
    let names = || document.services_and_workloads().map(|service| service.name.as_str());
    document.services_and_workloads().find(|service| service.name == name).ok_or_else(|| {
        let hint = match nearest(name, names()) {
            Some(near) => format!("did you mean `{}`?", printable(near)),
            None => format!("services are {}", printable(&names().collect::<Vec<_>>().join(", "))),
        };
        refuse(&format!("no service {}", quoted(name)), &hint)
    })
}

fn outage(outage: &Outage) -> Value {
    json!({
        "fault": outage.fault,
        "started_s": instant(outage.started),
        "restored_s": outage.restored.map(instant),
        "rto_s": outage.rto().map(|rto| Decimal::seconds(rto).to_json()),
        "chain": outage.phases.iter().map(link).collect::<Vec<_>>(),
    })
}

fn link(phase: &Phase) -> Value {
    json!({
        "phase": phase.name,
        "from_s": instant(phase.from),
        "to_s": instant(phase.to),
        "rule": phases::rule(&phase.name),
        "setting": phase.setting,
        "value": phase.value,
        "default": phase.default,
        "decided_by": phase.deciders.iter().map(decider).collect::<Vec<_>>(),
        "ended_by": phase.ended_by.as_ref().map(Evidence::to_value),
    })
}

fn decider(of: &Decider) -> Value {
    json!({ "name": of.name, "value": of.value, "default": of.default, "source": of.source })
}

fn instant(at: SimTime) -> Value {
    Decimal::instant(at).to_json()
}
