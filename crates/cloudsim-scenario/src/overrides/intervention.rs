//! `--do "4m: failover database/orders"`, and `(at: "4m", action: "failover database/orders")` in a scenario: what an operator
//! does during a run.

use crate::diagnostics::{Origin, Problem, Sources, Span, codes, did_you_mean};
use crate::place::At;
use crate::spec::{Intervention, RunbookStep, Text};
use crate::syntax::{Node, Value};
use cloudsim_units::SimDuration;
use std::collections::BTreeSet;

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Failover,
    Promote,
    Create,
    SwitchOver,
    Reconcile,
    Restore,
    Apply,
    RaiseQuota,
    CopyImage,
    BuildImage,
    SetSecret,
    Point,
    SwitchOn,
    SwitchOff,
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
    SetImage,
}

/// A verb, the word for it, and the words for the kind of thing that it is done to, of which the first is shown.
pub(super) struct Form {
    pub(super) word: &'static str,
    verb: Verb,
    pub(super) kinds: &'static [&'static str],
}

const DATABASE: &[&str] = &["database", "databases", "db", "rds"];
const REPLICA: &[&str] = &["replica"];
const BACKUP: &[&str] = &["backup"];
const RECORD: &[&str] = &["record", "dns_record", "dns_records", "dns"];
const CONTROL: &[&str] = &["control", "routing_control", "routing_controls"];
const STACK: &[&str] = &["stack", "stacks"];
const QUOTA: &[&str] = &["quota", "quotas"];
const IMAGE: &[&str] = &["image", "machine_image", "machine_images", "ami"];
const SECRET: &[&str] = &["secret", "secrets"];
const ZONE: &[&str] = &["zone", "zones", "az"];
const GROUP: &[&str] = &["group", "auto_scaling_group", "auto_scaling_groups", "asg"];
const INSTANCE: &[&str] = &["instance", "instances", "ec2", "i"];
const NODE: &[&str] = &["node", "nodes", "no"];
const DEPLOYMENT: &[&str] = &["deployment", "deployments", "deploy"];
const STATEFUL_SET: &[&str] = &["statefulset", "statefulsets", "sts"];
const REPLICA_SET: &[&str] = &["replicaset", "replicasets", "rs"];
const DAEMON_SET: &[&str] = &["daemonset", "daemonsets", "ds"];

/// All of them. The words for kinds are those of `get`, which knows no replicas, backups or quotas, and has
/// images of its own by another name.
pub(super) static FORMS: &[Form] = &[
    Form { word: "failover", verb: Verb::Failover, kinds: DATABASE },
    Form { word: "promote", verb: Verb::Promote, kinds: REPLICA },
    Form { word: "create", verb: Verb::Create, kinds: REPLICA },
    Form { word: "switch-over", verb: Verb::SwitchOver, kinds: REPLICA },
    Form { word: "reconcile", verb: Verb::Reconcile, kinds: DATABASE },
    Form { word: "restore", verb: Verb::Restore, kinds: BACKUP },
    Form { word: "apply", verb: Verb::Apply, kinds: STACK },
    Form { word: "raise", verb: Verb::RaiseQuota, kinds: QUOTA },
    Form { word: "copy", verb: Verb::CopyImage, kinds: IMAGE },
    Form { word: "build", verb: Verb::BuildImage, kinds: IMAGE },
    Form { word: "set", verb: Verb::SetSecret, kinds: SECRET },
    Form { word: "point", verb: Verb::Point, kinds: RECORD },
    Form { word: "switch-on", verb: Verb::SwitchOn, kinds: CONTROL },
    Form { word: "switch-off", verb: Verb::SwitchOff, kinds: CONTROL },
    Form { word: "shift-away", verb: Verb::ShiftAway, kinds: ZONE },
    Form { word: "shift-back", verb: Verb::ShiftBack, kinds: ZONE },
    Form { word: "scale", verb: Verb::Scale, kinds: GROUP },
    Form { word: "restart", verb: Verb::Restart, kinds: INSTANCE },
    Form { word: "terminate", verb: Verb::Terminate, kinds: INSTANCE },
    Form { word: "cordon", verb: Verb::Cordon, kinds: NODE },
    Form { word: "uncordon", verb: Verb::Uncordon, kinds: NODE },
    Form { word: "drain", verb: Verb::Drain, kinds: NODE },
    Form { word: "out-of-service", verb: Verb::OutOfService, kinds: NODE },
    Form { word: "cordon", verb: Verb::Cordon, kinds: ZONE },
    Form { word: "uncordon", verb: Verb::Uncordon, kinds: ZONE },
    Form { word: "drain", verb: Verb::Drain, kinds: ZONE },
    Form { word: "out-of-service", verb: Verb::OutOfService, kinds: ZONE },
    Form { word: "scale", verb: Verb::ScaleWorkload, kinds: DEPLOYMENT },
    Form { word: "scale", verb: Verb::ScaleWorkload, kinds: STATEFUL_SET },
    Form { word: "scale", verb: Verb::ScaleWorkload, kinds: REPLICA_SET },
    Form { word: "restart", verb: Verb::RestartWorkload, kinds: DEPLOYMENT },
    Form { word: "restart", verb: Verb::RestartWorkload, kinds: STATEFUL_SET },
    Form { word: "restart", verb: Verb::RestartWorkload, kinds: DAEMON_SET },
    Form { word: "set-image", verb: Verb::SetImage, kinds: DEPLOYMENT },
    Form { word: "set-image", verb: Verb::SetImage, kinds: STATEFUL_SET },
    Form { word: "set-image", verb: Verb::SetImage, kinds: DAEMON_SET },
];

impl Form {
    /// Whether a number follows the name.
    fn is_counted(&self) -> bool {
        matches!(self.verb, Verb::Scale | Verb::ScaleWorkload | Verb::RaiseQuota)
    }

    /// What the last word names, if that is neither a number nor an image, and how it is asked for.
    fn leads_to(&self) -> Option<(&'static str, &'static str)> {
        match self.verb {
            Verb::Point => Some((" LOAD_BALANCER", "to which load balancer")),
            Verb::CopyImage => Some((" REGION", "to which region")),
            Verb::BuildImage | Verb::SetSecret => Some((" REGION", "in which region")),
            _ => None,
        }
    }

    /// How it is written.
    fn written(&self) -> String {
        let argument = match self.verb {
            Verb::RaiseQuota => " VCPUS",
            _ if self.is_counted() => " N",
            Verb::SetImage => " CONTAINER=IMAGE",
            _ => self.leads_to().map_or("", |(what, _)| what),
        };
        format!("{} {}/NAME{argument}", self.word, self.kinds[0])
    }
}

const HINT: &str = "write `T: ACTION KIND/NAME`, as in `4m: failover database/orders`";

/// An intervention as it was typed.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    /// The whole of it.
    pub(crate) text: String,
    /// Whether the scenario has it itself.
    pub(crate) own: bool,
    /// When; `None` for a step of a runbook, which is done when it is its turn.
    pub(crate) at: Option<(Text<SimDuration>, Node)>,
    pub(crate) verb: Verb,
    /// The kind of thing that it is done to, by the first of its words.
    pub(crate) kind: &'static str,
    pub(crate) name: (String, Node),
    /// How many; what is typed with a number always has one.
    pub(crate) count: Option<(u64, Node)>,
    /// A container and its image; what sets one always has it.
    pub(crate) image: Option<(String, String, Node)>,
    /// The load balancer that a record is to lead to, or the region of a copy; what has to do with such always has it.
    pub(crate) to: Option<(String, Node)>,
}

impl Typed {
    /// The group that is to have so many members, if that is what is to be done.
    pub(crate) fn scales(&self) -> Option<(&str, u64, Span)> {
        let (count, place) = self.count.as_ref().filter(|_| self.verb == Verb::Scale)?;
        Some((&self.name.0, *count, place.span))
    }
}

/// Where the parts of a text stand.
struct Written<'a> {
    text: &'a str,
    /// Where all of it stands.
    whole: Span,
    /// How far behind that the text begins, if what is written there is the text as it is.
    inset: Option<usize>,
}

impl<'a> Written<'a> {
    /// The text of a field of a scenario. Quotes stand around it, unless it is from the command line; with an escape in it nothing
    /// is where it would be.
    fn in_field(text: &'a str, whole: Span) -> Self {
        let around = (whole.end - whole.start) as usize - text.len();
        Self { text, whole, inset: [0, 2].contains(&around).then_some(around / 2) }
    }

    /// Where a part of the text stands.
    fn span(&self, part: &str) -> Span {
        let Some(inset) = self.inset else { return self.whole };
        let from = part.as_ptr().addr() - self.text.as_ptr().addr();
        let start = self.whole.start as usize + inset + from;
        Span::new(self.whole.source, start, start + part.len())
    }

    fn node(&self, part: &str) -> Node {
        Node { span: self.span(part), value: Value::Text(part.to_owned()) }
    }
}

fn wrong(message: impl Into<String>, place: Span, hint: impl Into<String>) -> Problem {
    Problem::error(&codes::DO_FLAG, message.into()).at(place).hint(hint)
}

/// Reads an intervention of the command line; whether what it names is there is another matter.
pub(super) fn read(text: &str, sources: &mut Sources) -> Result<Typed, Problem> {
    let source = sources.add("--do".into(), text.to_owned(), Origin::Flag("--do"));
    let written = Written { text, whole: Span::new(source, 0, text.len()), inset: Some(0) };
    let Some((time, action)) = text.split_once(':') else {
        return Err(wrong("an intervention without a time", written.whole, HINT));
    };
    let time = time.trim();
    read_action(action, &written, Some((Text::new(time), written.node(time))), text)
}

/// Reads an intervention of a scenario.
pub(crate) fn read_own(of: &Intervention, at: At<'_>) -> Result<Typed, Problem> {
    let time = at.field("at").node().clone();
    let written = Written::in_field(&of.action, at.field("action").span());
    let text = format!("{}: {}", of.at.text(), of.action);
    let typed = read_action(&of.action, &written, Some((Text::new(of.at.text()), time)), &text)?;
    Ok(Typed { own: true, ..typed })
}

/// Reads what a step of a runbook does; `None` if that is nothing.
pub(crate) fn read_step(of: &RunbookStep, runbook: &str, at: At<'_>) -> Option<Result<Typed, Problem>> {
    let done = of.action.as_ref()?;
    let written = Written::in_field(done, at.field("action").span());
    let typed = read_action(done, &written, None, &format!("{runbook}: {done}"));
    Some(typed.map(|typed| Typed { own: true, ..typed }))
}

/// Reads what is to be done; it is a part of what is written.
fn read_action(
    action: &str,
    written: &Written<'_>,
    at: Option<(Text<SimDuration>, Node)>,
    text: &str,
) -> Result<Typed, Problem> {
    let span = |part: &str| written.span(part);
    let mut words = action.split_whitespace();
    let Some(word) = words.next() else {
        return Err(wrong("an intervention that does nothing", written.whole, HINT));
    };
    let forms: Vec<&Form> = FORMS.iter().filter(|form| form.word == word).collect();
    if forms.is_empty() {
        let mut words: Vec<&str> = FORMS.iter().map(|form| form.word).collect();
        let mut seen = BTreeSet::new();
        words.retain(|word| seen.insert(*word));
        let hint = did_you_mean(word, words).unwrap_or_default();
        return Err(wrong(format!("no action `{word}`"), span(word), hint));
    }
    let ways: Vec<String> = forms.iter().map(|form| format!("`{}`", form.written())).collect();
    let hint = format!("write {}", ways.join(" or "));
    let Some(target) = words.next() else {
        return Err(wrong(format!("`{word}` of what?"), span(word), hint));
    };
    let Some((kind, name)) = target.split_once('/') else {
        return Err(wrong(format!("`{target}` is no KIND/NAME"), span(target), hint));
    };
    let Some(form) = forms.iter().find(|form| form.kinds.contains(&kind)) else {
        let message = format!("`{word}` is nothing that can be done to a `{kind}`");
        return Err(wrong(message, span(kind), hint));
    };
    let (mut count, mut image, mut to) = (None, None, None);
    if form.is_counted() {
        let Some(number) = words.next() else {
            return Err(wrong(format!("`{word}` to how many?"), span(target), hint));
        };
        let digits = number.bytes().all(|byte| byte.is_ascii_digit());
        let Some(read) = number.parse().ok().filter(|_| digits) else {
            return Err(wrong(format!("`{number}` is no number"), span(number), hint));
        };
        count = Some((read, written.node(number)));
    }
    if form.verb == Verb::SetImage {
        let Some(pair) = words.next() else {
            return Err(wrong(format!("`{word}` to which image?"), span(target), hint));
        };
        let Some((container, of)) =
            pair.split_once('=').filter(|(name, of)| !name.is_empty() && !of.is_empty())
        else {
            return Err(wrong(format!("`{pair}` is no CONTAINER=IMAGE"), span(pair), hint));
        };
        image = Some((container.to_owned(), of.to_owned(), written.node(container)));
    }
    if let Some((_, asked)) = form.leads_to() {
        let Some(name) = words.next() else {
            return Err(wrong(format!("`{word}` {asked}?"), span(target), hint));
        };
        to = Some((name.to_owned(), written.node(name)));
    }
    if let Some(more) = words.next() {
        return Err(wrong(format!("`{more}` is too much"), span(more), hint));
    }
    let name = (name.to_owned(), written.node(name));
    let (text, kind) = (text.to_owned(), form.kinds[0]);
    Ok(Typed { text, own: false, at, verb: form.verb, kind, name, count, image, to })
}
