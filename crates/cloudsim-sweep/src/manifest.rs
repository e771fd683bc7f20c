//! What a folder says of the sweep whose results are in it.

use crate::sweep::{Factor, POINTS_MAX, RUNS_MAX, SweepInfo};
use cloudsim_measures::SCHEMA_VERSION;
use cloudsim_records::RunDigest;
use cloudsim_units::SimDuration;
use serde_json::{Value, json};

/// What is swept, and how to ask for a run of it: nothing of where, when or how many at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// What is swept.
    pub info: SweepInfo,
    /// Where each run is stopped.
    pub until: Option<SimDuration>,
    /// The hash of the resolved scenario of each point of the grid.
    pub plans: RunDigest,
    /// How it was asked for.
    pub request: Request,
}

/// The words of a command line by which runs of a sweep are made again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The scenario, as it was named.
    pub file: String,
    /// Settings.
    pub set: Vec<String>,
    /// Faults.
    pub faults: Vec<String>,
    /// Interventions.
    pub interventions: Vec<String>,
    /// Whether a large one was asked for.
    pub allow_large: bool,
}

impl Manifest {
    /// Hashes the resolved scenarios of the points of a grid.
    #[must_use]
    pub fn hash<'a>(resolved: impl Iterator<Item = &'a str>) -> RunDigest {
        let mut hasher = blake3::Hasher::new();
        for text in resolved {
            hasher.update(blake3::hash(text.as_bytes()).as_bytes());
        }
        RunDigest(*hasher.finalize().as_bytes())
    }

    /// How many runs there are in all.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.info.until.saturating_sub(self.info.from).saturating_mul(self.points())
    }

    /// How many points the grid has.
    #[must_use]
    pub fn points(&self) -> u64 {
        let values = self.info.factors.iter().map(|factor| factor.values.len() as u64);
        values.fold(1, u64::saturating_mul)
    }

    /// The number of a run: seed by seed, and point by point in each. `None` if it is none of the sweep.
    #[must_use]
    pub fn number(&self, seed: u64, point: usize) -> Option<u64> {
        let point = u64::try_from(point).ok().filter(|point| *point < self.points())?;
        let seed = seed.checked_sub(self.info.from).filter(|_| seed < self.info.until)?;
        Some(seed * self.points() + point)
    }

    /// What is not the same in another one, in words. How it was asked for is no part of it.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let (one, two) = (&self.info, &other.info);
        let seeds = |info: &SweepInfo| format!("{}..{}", info.from, info.until);
        let until = |of: &Self| of.until.map_or("the end".to_owned(), |until| until.to_string());
        let named = |what: &str, one: String, other: String| {
            (one != other).then(|| format!("{what}: {one} there, {other} here"))
        };
        let mut found: Vec<String> = [
            named("version", one.version.clone(), two.version.clone()),
            named("scenario", one.scenario.clone(), two.scenario.clone()),
            named("seeds", seeds(one), seeds(two)),
            named("until", until(self), until(other)),
            named("changes", listed(&one.overrides), listed(&two.overrides)),
            named("varied", listed(&varied(one)), listed(&varied(two))),
        ]
        .into_iter()
        .flatten()
        .collect();
        // Any of these may be why the resolved scenarios differ; if it is none of them, it is the files.
        if found.is_empty() && self.plans != other.plans {
            found.push("the files of the scenario have changed".to_owned());
        }
        found
    }

    /// The text of the file.
    #[must_use]
    pub fn to_json(&self) -> String {
        format!("{:#}\n", self.to_value())
    }

    pub(crate) fn to_value(&self) -> Value {
        let (info, request) = (&self.info, &self.request);
        let factor = |of: &Factor| json!({ "path": of.path, "values": of.values });
        json!({
            "kind": "SweepFolder",
            "schema_version": SCHEMA_VERSION,
            "version": info.version,
            "scenario": info.scenario,
            "overrides": info.overrides,
            "seeds": { "from": info.from, "until": info.until },
            "until": self.until.map(|until| until.to_string()),
            "factors": info.factors.iter().map(factor).collect::<Vec<_>>(),
            "plans": self.plans.to_string(),
            "request": {
                "file": request.file,
                "set": request.set,
                "fault": request.faults,
                "do": request.interventions,
                "allow_large": request.allow_large,
            },
        })
    }

    /// Reads what [`Manifest::to_json`] wrote; `None` if it is anything else.
    #[must_use]
    pub fn from_json(text: &str) -> Option<Self> {
        Self::from_value(&serde_json::from_str(text).ok()?)
    }

    pub(crate) fn from_value(value: &Value) -> Option<Self> {
        if value["kind"] != "SweepFolder" {
            return None;
        }
        let factor =
            |of: &Value| Some(Factor { path: string(&of["path"])?, values: strings(&of["values"])? });
        let factors = value["factors"].as_array()?.iter().map(factor).collect::<Option<Vec<_>>>()?;
        let info = SweepInfo {
            version: string(&value["version"])?,
            scenario: string(&value["scenario"])?,
            overrides: strings(&value["overrides"])?,
            from: value["seeds"]["from"].as_u64()?,
            until: value["seeds"]["until"].as_u64()?,
            factors,
        };
        let until = match &value["until"] {
            Value::Null => None,
            until => Some(SimDuration::parse(until.as_str()?).ok()?),
        };
        let request = &value["request"];
        let request = Request {
            file: string(&request["file"])?,
            set: strings(&request["set"])?,
            faults: strings(&request["fault"])?,
            interventions: strings(&request["do"])?,
            allow_large: request["allow_large"].as_bool()?,
        };
        let plans = RunDigest::parse(value["plans"].as_str()?)?;
        let manifest = Self { info, until, plans, request };
        let fits = manifest.points() <= POINTS_MAX as u64 && (1..=RUNS_MAX).contains(&manifest.runs());
        fits.then_some(manifest)
    }
}

fn varied(info: &SweepInfo) -> Vec<String> {
    info.factors.iter().map(|factor| format!("{}={}", factor.path, factor.values.join(","))).collect()
}

fn listed(words: &[String]) -> String {
    if words.is_empty() { "none".to_owned() } else { words.join("; ") }
}

fn string(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn strings(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(string).collect()
}
