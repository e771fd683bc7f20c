//! `--do "4m: failover database/orders"`: what an operator does during a run.

use crate::diagnostics::{Origin, Problem, Sources, Span, codes, did_you_mean};
use crate::spec::Text;
use crate::syntax::{Node, Value};
use cloudsim_units::SimDuration;
use std::collections::BTreeSet;

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Failover,
    Promote,
    ShiftAway,
    ShiftBack,
    Scale,
    Restart,
    Terminate,
    Cordon,
    Uncordon,
    Drain,
    OutOfService,
    ScaleWorkload,
    RestartWorkload,
}

/// A verb, the word for it, and the words for the kind of thing that it is done to, of which the first is shown.
pub(super) struct Form {
    pub(super) word: &'static str,
    verb: Verb,
    pub(super) kinds: &'static [&'static str],
}

const DATABASE: &[&str] = &["database", "databases", "db", "rds"];
const REPLICA: &[&str] = &["replica"];
const ZONE: &[&str] = &["zone", "zones", "az"];
const GROUP: &[&str] = &["group", "auto_scaling_group", "auto_scaling_groups", "asg"];
const INSTANCE: &[&str] = &["instance", "instances", "ec2", "i"];
const NODE: &[&str] = &["node", "nodes", "no"];
const DEPLOYMENT: &[&str] = &["deployment", "deployments", "deploy"];
const STATEFUL_SET: &[&str] = &["statefulset", "statefulsets", "sts"];
const REPLICA_SET: &[&str] = &["replicaset", "replicasets", "rs"];
const DAEMON_SET: &[&str] = &["daemonset", "daemonsets", "ds"];

/// All of them. The words for kinds are those of `get`, which knows no replicas.
pub(super) static FORMS: &[Form] = &[
    Form { word: "failover", verb: Verb::Failover, kinds: DATABASE },
    Form { word: "promote", verb: Verb::Promote, kinds: REPLICA },
    Form { word: "shift-away", verb: Verb::ShiftAway, kinds: ZONE },
    Form { word: "shift-back", verb: Verb::ShiftBack, kinds: ZONE },
    Form { word: "scale", verb: Verb::Scale, kinds: GROUP },
    Form { word: "restart", verb: Verb::Restart, kinds: INSTANCE },
    Form { word: "terminate", verb: Verb::Terminate, kinds: INSTANCE },
    Form { word: "cordon", verb: Verb::Cordon, kinds: NODE },
    Form { word: "uncordon", verb: Verb::Uncordon, kinds: NODE },
    Form { word: "drain", verb: Verb::Drain, kinds: NODE },
    Form { word: "out-of-service", verb: Verb::OutOfService, kinds: NODE },
    Form { word: "scale", verb: Verb::ScaleWorkload, kinds: DEPLOYMENT },
    Form { word: "scale", verb: Verb::ScaleWorkload, kinds: STATEFUL_SET },
    Form { word: "scale", verb: Verb::ScaleWorkload, kinds: REPLICA_SET },
    Form { word: "restart", verb: Verb::RestartWorkload, kinds: DEPLOYMENT },
    Form { word: "restart", verb: Verb::RestartWorkload, kinds: STATEFUL_SET },
    Form { word: "restart", verb: Verb::RestartWorkload, kinds: DAEMON_SET },
];

impl Form {
    /// Whether a number follows the name.
    fn is_counted(&self) -> bool {
        matches!(self.verb, Verb::Scale | Verb::ScaleWorkload)
    }

    /// How it is written.
    fn written(&self) -> String {
        let count = if self.is_counted() { " N" } else { "" };
        format!("{} {}/NAME{count}", self.word, self.kinds[0])
    }
}

const HINT: &str = "write `T: ACTION KIND/NAME`, as in `4m: failover database/orders`";

/// An intervention as it was typed.
#[derive(Debug)]
pub(crate) struct Typed {
    /// The whole of it.
    pub(crate) text: String,
    pub(crate) at: (Text<SimDuration>, Node),
    pub(crate) verb: Verb,
    /// The kind of thing that it is done to, by the first of its words.
    pub(crate) kind: &'static str,
    pub(crate) name: (String, Node),
    /// How many; what is typed with a number always has one.
    pub(crate) count: Option<(u64, Node)>,
}

impl Typed {
    /// The group that is to have so many members, if that is what is to be done.
    pub(crate) fn scales(&self) -> Option<(&str, u64, Span)> {
        let (count, place) = self.count.as_ref().filter(|_| self.verb == Verb::Scale)?;
        Some((&self.name.0, *count, place.span))
    }
}

/// Reads an intervention; whether what it names is there is another matter.
pub(super) fn read(text: &str, sources: &mut Sources) -> Result<Typed, Problem> {
    let source = sources.add("--do".into(), text.to_owned(), Origin::Flag("--do"));
    let span = |start: usize, part: &str| Span::new(source, start, start + part.len());
    let wrong = |message: String, place: Span| Problem::error(&codes::DO_FLAG, message).at(place);
    let node =
        |start: usize, part: &str| Node { span: span(start, part), value: Value::Text(part.to_owned()) };
    let Some((time, rest)) = text.split_once(':') else {
        return Err(wrong("an intervention without a time".into(), span(0, text)).hint(HINT));
    };
    // Where a part of the text starts.
    let place = |part: &str| part.as_ptr().addr() - text.as_ptr().addr();
    let mut words = rest.split_whitespace();
    let Some(word) = words.next() else {
        return Err(wrong("an intervention that does nothing".into(), span(0, text)).hint(HINT));
    };
    let forms: Vec<&Form> = FORMS.iter().filter(|form| form.word == word).collect();
    if forms.is_empty() {
        let mut words: Vec<&str> = FORMS.iter().map(|form| form.word).collect();
        let mut seen = BTreeSet::new();
        words.retain(|word| seen.insert(*word));
        let hint = did_you_mean(word, words).unwrap_or_default();
        return Err(wrong(format!("no action `{word}`"), span(place(word), word)).hint(hint));
    }
    let written: Vec<String> = forms.iter().map(|form| format!("`{}`", form.written())).collect();
    let hint = format!("write {}", written.join(" or "));
    let Some(target) = words.next() else {
        return Err(wrong(format!("`{word}` of what?"), span(place(word), word)).hint(hint));
    };
    let Some((kind, name)) = target.split_once('/') else {
        return Err(wrong(format!("`{target}` is no KIND/NAME"), span(place(target), target)).hint(hint));
    };
    let Some(form) = forms.iter().find(|form| form.kinds.contains(&kind)) else {
        let message = format!("`{word}` is nothing that can be done to a `{kind}`");
        return Err(wrong(message, span(place(kind), kind)).hint(hint));
    };
    let mut count = None;
    if form.is_counted() {
        let Some(number) = words.next() else {
            return Err(wrong(format!("`{word}` to how many?"), span(place(target), target)).hint(hint));
        };
        let digits = number.bytes().all(|byte| byte.is_ascii_digit());
        let Some(read) = number.parse().ok().filter(|_| digits) else {
            return Err(wrong(format!("`{number}` is no number"), span(place(number), number)).hint(hint));
        };
        count = Some((read, node(place(number), number)));
    }
    if let Some(more) = words.next() {
        return Err(wrong(format!("`{more}` is too much"), span(place(more), more)).hint(hint));
    }
    let time = time.trim();
    Ok(Typed {
        text: text.to_owned(),
        at: (Text::new(time), node(place(time), time)),
        verb: form.verb,
        kind: form.kinds[0],
        name: (name.to_owned(), node(place(name), name)),
        count,
    })
}
