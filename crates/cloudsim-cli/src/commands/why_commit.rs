//! `why FILE commit/NUMBER` and `commit/lost`: what became of a write to a database, and why.

use super::why::{instant, owner, refused};
use super::world::{answer_of, re_run};
use crate::args::{WhyArgs, WhyOutput};
use crate::look::Look;
use crate::runner::RunError;
use crate::tables::document_text;
use crate::why_text;
use crate::{Exit, output};
use cloudsim::why::{self, ByRecord, CommitAnswer, CommitCopy, CommitStep, CommitStory, Told, WhichCommit};
use cloudsim_units::SimTime;
use serde_json::{Value, json};

pub(super) async fn commit(
    args: &WhyArgs,
    (database, which): (Option<String>, WhichCommit),
    look: Look,
) -> Result<Exit, RunError> {
    if !args.at.is_zero() {
        output::error("a commit is meant by its number, at whatever time");
        output::talk("hint: leave out --at");
        return Ok(Exit::Invalid);
    }
    let found = re_run(
        &args.file,
        &args.changes,
        args.at,
        |plan| plan.duration,
        move |plan, interrupted| {
            let asked = (database.as_deref(), which);
            let Told { run, told } = why::commit(plan, plan.seed, asked, interrupted);
            (run, told)
        },
    );
    let (plan, answer) = match found.await? {
        Ok((plan, Ok(answer))) => (plan, answer),
        Ok((_, Err(problem))) => return Ok(refused(&problem)),
        Err(exit) => return Ok(exit),
    };
    output::data(&match args.output {
        WhyOutput::Text => why_text::commit(&answer, look),
        WhyOutput::Json => {
            let at = answer.story.as_ref().map_or(SimTime::ZERO, |story| story.written);
            document_text(&answer_of(&plan, at, "WhyCommit", document(&answer)))
        }
    })?;
    Ok(Exit::Fine)
}

fn document(answer: &CommitAnswer) -> Value {
    let of = &answer.commits;
    json!({
        "database": answer.database,
        "commits": {
            "acked_kept": of.acked_kept,
            "acked_lost": of.acked_lost,
            "unacked_kept": of.unacked_kept,
            "unacked_gone": of.unacked_gone,
        },
        "record": by_record(&answer.record),
        "commit": answer.story.as_ref().map(story),
    })
}

fn by_record(record: &ByRecord) -> Value {
    json!({ "number": record.number, "kind": record.kind })
}

fn story(story: &CommitStory) -> Value {
    json!({
        "number": story.number,
        "class": story.class.word(),
        "written_s": instant(story.written),
        "durable_s": story.durable.map(instant),
        "acknowledged_s": story.acknowledged.map(instant),
        "gone_s": story.gone.map(instant),
        "request": story.request,
        "faults": story.faults,
        "steps": story.steps.iter().map(step).collect::<Vec<_>>(),
    })
}

fn step(step: &CommitStep) -> Value {
    json!({
        "at_s": instant(step.at),
        "happens": step.happens.word(),
        "place": step.place,
        "zone": step.zone,
        "what": step.what,
        "rule": step.happens.rule(),
        "record": step.record.as_ref().map(by_record),
        "owners": step.owners.iter().map(owner).collect::<Vec<_>>(),
        "copies": step.copies.iter().map(copy).collect::<Vec<_>>(),
    })
}

fn copy(copy: &CommitCopy) -> Value {
    json!({
        "kind": copy.kind.word(),
        "name": copy.name,
        "has": copy.has,
        "until_s": copy.until.map(instant),
        "what": copy.what,
        "owners": copy.owners.iter().map(owner).collect::<Vec<_>>(),
    })
}
