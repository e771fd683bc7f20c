//! `why FILE request/NUMBER`: what a client waited for, from the arrival of a request to its end.

use super::why::{instant, owner, refused};
use super::world::{answer_of, re_run};
use crate::args::{WhyArgs, WhyOutput};
use crate::look::Look;
use crate::runner::RunError;
use crate::tables::document_text;
use crate::why_text;
use crate::{Exit, output};
use cloudsim::why::{self, Ended, RequestStep, RequestStory, Told};
use cloudsim_records::{Decimal, Outcome};
use serde_json::{Value, json};

pub(super) async fn request(args: &WhyArgs, number: u64, look: Look) -> Result<Exit, RunError> {
    if !args.at.is_zero() {
        output::error("a request is meant by its number, at whatever time");
        output::talk("hint: leave out --at");
        return Ok(Exit::Invalid);
    }
    let found = re_run(
        &args.file,
        &args.changes,
        args.at,
        |plan| plan.duration,
        move |plan, interrupted| {
            let Told { run, told } = why::request(plan, plan.seed, number, interrupted);
            (run, told)
        },
    );
    let (plan, story) = match found.await? {
        Ok((plan, Ok(story))) => (plan, story),
        Ok((_, Err(problem))) => return Ok(refused(&problem)),
        Err(exit) => return Ok(exit),
    };
    output::data(&match args.output {
        WhyOutput::Text => why_text::request(&story, look),
        WhyOutput::Json => {
            let answer = answer_of(&plan, story.finished.arrived, "WhyRequest", document(&story));
            document_text(&answer)
        }
    })?;
    Ok(Exit::Fine)
}

fn document(story: &RequestStory) -> Value {
    let of = &story.finished;
    let is_over = of.outcome != Outcome::Unfinished;
    json!({
        "request": of.request,
        "class": story.class,
        "client": story.client,
        "arrived_s": instant(of.arrived),
        "ended_s": is_over.then(|| instant(story.ended)),
        "latency_s": is_over.then(|| Decimal::seconds(story.ended.since(of.arrived)).to_json()),
        "outcome": of.outcome.word(),
        "code": of.code,
        "cause": of.cause.word(),
        "zone": story.zone,
        "tries": of.tries,
        "hops": story.hops,
        "record": story.record,
        "faults": story.faults,
        "steps": story.steps.iter().map(step).collect::<Vec<_>>(),
    })
}

fn step(step: &RequestStep) -> Value {
    json!({
        "try": step.attempt,
        "depth": step.depth,
        "doing": step.doing.word(),
        "at": step.at,
        "zone": step.zone,
        "what": step.what,
        "from_s": instant(step.from),
        "until_s": instant(step.until),
        "ended": step.ended.map(Ended::word),
        "rule": step.doing.rule(),
        "owners": step.owners.iter().map(owner).collect::<Vec<_>>(),
    })
}
