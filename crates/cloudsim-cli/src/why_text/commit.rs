//! A commit for people: how it ends, then what became of it, and where it was whenever writes stopped.

use super::{heading, legend, owned, paragraph, rules, section};
use crate::look::{Look, columns_of, widest};
use cloudsim::why::{
    CommitAnswer, CommitClass, CommitCopy, CommitStep, CommitStory, Owner, to_the_millisecond,
};
use cloudsim_measures::draw::Colour;
use cloudsim_measures::{span, words};
use cloudsim_scenario::printable;
use cloudsim_units::{SimDuration, SimTime};

/// What became of a commit, or that none is lost.
pub(crate) fn commit(answer: &CommitAnswer, look: Look) -> String {
    let mut out = String::new();
    let database = printable(&answer.database);
    let Some(story) = &answer.story else {
        let head = format!("no acknowledged commit of {database} is lost");
        heading(&mut out, &look.paint(Colour::Green, "✓"), &head, look);
        paragraph(&mut out, 2, &all(answer), look);
        return out;
    };
    let (mark, verdict) = match story.class {
        CommitClass::AckedKept => (look.paint(Colour::Green, "✓"), "was acknowledged, and is kept"),
        CommitClass::AckedLost => (look.paint(Colour::Red, "✗"), "was acknowledged, and is lost"),
        CommitClass::UnackedKept => (look.paint(Colour::Yellow, "~"), "was never acknowledged, and is there"),
        CommitClass::UnackedGone => (look.paint(Colour::Yellow, "~"), "was never acknowledged, and is gone"),
    };
    heading(&mut out, &mark, &format!("commit {} of {database} {verdict}", story.number), look);
    paragraph(&mut out, 2, &summary(story), look);
    paragraph(&mut out, 2, &all(answer), look);
    let mut owners = Vec::new();
    section(&mut out, "what became of it", look);
    steps(&mut out, story, &mut owners, look);
    for step in story.steps.iter().filter(|step| !step.copies.is_empty()) {
        section(&mut out, &format!("where it was when writes stopped at {}", clock(step.at)), look);
        copies(&mut out, &step.copies, &mut owners, look);
    }
    let kinds = story.steps.iter().map(|step| step.happens);
    rules(&mut out, kinds, |kind| (kind.word(), kind.rule()), look);
    legend(&mut out, &owners, look);
    out
}

fn summary(story: &CommitStory) -> String {
    let after = |at: SimTime| span(at.since(story.written));
    let mut told = vec![format!("written at {}", clock(story.written))];
    told.extend(story.acknowledged.map(|at| format!("acknowledged {} later", after(at))));
    told.extend(story.gone.map(|at| format!("gone at {}", clock(at))));
    told.extend(story.request.map(|number| format!("request {number}")));
    if !story.faults.is_empty() {
        told.push(format!("since then {}", printable(&story.faults.join(", "))));
    }
    told.join(" · ")
}

/// How all commits of the database end.
fn all(answer: &CommitAnswer) -> String {
    let of = &answer.commits;
    let classes = [
        (of.acked_kept, "acknowledged and kept"),
        (of.acked_lost, "acknowledged and lost"),
        (of.unacked_kept, "never acknowledged, but there"),
        (of.unacked_gone, "never acknowledged, and gone"),
    ];
    let told = classes.iter().filter(|(commits, _)| *commits > 0);
    let told: Vec<String> =
        told.map(|(commits, class)| format!("{} {class}", words::count(*commits))).collect();
    let told = if told.is_empty() { "none".to_owned() } else { told.join(" · ") };
    format!("of all commits: {told} (record {} {})", answer.record.number, answer.record.kind)
}

fn steps(out: &mut String, story: &CommitStory, owners: &mut Vec<Owner>, look: Look) {
    let cells = story.steps.iter().map(|step| {
        let since = format!("+{}", span(step.at.since(story.written)));
        [clock(step.at), since, step.happens.word().to_owned(), place(step)]
    });
    let cells: Vec<[String; 4]> = cells.collect();
    let widths: Vec<usize> = (0..4).map(|column| widest(cells.iter().map(|row| &row[column]))).collect();
    for (step, row) in story.steps.iter().zip(cells) {
        let [at, since, happens, place] = row;
        let right = |text: &str, width: usize| format!("{text:>width$}");
        let columns = [
            (right(&at, widths[0]), widths[0]),
            (right(&since, widths[1]), widths[1]),
            (happens, widths[2]),
            (place, widths[3]),
        ];
        let mut what = numbered(printable(&step.what), &step.owners, owners);
        if let Some(record) = &step.record {
            what = format!("{what} (record {} {})", record.number, record.kind);
        }
        look.lines(out, " ", &columns, &what);
    }
}

fn place(step: &CommitStep) -> String {
    let zone = step.zone.as_ref().map(|zone| format!(" ({})", printable(zone))).unwrap_or_default();
    format!("{}{zone}", printable(&step.place))
}

fn copies(out: &mut String, copies: &[CommitCopy], owners: &mut Vec<Owner>, look: Look) {
    let called = |copy: &CommitCopy| copy.name.as_deref().map(printable).unwrap_or_default();
    let names: Vec<String> = copies.iter().map(called).collect();
    let kinds = copies.iter().map(|copy| columns_of(copy.kind.word())).max().unwrap_or(0);
    let width = widest(names.iter());
    for (copy, name) in copies.iter().zip(names) {
        let mark = match copy.has {
            Some(true) => look.paint(Colour::Green, "✓"),
            Some(false) => look.paint(Colour::Red, "✗"),
            None => "?".to_owned(),
        };
        let columns = [(copy.kind.word().to_owned(), kinds), (name, width)];
        look.lines(out, &mark, &columns, &numbered(printable(&copy.what), &copy.owners, owners));
    }
}

/// With the numbers of what it comes from, however long it takes.
fn numbered(what: String, of: &[Owner], owners: &mut Vec<Owner>) -> String {
    owned(what, of, SimDuration::MAX, owners)
}

fn clock(at: SimTime) -> String {
    to_the_millisecond(at.since(SimTime::ZERO))
}
