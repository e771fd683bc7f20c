//! `why`: what led to something.

use super::world::{answer_of, re_run};
use super::{inevitable, why_commit, why_request, why_service};
use crate::args::{WhyArgs, WhyOutput};
use crate::look::Look;
use crate::output::quoted;
use crate::runner::RunError;
use crate::sched_text::Detail;
use crate::tables::document_text;
use crate::{Exit, output, why_text};
use cloudsim::Kind;
use cloudsim::why::{self, Chosen, Leg, Moment, Owner, PodStory, PodWay, Told, Waits, Way, WhichCommit};
use cloudsim_records::Decimal;
use cloudsim_scenario::printable;
use cloudsim_units::SimTime;
use serde_json::{Value, json};

/// The kinds of workloads, as they stand behind a namespace.
const WORKLOADS: [&str; 4] = ["deployment/", "statefulset/", "daemonset/", "replicaset/"];

/// What can be asked for.
enum Subject {
    /// What broke a service and what brought it back.
    Service(String),
    /// The way of a `kubectl apply` of a workload.
    Apply(String),
    /// Why a pod is where it is, or waits.
    Pod(String),
    /// The path of a request of that number.
    Request(u64),
    /// What became of a commit of a database; of the only one without a name.
    Commit(Option<String>, WhichCommit),
}

/// The forms of a subject, for who has typed none of them.
pub(super) const FORMS: &str = "a service by its name, apply/NAME, pod/NAME, request/NUMBER, commit/NUMBER or commit/lost; a \
                                namespace may stand before the name of a workload or pod, and a database before the number \
                                of a commit";

pub(crate) async fn why(args: WhyArgs) -> Result<Exit, RunError> {
    let look = Look { colour: output::wants_colour(&std::io::stdout()), width: output::width() };
    if let Some(service) = &args.when_inevitable {
        return inevitable::when(&args, service, look).await;
    }
    let typed = args.subject.as_deref().unwrap_or_default();
    let Some(subject) = subject(typed) else { return Ok(Exit::Invalid) };
    let detail = if args.all { Detail::Everything } else { Detail::Folded };
    let (file, changes, at) = (args.file.as_str(), &args.changes, args.at);
    let (plan, text, kind, document, asked_at) = match subject {
        Subject::Service(name) => return why_service::service(&args, &name, look).await,
        Subject::Request(number) => return why_request::request(&args, number, look).await,
        Subject::Commit(database, which) => {
            return why_commit::commit(&args, (database, which), look).await;
        }
        Subject::Apply(name) => {
            let found = re_run(
                file,
                changes,
                at,
                |plan| plan.duration,
                move |plan, interrupted| {
                    let Told { run, told } = why::apply(plan, plan.seed, &name, at, interrupted);
                    (run, told)
                },
            );
            let (plan, way) = match found.await? {
                Ok((plan, Ok(way))) => (plan, way),
                Ok((_, Err(problem))) => return Ok(refused(&problem)),
                Err(exit) => return Ok(exit),
            };
            let applied = way.applied;
            (plan, why_text::apply(&way, look), "WhyApply", apply_document(&way), applied)
        }
        Subject::Pod(name) => {
            let found = re_run(
                file,
                changes,
                at,
                |_| at,
                move |plan, interrupted| {
                    let Told { run, told } = why::pod(plan, plan.seed, &name, at, interrupted);
                    (run, told)
                },
            );
            let (plan, story) = match found.await? {
                Ok((plan, Ok(story))) => (plan, story),
                Ok((_, Err(problem))) => return Ok(refused(&problem)),
                Err(exit) => return Ok(exit),
            };
            let now = SimTime::ZERO + at;
            (plan, why_text::pod(&story, now, detail, look), "WhyPod", pod_document(&story), now)
        }
    };
    output::data(&match args.output {
        WhyOutput::Text => text,
        WhyOutput::Json => {
            let document = answer_of(&plan, asked_at, kind, document);
            document_text(&document)
        }
    })?;
    Ok(Exit::Fine)
}

/// Reads a service, which may stand by itself, or `KIND/NAME`; says what is wrong with it.
fn subject(typed: &str) -> Option<Subject> {
    let read = match typed.split_once('/') {
        None if !typed.is_empty() => Some(Subject::Service(typed.to_owned())),
        // A workload that nobody asks is a service by its namespace, kind and name.
        Some((_, rest)) if WORKLOADS.iter().any(|kind| rest.starts_with(kind)) => {
            Some(Subject::Service(typed.to_owned()))
        }
        Some(("service" | "services" | "svc", name)) if !name.is_empty() => {
            Some(Subject::Service(name.to_owned()))
        }
        Some(("request" | "requests", number)) => number.parse().ok().map(Subject::Request),
        Some(("commit" | "commits", rest)) => commit(rest),
        Some(("apply", name)) if !name.is_empty() => Some(Subject::Apply(name.to_owned())),
        Some((word, name))
            if Kind::of(word).is_some_and(|kind| kind.plural == "pods") && !name.is_empty() =>
        {
            Some(Subject::Pod(name.to_owned()))
        }
        _ => None,
    };
    if read.is_none() {
        output::error(&format!("{} is nothing that can be told of", quoted(typed)));
        output::talk(&format!("hint: what can be asked is {FORMS}"));
    }
    read
}

/// Reads `NUMBER` or `lost`, which may stand behind the name of a database.
fn commit(rest: &str) -> Option<Subject> {
    let (database, which) = match rest.rsplit_once('/') {
        Some((database, which)) => (Some(database.to_owned()), which),
        None => (None, rest),
    };
    let which = match which {
        "lost" => WhichCommit::FirstLost,
        number => WhichCommit::Number(number.parse().ok()?),
    };
    Some(Subject::Commit(database, which))
}

pub(super) fn refused(problem: &why::WhyProblem) -> Exit {
    output::error(&problem.to_string());
    if let Some(hint) = &problem.hint {
        output::talk(&format!("hint: {}", printable(hint)));
    }
    Exit::Invalid
}

pub(super) fn instant(at: SimTime) -> Value {
    Decimal::instant(at).to_json()
}

fn apply_document(way: &Way) -> Value {
    let (destination, service) = why_text::destination(&way.destination);
    let legs = |legs: &[Leg]| legs.iter().map(leg).collect::<Vec<_>>();
    let pod = |pod: &PodWay| {
        json!({
            "pod": pod.pod,
            "node": pod.node,
            "zone": pod.zone,
            "arrived": pod.arrived,
            "waits": pod.waits,
            "chosen": pod.chosen.as_ref().map(chosen),
            "legs": legs(&pod.legs),
        })
    };
    json!({
        "cluster": way.cluster,
        "cluster_version": way.version,
        "object": format!("{}/{}", way.kind, way.name),
        "pods": { "wanted": way.wanted, "made": way.made, "arrived": way.arrived },
        "destination": destination,
        "service": service,
        "legs": legs(&way.object),
        "first": way.first.as_ref().map(pod),
        "last": way.last.as_ref().map(pod),
        "api_is_silent": way.api_is_silent,
        "not_modelled": way.not_modelled,
    })
}

pub(super) fn owner(owner: &Owner) -> Value {
    let kind = if owner.is_setting { "Setting" } else { "Constant" };
    json!({ "kind": kind, "name": owner.name, "value": owner.value })
}

fn leg(leg: &Leg) -> Value {
    json!({
        "part": leg.part.name(),
        "what": leg.what,
        "from_s": instant(leg.from),
        "until_s": instant(leg.until),
        "owners": leg.owners.iter().map(owner).collect::<Vec<_>>(),
    })
}

fn chosen(chosen: &Chosen) -> Value {
    json!({
        "at_s": instant(chosen.at),
        "attempt": chosen.attempt,
        "nodes": chosen.nodes,
        "feasible": chosen.feasible,
        "score": chosen.score,
        "best": chosen.best,
        "node": chosen.node,
    })
}

fn pod_document(story: &PodStory) -> Value {
    let waits = |waits: &Waits| {
        json!({
            "queue": waits.place.queue(),
            "until_s": waits.place.until().map(instant),
            "since_s": instant(waits.since),
            "attempts": waits.attempts,
            "rejected_by": waits.rejected_by,
            "gate": waits.gate,
            "nominated_node": waits.nominated,
            "message": waits.message,
        })
    };
    let moment = |moment: &Moment| {
        json!({
            "at_s": instant(moment.at),
            "state": moment.became.word(),
            "reason": moment.reason.word(),
            "node": moment.node,
            "message": moment.became.message(),
        })
    };
    let decision = story.decision.as_ref().map(|attempted| {
        json!({
            "at_s": instant(attempted.at),
            "attempt": attempted.attempt,
            "node": story.node,
            "expect": attempted.case.decide().to_json(),
        })
    });
    json!({
        "cluster": story.cluster,
        "pod": story.pod,
        "owner": story.owner,
        "status": story.status,
        "ready": story.ready,
        "node": story.node,
        "zone": story.zone,
        "made_s": instant(story.made),
        "from_the_start": story.from_the_start,
        "waits": story.waits.as_ref().map(waits),
        "life": story.moments.iter().map(moment).collect::<Vec<_>>(),
        "decision": decision,
    })
}
