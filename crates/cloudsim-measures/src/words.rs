//! Quantities for eyes: short, rounded for reading, never to the better side of a limit.

use crate::document::{ObjectiveMeasure, Quantity, ServiceMeasures, Verdict};
use crate::kubernetes::{CapacityMeasures, short};
use crate::lanes::ZoneLane;
use cloudsim_records::{Blame, BlameKind, Decimal, NeedsBy, Room};
use cloudsim_units::{SimDuration, SimTime};

const MICRO: u64 = 1_000;
const MILLI: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// A span with a tenth of its unit: `41.2ms`, `38.2s`, `1m8.2s`, `2h5m`.
#[must_use]
pub fn span(span: SimDuration) -> String {
    let nanos = span.as_nanos();
    let tenths = |unit: u64, nanos: u64| Decimal::trimmed(((nanos + unit / 20) / (unit / 10)).into(), 1);
    if nanos == 0 {
        return "0s".to_owned();
    }
    if nanos < MILLI {
        return format!("{}us", tenths(MICRO, nanos));
    }
    // What rounds up to the next unit is written in that unit.
    if nanos < SECOND - MILLI / 20 {
        return format!("{}ms", tenths(MILLI, nanos));
    }
    if nanos < HOUR {
        let nanos = (nanos + SECOND / 20) / (SECOND / 10) * (SECOND / 10);
        let (minutes, rest) = (nanos / MINUTE, nanos % MINUTE);
        return match (minutes, rest) {
            (0, rest) => format!("{}s", tenths(SECOND, rest)),
            (minutes, 0) => format!("{minutes}m"),
            (minutes, rest) => format!("{minutes}m{}s", tenths(SECOND, rest)),
        };
    }
    SimDuration::from_nanos((nanos + SECOND / 2) / SECOND * SECOND).to_string()
}

/// An instant as the span since the start, with a tenth of its unit: `5m`, `5m41.3s`.
#[must_use]
pub fn instant(at: SimTime) -> String {
    span(at.since(SimTime::ZERO))
}

/// A share in percent with at most three decimals, rounded down: what is not all does not read `100%`.
#[must_use]
pub fn percent(part: u64, whole: u64) -> String {
    let thousandths = u128::from(part) * 100_000 / u128::from(whole);
    format!("{}%", Decimal::trimmed(i128::try_from(thousandths).expect("a share of a u64"), 3))
}

/// How many commits are gone that were acknowledged in a run: at least so many if the recovery point lies before it.
pub(crate) fn lost(commits: u64, rpo: SimDuration, started: SimTime) -> String {
    let before = if rpo > started.since(SimTime::ZERO) { "at least " } else { "" };
    format!("{before}{}", count(commits))
}

/// A count with its thousands apart: `1,620,123`.
#[must_use]
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A name of code in words: `TargetUnreachable` is `target unreachable`.
#[must_use]
pub fn apart(word: &str) -> String {
    let mut out = String::new();
    for letter in word.chars() {
        if letter.is_uppercase() && !out.is_empty() {
            out.push(' ');
        }
        out.extend(letter.to_lowercase());
    }
    out
}

/// What was measured, in its unit.
#[must_use]
pub fn quantity(quantity: Quantity) -> String {
    match quantity {
        Quantity::Time(time) => span(time),
        Quantity::Share { part, whole } => percent(part, whole),
        Quantity::Money(amount) => format!("${amount}"),
    }
}

/// An objective's limit by its target: `≤ 2m`, `≥ 99.9%`.
#[must_use]
pub fn limit(target: Quantity) -> String {
    let (sign, limit) = match target {
        // A limit is written as it was given, to the last digit.
        Quantity::Time(time) => ("≤", time.to_string()),
        Quantity::Share { part, .. } => ("≥", cloudsim_units::Ratio::from_billionths(part).to_string()),
        Quantity::Money(amount) => ("≤", format!("${amount}")),
    };
    format!("{sign} {limit}")
}

/// What was measured of an objective, or why nothing was.
#[must_use]
pub fn measured(objective: &ObjectiveMeasure) -> String {
    match (objective.actual, objective.conclusive) {
        (Some(actual), _) => quantity(actual),
        (None, false) => "not measured".to_owned(),
        (None, true) if objective.kind == "Rto" => "not restored".to_owned(),
        (None, true) => "no good answer".to_owned(),
    }
}

/// The room between measurement and limit: `+51.8s` is to spare, `-1m12s` is too much.
#[must_use]
pub fn margin(objective: &ObjectiveMeasure) -> String {
    let signed = |room: bool, amount: String| match amount.as_str() {
        "0s" | "0 pts" | "$0.00" => amount,
        _ => format!("{}{amount}", if room { "+" } else { "-" }),
    };
    match (objective.target, objective.actual) {
        (Quantity::Time(target), Some(Quantity::Time(actual))) => {
            let room = target >= actual;
            let (more, less) = if room { (target, actual) } else { (actual, target) };
            signed(room, span(more.saturating_sub(less)))
        }
        (Quantity::Share { part: target, .. }, Some(Quantity::Share { part, whole })) => {
            let actual =
                u64::try_from(u128::from(part) * 1_000_000_000 / u128::from(whole)).expect("a share");
            let points = |billionths: u64| Decimal::trimmed((billionths / 10_000).into(), 3);
            signed(objective.met, format!("{} pts", points(target.abs_diff(actual))))
        }
        (Quantity::Money(target), Some(Quantity::Money(actual))) => {
            let room = target.as_nanos() - actual.as_nanos();
            signed(room >= 0, format!("${}", cloudsim_units::NanoUsd::from_nanos(room.abs())))
        }
        _ => String::new(),
    }
}

/// A text that says only what it says: it ends no cell of a table and is no markup, neither of markdown nor of HTML.
#[must_use]
pub fn markdown(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '#') {
            out.push('\\');
        }
        out.push(if c == '\n' { ' ' } else { c });
    }
    out
}

/// A verdict as one sign.
#[must_use]
pub const fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met | Verdict::BreachedAsExpected => "✓",
        Verdict::Breached | Verdict::MetAgainstExpectation => "✗",
        Verdict::Inconclusive => "?",
    }
}

/// A verdict in words.
#[must_use]
pub const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "met",
        Verdict::BreachedAsExpected => "breached, as expected",
        Verdict::Breached => "BREACHED",
        Verdict::MetAgainstExpectation => "MET, but should be breached",
        Verdict::Inconclusive => "inconclusive",
    }
}

/// What keeps a pod on a node that is to be emptied: a budget by name, or several with commas between.
#[must_use]
pub fn kept_by(budgets: &str) -> String {
    if budgets.contains(", ") {
        format!("the eviction API takes no pod that has several budgets, {budgets}")
    } else {
        format!("budget {budgets} does not let it go")
    }
}

/// What keeps pods from nodes, and from how many.
#[must_use]
pub fn blame(blame: &[Blame]) -> String {
    let one = |of: &Blame| {
        let kind = match of.kind {
            BlameKind::NoNode => return "no node is up".to_owned(),
            BlameKind::Cordon => "cordon".to_owned(),
            BlameKind::Pod => return of.what.to_string(),
            kind => format!("{} {}", apart(kind.word()), of.what),
        };
        let nodes = many(of.nodes, "node");
        match of.alone {
            0 => format!("{kind} on {nodes} beside others"),
            alone if alone == of.nodes => format!("{kind} on {nodes}"),
            alone => format!("{kind} on {nodes}, alone on {alone}"),
        }
    };
    blame.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Who says how many pods a workload needs.
pub(crate) const fn needs_by(by: NeedsBy) -> &'static str {
    match by {
        NeedsBy::Scenario => "the scenario",
        NeedsBy::PodDisruptionBudget => "its disruption budget",
        NeedsBy::Quorum => "quorum",
        NeedsBy::Half => "half",
    }
}

/// An amount of a resource: cores, bytes with a tenth of their unit, pieces.
#[must_use]
pub fn amount(resource: &str, amount: i64) -> String {
    const UNITS: [(&str, u32); 4] = [("Ti", 40), ("Gi", 30), ("Mi", 20), ("Ki", 10)];
    let is_bytes = matches!(resource, "memory" | "ephemeral-storage") || resource.starts_with("hugepages-");
    let unit = UNITS.iter().find(|(_, bits)| is_bytes && amount.unsigned_abs() >= 1 << bits);
    match unit {
        Some((unit, bits)) => {
            let tenths = i128::from(amount) * 10 / (1 << bits);
            format!("{}{unit}", Decimal::trimmed(tenths, 1))
        }
        None if resource == "cpu" => Decimal::trimmed(amount.into(), 3).to_string(),
        None => amount.to_string(),
    }
}

/// Whether the nodes that a fault left have room for the pods of those that it took, resource by resource.
pub(crate) fn room(of: &CapacityMeasures) -> String {
    let one = |room: &Room| {
        let say = |of: i64| amount(&room.resource, of);
        let free = room.allocatable.saturating_sub(room.requested);
        let ends = match short(room) {
            0 => String::new(),
            short => format!(", {} short", say(short)),
        };
        format!("{} {} asked, {} free{ends}", room.resource, say(room.displaced), say(free.max(0)))
    };
    of.lost.room.iter().map(one).collect::<Vec<_>>().join(" · ")
}

/// Spans from the shortest to the longest: `34m to 1h`, or one where both are the same.
#[must_use]
pub fn spans(shortest: SimDuration, longest: SimDuration) -> String {
    let [shortest, longest] = [shortest, longest].map(span);
    if shortest == longest { longest } else { format!("{shortest} to {longest}") }
}

/// The first of some names, and how many there are more.
#[must_use]
pub fn some_of(names: &[String]) -> String {
    const MAX: usize = 5;
    let more = format!("{} more", names.len().saturating_sub(MAX));
    let told = names.iter().map(String::as_str).take(MAX);
    told.chain((names.len() > MAX).then_some(more.as_str())).collect::<Vec<_>>().join(", ")
}

/// How many hosts a zone has: at first, and the fewest and the most of the run.
#[must_use]
pub fn zone_hosts(lane: &ZoneLane) -> String {
    let (hosts, most) = (lane.hosts(), lane.hosts_max());
    let first = hosts[0].1;
    let least = hosts.iter().map(|(_, hosts)| *hosts).min().unwrap_or(first);
    let are = if hosts == lane.running.as_slice() { "run" } else { "ready" };
    match (first == least, first == most) {
        (true, true) => format!("{first} {are}"),
        (false, true) => format!("{first} {are}, least {least}"),
        (true, false) => format!("{first} {are}, most {most}"),
        (false, false) => format!("{first} {are}, {least} to {most}"),
    }
}

/// How much of a service was good: of its requests, or of a workload that nobody asks for anything of the time.
#[must_use]
pub fn availability(service: &ServiceMeasures) -> String {
    match service.availability() {
        None => "no requests".to_owned(),
        Some((good, all)) if service.requests > 0 => format!("{} good", percent(good, all)),
        Some((good, all)) => format!("{} of the time", percent(good, all)),
    }
}

/// `1 objective`, `2 objectives`.
#[must_use]
pub fn several(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// The same of a number of a record.
#[must_use]
pub fn many(number: u32, noun: &str) -> String {
    several(usize::try_from(number).expect("a u32 fits"), noun)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_short_and_carry_over_to_the_next_unit() {
        for (nanos, text) in [
            (0, "0s"),
            (1_500, "1.5us"),
            (41_249_000, "41.2ms"),
            (999_949_999, "999.9ms"),
            (999_950_000, "1s"),
            (59_960 * MILLI, "1m"),
            (68_213 * MILLI, "1m8.2s"),
            (300 * SECOND, "5m"),
            (HOUR - 1, "60m"),
            (2 * HOUR + 5 * MINUTE + 1, "2h5m"),
        ] {
            assert_eq!(span(SimDuration::from_nanos(nanos)), text);
        }
    }

    #[test]
    fn almost_all_does_not_read_as_all() {
        assert_eq!(percent(999_999_999, 1_000_000_000), "99.999%");
        assert_eq!(percent(1, 1), "100%");
        assert_eq!(percent(1, 3), "33.333%");
    }

    #[test]
    fn counts_have_their_thousands_apart() {
        assert_eq!(count(999), "999");
        assert_eq!(count(1_620_123), "1,620,123");
    }

    #[test]
    fn amounts_are_in_their_own_units() {
        assert_eq!(amount("cpu", 1_500), "1.5");
        assert_eq!(amount("memory", 3 << 29), "1.5Gi");
        assert_eq!(amount("memory", 100), "100");
        assert_eq!(amount("pods", 2_000_000), "2000000");
    }

    #[test]
    fn what_is_alone_in_the_way_is_told_apart() {
        let of = |kind, nodes, alone| Blame { kind, what: "cpu".into(), nodes, alone };
        let all = [of(BlameKind::Capacity, 3, 3), of(BlameKind::Spread, 2, 1), of(BlameKind::Volume, 1, 0)];
        assert_eq!(
            blame(&all),
            "capacity cpu on 3 nodes; spread cpu on 2 nodes, alone on 1; volume cpu on 1 node beside others"
        );
    }

    #[test]
    fn names_of_code_read_as_words() {
        assert_eq!(apart("TargetUnreachable"), "target unreachable");
        assert_eq!(apart("None"), "none");
    }
}
