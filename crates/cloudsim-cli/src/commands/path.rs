//! `path`: whether one thing reaches another at a time, and what lets it pass or stops it.

use super::world::world_at;
use crate::args::{PathArgs, PathOutput};
use crate::runner::RunError;
use crate::tables::{escaped, number};
use crate::{Exit, output, path_text};
use cloudsim::Paused;
use cloudsim::path::{Direction, Extent, Hop, Matrix, Path, Verdict};
use cloudsim_measures::{SCHEMA_VERSION, to_yaml};
use cloudsim_records::Decimal;
use cloudsim_scenario::plan::Plan;
use cloudsim_units::Ratio;
use serde_json::{Map, Value, json};

/// A matrix has at most so many pairs.
///
/// Measured: 40,000 take a second and 180 MB as JSON, built for tests on two cores.
const PAIRS_MAX: usize = 40_000;

pub(crate) async fn path(args: PathArgs) -> Result<Exit, RunError> {
    let paused = match world_at(&args.file, &args.changes, args.at).await? {
        Ok(paused) => paused,
        Err(exit) => return Ok(exit),
    };
    let colour = output::wants_colour(&std::io::stdout());
    let look = path_text::Look { colour, width: output::width() };
    let (text, document) = if let (Some(from), Some(to)) = (&args.from, &args.to) {
        match paused.path(from, to) {
            Ok(path) => (path_text::path(&path, look), path_document(&path)),
            Err(problem) => {
                output::error(&problem.to_string());
                if let Some(hint) = &problem.hint {
                    output::talk(&format!("hint: {hint}"));
                }
                return Ok(Exit::Invalid);
            }
        }
    } else {
        let pairs = pairs(paused.plan());
        if pairs > PAIRS_MAX {
            output::error(&format!("{pairs} pairs are more than {PAIRS_MAX}"));
            output::talk("hint: ask for one of them, as in `cloudsim path FILE internet frontend-alb`");
            return Ok(Exit::Invalid);
        }
        let matrix = paused.matrix();
        (path_text::matrix(&matrix, look), matrix_document(&matrix))
    };
    let document = || headed(&paused, &document);
    output::data(&match args.output {
        PathOutput::Text => text,
        PathOutput::Json => {
            escaped(&serde_json::to_string_pretty(&document()).expect("a tree is JSON")) + "\n"
        }
        PathOutput::Yaml => escaped(&to_yaml(&document())),
    })?;
    Ok(Exit::Fine)
}

/// How many pairs a matrix of a plan asks for.
fn pairs(plan: &Plan) -> usize {
    let inside = plan.load_balancers.len() + plan.auto_scaling_groups.len() + plan.databases.len();
    (inside + 1) * (inside + plan.endpoints.len() + 1)
}

/// An answer with what it was asked of, its kind first.
fn headed(paused: &Paused, (kind, answer): &(&str, Value)) -> Value {
    let plan = paused.plan();
    let mut document = json!({
        "kind": kind,
        "schema_version": SCHEMA_VERSION,
        "version": env!("CARGO_PKG_VERSION"),
        "scenario": plan.name,
        "seed": plan.seed,
        "overrides": plan.changes(),
        "at_s": number(Decimal::instant(paused.now())),
    });
    let answer = answer.as_object().cloned().unwrap_or_else(Map::new);
    document.as_object_mut().expect("it is one").extend(answer);
    document
}

fn path_document(path: &Path) -> (&'static str, Value) {
    let others = path.others.iter().map(|other| {
        json!({
            "from": other.from,
            "to": other.to,
            "zone": other.zone,
            "via": other.via,
            "reachable": other.share > Ratio::from_billionths(0),
            "source_ports": share(other.share),
            "stopped_by": other.stopped_by.as_ref().map(hop),
        })
    });
    let document = json!({
        "asked": { "from": path.asked.0, "to": path.asked.1 },
        "from": path.from,
        "to": path.to,
        "port": path.port,
        "via": path.via,
        "reachable": path.reachable(),
        "source_ports": share(path.share),
        "stopped_by": path.stopped_by().map(hop),
        "hops": path.hops.iter().map(hop).collect::<Vec<_>>(),
        "others": others.collect::<Vec<_>>(),
    });
    ("Path", document)
}

fn hop(hop: &Hop) -> Value {
    let direction = match hop.direction {
        Direction::There => "there",
        Direction::Back => "back",
    };
    let verdict = match hop.verdict {
        Verdict::Passes => "Passes",
        Verdict::PassesInPart => "PassesInPart",
        Verdict::Dropped => "Dropped",
        Verdict::Refused => "Refused",
    };
    json!({ "direction": direction, "at": hop.at, "by": hop.by, "verdict": verdict, "why": hop.why })
}

/// The share of source ports from which a connection is made.
fn share(ratio: Ratio) -> Value {
    number(Decimal::quotient(i128::from(ratio.as_billionths()), 1_000_000_000, 6))
}

fn matrix_document(matrix: &Matrix) -> (&'static str, Value) {
    let mut pairs = Vec::new();
    for (from, row) in matrix.from.iter().zip(&matrix.cells) {
        for (to, cell) in matrix.to.iter().zip(row) {
            for port in cell.iter().flat_map(|cell| &cell.ports) {
                let reaches = match port.extent {
                    Extent::All => "All",
                    Extent::Some => "Some",
                    Extent::None => "None",
                };
                pairs.push(json!({
                    "from": from,
                    "to": to,
                    "port": port.port,
                    "reaches": reaches,
                    "stopped_by": port.stopped_by.as_ref().map(hop),
                }));
            }
        }
    }
    ("PathMatrix", json!({ "pairs": pairs }))
}
