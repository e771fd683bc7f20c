//! Lines back to records.

use super::{Index, Origin, SCHEMA_VERSION};
use crate::Record;
use crate::field::{Field, Object};
use cloudsim_units::SimTime;
use serde_json::Value;
use std::fmt;

/// Why a line is no record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError(String);

impl LineError {
    pub(crate) fn new(what: String) -> Self {
        Self(what)
    }

    /// Nothing has the name that stands under a key.
    pub(crate) fn unnamed(key: &str, name: &str) -> Self {
        Self(format!("`{key}`: nothing is called `{}`", name.escape_debug()))
    }
}

impl fmt::Display for LineError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for LineError {}

/// Reads the lines of a run one by one, in their order, to the records that they were made of.
#[derive(Clone, Debug, Default)]
pub struct LineReader {
    origin: Option<Origin>,
    index: Index,
    /// When the last one happened.
    at: SimTime,
    next: u64,
    faults: usize,
    services: usize,
    over: bool,
}

impl LineReader {
    /// Has read nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Where the records come from; `None` before the first.
    #[must_use]
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// Whether the last record of the run was read.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Reads the next line.
    ///
    /// # Errors
    /// It is none, or not the next one of the run.
    pub fn read(&mut self, line: &[u8]) -> Result<(SimTime, u64, Record), LineError> {
        let line = serde_json::from_slice(line)
            .map_err(|problem| LineError(format!("it is no JSON object: {problem}")))?;
        self.read_object(&line)
    }

    /// The same of a line as an object.
    ///
    /// # Errors
    /// It is none, or not the next one of the run.
    pub fn read_object(&mut self, line: &Object) -> Result<(SimTime, u64, Record), LineError> {
        let kind: String = Field::take("kind", &self.index, line)?;
        let begins = kind == "RunStarted";
        if begins != (self.next == 0) || self.over {
            return Err(LineError("it is not the next record of one run".to_owned()));
        }
        if begins {
            check_version(line)?;
            let text = |key| String::take(key, &self.index, line);
            self.origin = Some(Origin { version: text("version")?, command: text("command")? });
            let classes = <Vec<String>>::take("classes", &self.index, line)?;
            self.index.learn_classes(classes);
        }
        self.index.foresee(line);
        let at = SimTime::take("at", &self.index, line)?;
        if at < self.at {
            return Err(LineError("it is earlier than the record before it".to_owned()));
        }
        let number = u64::take("number", &self.index, line)?;
        if number != self.next {
            return Err(LineError(format!("it is record {number} where {} comes next", self.next)));
        }
        let record = Record::take(&kind, &self.index, line)
            .ok_or_else(|| LineError(format!("no record is a `{}`", kind.escape_debug())))??;
        self.check(at, &record)?;
        self.index.observe(&record);
        self.at = at;
        self.next += 1;
        self.over = matches!(record, Record::RunEnded { .. });
        Ok((at, number, record))
    }
}

impl LineReader {
    /// What is told by its place is there.
    fn check(&mut self, at: SimTime, record: &Record) -> Result<(), LineError> {
        let fault = match record {
            Record::RunStarted(run) => {
                (self.faults, self.services) = (run.faults.len(), run.services.len());
                if run.entities.iter().zip(0..).any(|(entity, place)| entity.id.0 != place) {
                    return Err(LineError("`id` of an entity is not its place".to_owned()));
                }
                None
            }
            Record::FaultStarted { fault } | Record::FaultEnded { fault } => Some(*fault),
            Record::NodesLost(lost) => Some(lost.fault),
            Record::RecoveryPointChosen(point) => point.fault,
            Record::RequestFinished(request) if request.arrived > at => {
                return Err(LineError("`arrived_s` is later than `at_s`".to_owned()));
            }
            Record::BillDrawn(items) | Record::PaidOnce(items) => {
                let mut services = items.iter().flat_map(|item| &item.users).filter_map(|user| user.service);
                if services.any(|service| service as usize >= self.services) {
                    return Err(LineError("`service` is none of the run".to_owned()));
                }
                None
            }
            _ => None,
        };
        match fault {
            Some(fault) if fault as usize >= self.faults => {
                Err(LineError("`fault` is none of the run".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

/// Lines of another major version mean something else, those of a later minor one may have more, and earlier ones had not
/// all that names entities.
fn check_version(line: &Object) -> Result<(), LineError> {
    match line.get("schema_version").and_then(Value::as_str) {
        Some(SCHEMA_VERSION) => Ok(()),
        Some(other) => Err(LineError(format!(
            "its lines are of version {}, and this program reads {SCHEMA_VERSION}",
            other.escape_debug()
        ))),
        None => Err(LineError("it has no `schema_version`".to_owned())),
    }
}
