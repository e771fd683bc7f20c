//! A sweep that is cut into shards, for machines that do not know of each other: each runs some seeds, and leaves a part.

mod schema;

pub use schema::plan_schema;

use crate::journal::{seal, unseal};
use crate::manifest::Manifest;
use crate::tables::RunTables;
use cloudsim_measures::SCHEMA_VERSION;
use cloudsim_records::RunDigest;
use serde_json::{Value, json};

/// Of a plan's hash, so many digits stand in the names of parts.
const NAME_DIGITS: usize = 16;

/// A sweep with all that a machine needs to run a shard of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepPlan {
    /// What is swept, and in how many shards.
    pub shards: Shards,
    /// The files of the scenario, each after those that it includes: name and text.
    pub files: Vec<(String, String)>,
}

/// What all parts of a sweep have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shards {
    /// What is swept.
    pub manifest: Manifest,
    /// How many there are: at least one, and no more than seeds.
    pub count: u64,
    /// The hash of the plan.
    pub plan: RunDigest,
}

/// Why a text is not read as a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoPlan {
    /// It is something else.
    Other,
    /// It is not as it was written.
    Damaged,
    /// It was made by this version of the program.
    Version(String),
}

/// What a shard leaves: a line that says what it is, then the line of each run in their order.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// What it is a part of.
    pub shards: Shards,
    /// Which one, counted from 0.
    pub shard: u64,
    lines: &'a [u8],
}

/// A run of a part.
#[derive(Clone, Debug)]
pub struct PartRun<'a> {
    /// Its line.
    pub line: &'a str,
    /// What it says.
    pub tables: RunTables,
}

impl SweepPlan {
    /// A plan of so many shards.
    ///
    /// # Panics
    /// If there are none, or more than seeds.
    #[must_use]
    pub fn new(manifest: Manifest, files: Vec<(String, String)>, count: u64) -> Self {
        let seeds = manifest.info.until - manifest.info.from;
        assert!((1..=seeds).contains(&count), "each shard has a seed");
        let body = Shards { manifest, count, plan: RunDigest([0; 32]) };
        let plan = hash(&body.manifest.to_value(), &body.table(), &listed(&files));
        Self { shards: Shards { plan, ..body }, files }
    }

    /// The text of the file.
    #[must_use]
    pub fn to_json(&self) -> String {
        let value = json!({
            "kind": "SweepPlan",
            "schema_version": SCHEMA_VERSION,
            "hash": self.shards.plan.to_string(),
            "sweep": self.shards.manifest.to_value(),
            "shards": self.shards.table(),
            "files": listed(&self.files),
        });
        format!("{value:#}\n")
    }

    /// Reads what [`SweepPlan::to_json`] wrote in the same version of the program.
    ///
    /// # Errors
    /// It is anything else.
    pub fn from_json(text: &str, version: &str) -> Result<Self, NoPlan> {
        let value: Value = serde_json::from_str(text).map_err(|_| NoPlan::Other)?;
        if value["kind"] != "SweepPlan" {
            return Err(NoPlan::Other);
        }
        if hash(&value["sweep"], &value["shards"], &value["files"]).to_string() != value["hash"] {
            return Err(NoPlan::Damaged);
        }
        match value["sweep"]["version"].as_str() {
            Some(found) if found != version => return Err(NoPlan::Version(found.to_owned())),
            _ => {}
        }
        let read = || {
            let manifest = Manifest::from_value(&value["sweep"])?;
            let count = value["shards"].as_array()?.len() as u64;
            let file = |of: &Value| Some((of["name"].as_str()?.to_owned(), of["text"].as_str()?.to_owned()));
            let files = value["files"].as_array()?.iter().map(file).collect::<Option<Vec<_>>>()?;
            let seeds = manifest.info.until - manifest.info.from;
            let plan = (1..=seeds).contains(&count).then(|| Self::new(manifest, files, count))?;
            (plan.shards.table() == value["shards"]).then_some(plan)
        };
        read().ok_or(NoPlan::Damaged)
    }
}

impl Shards {
    /// What a shard is by itself: the sweep of its seeds. All points of a seed are in one shard.
    ///
    /// # Panics
    /// If there is no such shard.
    #[must_use]
    pub fn shard(&self, shard: u64) -> Manifest {
        assert!(shard < self.count, "a shard of the plan");
        let (from, until) = (self.manifest.info.from, self.manifest.info.until);
        let before = |shard: u64| {
            let seeds = u128::from(until - from) * u128::from(shard) / u128::from(self.count);
            from + u64::try_from(seeds).expect("no more than there are")
        };
        let mut manifest = self.manifest.clone();
        (manifest.info.from, manifest.info.until) = (before(shard), before(shard + 1));
        manifest
    }

    /// What the file of a shard's part is called.
    #[must_use]
    pub fn part_name(&self, shard: u64) -> String {
        let hash = self.plan.to_string();
        let digits = hash.trim_start_matches("blake3:");
        format!("part-{shard}-{}.jsonl", &digits[..NAME_DIGITS])
    }

    /// The first line of a shard's part.
    #[must_use]
    pub fn part_head(&self, shard: u64) -> String {
        let head = json!({
            "plan": self.plan.to_string(),
            "shard": shard,
            "shards": self.count,
            "sweep": self.manifest.to_value(),
        });
        seal("part", &head)
    }

    fn table(&self) -> Value {
        let row = |shard| {
            let info = self.shard(shard).info;
            json!({ "shard": shard, "seeds": { "from": info.from, "until": info.until } })
        };
        Value::Array((0..self.count).map(row).collect())
    }
}

impl<'a> Part<'a> {
    /// Reads the first line of a part; `None` if it is none.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')? + 1;
        let (head, lines) = bytes.split_at(end);
        let head = unseal("part", head)?;
        let manifest = Manifest::from_value(&head["sweep"])?;
        let (shard, count) = (head["shard"].as_u64()?, head["shards"].as_u64()?);
        let fits = shard < count && count <= manifest.info.until - manifest.info.from;
        let shards = Shards { manifest, count, plan: RunDigest::parse(head["plan"].as_str()?)? };
        fits.then_some(Self { shards, shard, lines })
    }

    /// Its runs in their order, `None` in the place of the first that is not as it should be.
    pub fn runs(&self) -> impl Iterator<Item = Option<PartRun<'a>>> + use<'a> {
        let manifest = self.shards.shard(self.shard);
        let mut lines = self.lines.split_inclusive(|byte| *byte == b'\n');
        let mut numbers = 0..manifest.runs();
        let mut whole = true;
        std::iter::from_fn(move || {
            if !whole {
                return None;
            }
            let run = match (numbers.next(), lines.next()) {
                (None, None) => return None,
                (Some(number), Some(line)) => RunTables::from_line(line)
                    .filter(|run| manifest.number(run.seed, run.point) == Some(number))
                    .and_then(|tables| Some(PartRun { line: std::str::from_utf8(line).ok()?, tables })),
                _ => None,
            };
            whole = run.is_some();
            Some(run)
        })
    }
}

fn listed(files: &[(String, String)]) -> Value {
    files.iter().map(|(name, text)| json!({ "name": name, "text": text })).collect()
}

fn hash(sweep: &Value, shards: &Value, files: &Value) -> RunDigest {
    let body = json!([sweep, shards, files]).to_string();
    RunDigest(*blake3::hash(body.as_bytes()).as_bytes())
}

#[cfg(test)]
mod tests;
