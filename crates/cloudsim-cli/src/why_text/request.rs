//! A request for people: its end, then what was waited for, step by step.

use super::{heading, legend, owned, paragraph, rules, section};
use crate::look::{Look, widest};
use cloudsim::why::{Ended, RequestStep, RequestStory};
use cloudsim_measures::draw::Colour;
use cloudsim_measures::{instant, span};
use cloudsim_records::{Decimal, Outcome};
use cloudsim_scenario::printable;
use cloudsim_units::SimTime;

/// The path of a request, from its arrival to its end.
pub(crate) fn request(story: &RequestStory, look: Look) -> String {
    let mut out = String::new();
    let of = &story.finished;
    let mark = if of.outcome == Outcome::Ok {
        look.paint(Colour::Green, "✓")
    } else {
        look.paint(Colour::Red, "✗")
    };
    let head = format!(
        "request {} of {} arrived at {}: {}",
        of.request,
        printable(&story.class),
        instant(of.arrived),
        end(story)
    );
    heading(&mut out, &mark, &head, look);
    paragraph(&mut out, 2, &summary(story), look);
    let cells: Vec<[String; 4]> = story.steps.iter().map(|step| cells(step, of.arrived)).collect();
    let widths: Vec<usize> = (0..4).map(|column| widest(cells.iter().map(|row| &row[column]))).collect();
    let mut owners = Vec::new();
    let mut attempt = 0;
    for (step, row) in story.steps.iter().zip(cells) {
        if step.attempt != attempt {
            attempt = step.attempt;
            section(&mut out, &format!("try {attempt}"), look);
        }
        let [at, took, doing, place] = row;
        let right = |text: &str, width: usize| format!("{text:>width$}");
        let columns = [
            (right(&at, widths[0]), widths[0]),
            (right(&took, widths[1]), widths[1]),
            (doing, widths[2]),
            (place, widths[3]),
        ];
        let mut what = printable(&step.what);
        if let Some(ended) = step.ended {
            what = format!("{what}; {}", ended_by(ended));
        }
        look.lines(&mut out, " ", &columns, &owned(what, &step.owners, step.took(), &mut owners));
    }
    let kinds = story.steps.iter().map(|step| step.doing);
    rules(&mut out, kinds, |kind| (kind.word(), kind.rule()), look);
    legend(&mut out, &owners, look);
    out
}

/// What the client saw.
fn end(story: &RequestStory) -> String {
    let of = &story.finished;
    let after = span(story.ended.since(of.arrived));
    match of.outcome {
        Outcome::Error if of.code == 0 => format!("refused after {after}"),
        Outcome::Ok | Outcome::Error => format!("answered {} after {after}", of.code),
        Outcome::Timeout => format!("not answered in time, given up after {after}"),
        Outcome::Abandoned => format!("given up between two tries after {after}"),
        Outcome::Unfinished => format!("still under way when the run ends, after {after}"),
    }
}

fn summary(story: &RequestStory) -> String {
    let of = &story.finished;
    let mut told = vec![format!("client {}", printable(&story.client))];
    told.push(if of.tries == 1 { "1 try".to_owned() } else { format!("{} tries", of.tries) });
    if of.outcome != Outcome::Ok && of.outcome != Outcome::Unfinished {
        let zone = story.zone.as_ref().map(|zone| format!(" in zone {}", printable(zone)));
        told.push(format!("the last failed by {}{}", of.cause.word(), zone.unwrap_or_default()));
    }
    if !story.faults.is_empty() {
        told.push(format!("meanwhile {}", printable(&story.faults.join(", "))));
    }
    told.push(format!("record {} RequestFinished", story.record));
    told.join(" · ")
}

/// Since the arrival, how long, what and where.
fn cells(step: &RequestStep, arrived: SimTime) -> [String; 4] {
    let since = Decimal::fixed(i128::from(step.until.since(arrived).as_nanos() / 1_000), 6);
    let took = Decimal::fixed(i128::from(step.took().as_nanos() / 1_000), 3);
    let zone = step.zone.as_ref().map(|zone| format!(" ({})", printable(zone))).unwrap_or_default();
    let place = format!("{}{}{zone}", "· ".repeat(usize::from(step.depth)), printable(&step.at));
    [format!("+{since}s"), format!("{took}ms"), step.doing.word().to_owned(), place]
}

fn ended_by(ended: Ended) -> &'static str {
    match ended {
        Ended::ConnectTimeout => "no connection was made in time",
        Ended::QueryTimeout => "no answer came in time",
        Ended::CallTimeout => "whoever called gave up",
        Ended::BalancerTimeout => "the load balancer gave up",
        Ended::OutgoingTimeout => "the server gave up",
        Ended::Broken => "something broke",
        Ended::Horizon => "the run ended",
    }
}
