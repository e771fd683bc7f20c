//! `path`: whether one thing reaches another at a time, and what lets it pass or stops it.

use super::world::{answer_of, world_at};
use crate::args::{PathArgs, PathOutput};
use crate::look::Look;
use crate::runner::RunError;
use crate::tables::{document_text, escaped};
use crate::{Exit, output, path_text};
use cloudsim::path::{Cell, Direction, Extent, Hop, Matrix, Path, Verdict};
use cloudsim_measures::to_yaml;
use cloudsim_records::Decimal;
use cloudsim_units::Ratio;
use serde_json::{Value, json};

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
    let look = Look { colour, width: output::width() };
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
        let pairs = paused.matrix_ends().len().pow(2);
        if pairs > PAIRS_MAX {
            output::error(&format!("{pairs} pairs are more than {PAIRS_MAX}"));
            output::talk("hint: ask for one of them, as in `cloudsim path FILE internet frontend-alb`");
            return Ok(Exit::Invalid);
        }
        let matrix = paused.matrix();
        (path_text::matrix(&matrix, look), matrix_document(&matrix))
    };
    let (kind, answer) = document;
    let document = || answer_of(paused.plan(), paused.now(), kind, answer.clone());
    output::data(&match args.output {
        PathOutput::Text => text,
        PathOutput::Json => document_text(&document()),
        PathOutput::Yaml => escaped(&to_yaml(&document())),
    })?;
    Ok(Exit::Fine)
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
    Decimal::quotient(i128::from(ratio.as_billionths()), 1_000_000_000, 6).to_json()
}

fn matrix_document(matrix: &Matrix) -> (&'static str, Value) {
    let mut pairs = Vec::new();
    for (from, row) in matrix.ends.iter().zip(&matrix.cells) {
        for (column, cell) in matrix.columns.iter().zip(row) {
            let (reaches, stopped_by) = match cell {
                Cell::Unasked => continue,
                Cell::Absent => ("Absent", None),
                Cell::Asked { extent: Extent::All, stopped_by } => ("All", stopped_by.as_ref()),
                Cell::Asked { extent: Extent::Some, stopped_by } => ("Some", stopped_by.as_ref()),
                Cell::Asked { extent: Extent::None, stopped_by } => ("None", stopped_by.as_ref()),
            };
            pairs.push(json!({
                "from": from,
                "to": matrix.ends[column.end],
                "port": column.port,
                "reaches": reaches,
                "stopped_by": stopped_by.map(hop),
            }));
        }
    }
    let left_out = matrix.left_out.iter().map(|left| json!({ "name": left.name, "why": left.why }));
    let left_out: Vec<Value> = left_out.collect();
    ("PathMatrix", json!({ "ends": matrix.ends, "left_out": left_out, "pairs": pairs }))
}
