//! What holds whatever is read. The fuzzers try it with texts of their own, `tests/corpus.rs` with those that they found.

use cloudsim_kube_scheduler::Version;
use cloudsim_kube_scheduler::explain::{Case, Defaults, Trace};

/// A line is decided, under every version, and explained; or its field is named.
pub fn case(line: &str) {
    for version in Version::ALL {
        for ignore_tainted_domains in [false, true] {
            let defaults = Defaults { version, ignore_tainted_domains, ..Defaults::default() };
            match Case::read_with(line, &defaults) {
                Ok(case) => decided(&case),
                Err(problem) => {
                    assert!(!problem.0.problem.is_empty());
                    let _ = Case::id_of(line);
                    return;
                }
            }
        }
    }
}

/// What is said in figures and what is said in words agree.
fn decided(case: &Case) {
    let decided = case.decide();
    let json = decided.to_json();
    let feasible = decided.feasible().len();
    assert_eq!(json["feasible"].as_u64(), Some(feasible as u64));
    assert_eq!(json["fitError"].is_string(), feasible == 0);
    assert_eq!(decided.failure().is_some(), feasible == 0);
    assert_eq!(decided.best().is_empty(), feasible == 0);
    let mut rejected = 0;
    for node in decided.rejected() {
        rejected += 1;
        assert!(!node.status.reasons.is_empty());
        // A node that no plugin was asked about is not to blame.
        if decided.pre_filter().is_none() && node.status.plugin.is_some() {
            assert!(!node.objections.is_empty(), "{} is rejected for nothing", node.node.name());
        }
    }
    if decided.takes_nominated() {
        assert_eq!((feasible, rejected), (1, 0));
    } else {
        assert_eq!(feasible + rejected, case.cluster.len());
    }
    assert_eq!(
        json["nodes"].as_object().map(serde_json::Map::len),
        match decided.pre_filter() {
            Some(_) => Some(0),
            None => Some(feasible + rejected),
        }
    );
    if let Some(tried) = decided.preemption().and_then(|preemption| preemption.tried) {
        let left = tried.narrowed().last().map_or(tried.candidates.len(), |(_, left)| *left);
        assert_eq!(left, tried.best().len());
    }
}

/// A trace is played line by line; what cannot be played changes nothing.
pub fn trace(text: &str) {
    let mut lines = text.lines();
    let Some(Ok(mut trace)) = lines.next().map(|line| Trace::begin(line, &Defaults::default())) else {
        return;
    };
    for line in lines {
        if let Ok(Some(placement)) = trace.play(line) {
            let json = placement.to_json();
            assert_eq!(json["chosen"].is_string(), placement.feasible > 0);
        }
    }
}
