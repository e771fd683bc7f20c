//! What the commands that ask a world print with `-o json`, as JSON Schema: key by key as `path` and `get` write it.

use cloudsim::why::{CommitClass, CopyKind, Doing, Ended, Happens};
use cloudsim::{Content, KINDS, Kind};
use cloudsim_measures::json_schema::{Field, closed, count, document, list, nullable, number, text};
use cloudsim_measures::{Evidence, SCHEMA_VERSION, objective_schema};
use cloudsim_records::{Cause, Outcome, PodReason, PodState};
use serde_json::{Map, Value, json};

/// An answer: what it was asked of, then these fields.
fn answer(kind: &str, command: &str, name: &str, fields: &[Field<'_>]) -> Value {
    let mut all = vec![
        ("kind", json!({ "const": kind }), "What the document is."),
        (
            "schema_version",
            json!({ "const": SCHEMA_VERSION }),
            "Additions raise the minor number, all else the major.",
        ),
        ("version", text(), "Of the program that made it."),
        ("scenario", text(), "The scenario's name."),
        ("seed", count(), "The seed."),
        ("overrides", list(text()), "As given on the command line, in order."),
        ("at_s", number(), "When the world was asked, in seconds since the start."),
    ];
    all.extend_from_slice(fields);
    document(name, command, &all)
}

/// `path FILE FROM TO -o json`.
pub(crate) fn path() -> Value {
    let share = || json!({ "type": "number", "minimum": 0, "maximum": 1 });
    let other = closed(&[
        ("from", text(), "Where it begins."),
        ("to", text(), "Where it leads."),
        ("zone", nullable("string"), "The zone of the one that is another; null outside of the cloud."),
        ("via", nullable("string"), "The NAT gateway or VPC endpoint that it goes through."),
        ("reachable", boolean(), "Whether a connection can be made."),
        ("source_ports", share(), "The share of source ports from which one is made."),
        ("stopped_by", or_null(hop()), "What stops it, or lets it pass in part."),
    ]);
    let asked =
        closed(&[("from", text(), "The first end, as typed."), ("to", text(), "The second end, as typed.")]);
    answer(
        "Path",
        "path FILE FROM TO[:PORT] -o json",
        "path",
        &[
            ("asked", asked, "What was asked for."),
            ("from", text(), "Where it begins."),
            ("to", text(), "Where it leads."),
            ("port", port(), "To which port."),
            ("via", nullable("string"), "The NAT gateway or VPC endpoint that it goes through."),
            ("reachable", boolean(), "Whether a connection can be made."),
            ("source_ports", share(), "The share of source ports from which one is made."),
            ("stopped_by", or_null(hop()), "What stops it, or lets it pass in part."),
            ("hops", list(hop()), "What it meets there and back, up to what stops it."),
            ("others", list(other), "How others of the same names fare: one in each other zone."),
        ],
    )
}

/// `path FILE --matrix -o json`.
pub(crate) fn matrix() -> Value {
    let left_out = closed(&[
        ("name", text(), "What it is called."),
        ("why", text(), "Why it is no end of a pair, and what to look at instead."),
    ]);
    let reaches = json!({ "enum": ["All", "Some", "None", "Absent"] });
    let pair = closed(&[
        ("from", text(), "Who connects."),
        ("to", text(), "Whom to."),
        ("port", port(), "On which port; 443 stands for all of the internet and of NAT gateways."),
        (
            "reaches",
            reaches,
            "All: from all of them to all of them. Some: from or to some, or from some source ports. Absent: nothing of \
             one end is there at this time.",
        ),
        ("stopped_by", or_null(hop()), "The first thing that stops it somewhere."),
    ]);
    answer(
        "PathMatrix",
        "path FILE --matrix -o json",
        "matrix",
        &[
            ("ends", list(text()), "The ends of pairs."),
            ("left_out", list(left_out), "Names that `path` knows and that are no ends of pairs."),
            ("pairs", list(pair), "Each end to each port of each other, but not from outside to outside."),
        ],
    )
}

/// `get KIND FILE -o json`.
pub(crate) fn get() -> Value {
    let items: Vec<Value> = KINDS.iter().map(item).collect();
    let items = json!({ "type": "array", "items": { "oneOf": items } });
    answer("Get", "get KIND FILE -o json", "get", &[("items", items, "The things, kind by kind.")])
}

fn item(kind: &Kind) -> Value {
    let mut properties = Map::new();
    properties.insert("kind".to_owned(), json!({ "const": kind.plural }));
    for column in kind.columns {
        let (name, mut more) = match column.content {
            Content::Text => ("string", json!({})),
            Content::Count => ("integer", json!({ "minimum": 0 })),
            Content::Flag => ("boolean", json!({})),
            Content::Seconds => ("number", json!({})),
            Content::List => ("array", json!({ "items": text() })),
            Content::Words => ("object", json!({ "additionalProperties": text() })),
            Content::Counts => ("object", json!({ "additionalProperties": count() })),
        };
        more["type"] = if column.none.is_some() { json!([name, "null"]) } else { json!(name) };
        properties.insert(column.key.to_owned(), more);
    }
    let names: Vec<String> = properties.keys().cloned().collect();
    json!({ "type": "object", "properties": properties, "required": names, "additionalProperties": false })
}

fn hop() -> Value {
    closed(&[
        ("direction", json!({ "enum": ["there", "back"] }), "Whether it is on the way there or back."),
        ("at", text(), "Where it is: something with an address, a subnet, a gateway, a border."),
        ("by", text(), "What judges there."),
        (
            "verdict",
            json!({ "enum": ["Passes", "PassesInPart", "Dropped", "Refused"] }),
            "PassesInPart: from some source ports. Dropped: the caller waits in vain. Refused: it knows at once.",
        ),
        ("why", text(), "The rule, the route or the state behind it."),
    ])
}

fn port() -> Value {
    json!({ "type": "integer", "minimum": 1, "maximum": 65535 })
}

fn boolean() -> Value {
    json!({ "type": "boolean" })
}

fn or_null(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

/// `why FILE SERVICE -o json`.
pub(crate) fn why_service() -> Value {
    let decider = closed(&[
        ("name", text(), "The path of a setting, or in capitals the name of a constant."),
        ("value", text(), "Its value in this run."),
        ("default", nullable("string"), "Its default; null of a constant."),
        ("source", nullable("string"), "Where a constant is from."),
    ]);
    let link = closed(&[
        ("phase", text(), "What was waited for."),
        ("from_s", number(), "When that began."),
        ("to_s", number(), "When it ended."),
        ("rule", text(), "By which rule it takes time."),
        ("setting", nullable("string"), "The setting that owns it, as `--set` names it."),
        ("value", nullable("string"), "Its value in this run."),
        ("default", nullable("string"), "Its default."),
        ("decided_by", list(decider), "What else decides how long it takes, if no setting owns it."),
        (
            "ended_by",
            or_null(Evidence::schema()),
            "The record that ended it; null if that is the run, or the first good second.",
        ),
    ]);
    let outage = closed(&[
        ("fault", nullable("string"), "The fault behind it."),
        ("started_s", number(), "Where the recovery time counts from."),
        ("restored_s", nullable("number"), "Null if the service was not restored."),
        ("rto_s", nullable("number"), "The recovery time."),
        ("chain", list(link), "What led back, each behind what it had to wait for."),
    ]);
    answer(
        "WhyService",
        "why FILE SERVICE -o json",
        "why-service",
        &[
            ("service", text(), "The service."),
            ("outages", list(outage), "Its outages, or the one of that time."),
        ],
    )
}

/// What a length comes from.
fn owner() -> Value {
    closed(&[
        (
            "kind",
            json!({ "enum": ["Setting", "Constant"] }),
            "A setting of the scenario, or a constant of the model.",
        ),
        ("name", text(), "The path that `--set` takes, or the name of the constant."),
        ("value", text(), "Its value."),
    ])
}

/// `why FILE request/NUMBER -o json`.
pub(crate) fn why_request() -> Value {
    let doing: Vec<&str> = Doing::ALL.iter().map(|doing| doing.word()).collect();
    let mut ended: Vec<Value> = Ended::ALL.iter().map(|ended| json!(ended.word())).collect();
    ended.push(Value::Null);
    let outcomes: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.word()).collect();
    let causes: Vec<&str> = Cause::ALL.iter().map(|cause| cause.word()).collect();
    let step = closed(&[
        ("try", count(), "Which try, counted from 1; a pause belongs to the try before it."),
        ("depth", count(), "How many servers wait for it."),
        ("doing", json!({ "enum": doing }), "What is done."),
        (
            "at",
            text(),
            "Where: a node, a server or pod, an instance of a database, a table, an endpoint, or the client.",
        ),
        ("zone", nullable("string"), "Its zone."),
        ("what", text(), "What is done, in words."),
        ("from_s", number(), "When it begins: when the one before it ended."),
        ("until_s", number(), "When it ends."),
        ("ended", json!({ "enum": ended }), "What ended it before it was done."),
        ("rule", text(), "By which rule it takes time."),
        ("owners", list(owner()), "What its length comes from."),
    ]);
    answer(
        "WhyRequest",
        "why FILE request/NUMBER -o json",
        "why-request",
        &[
            (
                "request",
                count(),
                "Its number, as in the records: counted from 0 by arrival over all traffic.",
            ),
            ("class", text(), "Its class."),
            ("client", text(), "The kind of its client."),
            ("arrived_s", number(), "When the client first wanted it."),
            ("ended_s", nullable("number"), "When it ended; null if it is under way when the run ends."),
            ("latency_s", nullable("number"), "From the one to the other."),
            ("outcome", json!({ "enum": outcomes }), "How it ended."),
            ("code", count(), "The status of the last answer; 0 if there was none."),
            ("cause", json!({ "enum": causes }), "Why the last try failed."),
            ("zone", nullable("string"), "The zone of what made the last try fail."),
            ("tries", count(), "How many tries the client made."),
            ("hops", list(text()), "What the last try went through, as its record has it."),
            ("record", count(), "The number of its record."),
            ("faults", list(text()), "The faults that were at work at some time of it."),
            ("steps", list(step), "What the client waited for, without a gap: they add up to the latency."),
        ],
    )
}

/// `why FILE commit/NUMBER -o json`.
pub(crate) fn why_commit() -> Value {
    let classes: Vec<&str> = CommitClass::ALL.iter().map(|class| class.word()).collect();
    let happens: Vec<&str> = Happens::ALL.iter().map(|happens| happens.word()).collect();
    let kinds: Vec<&str> = CopyKind::ALL.iter().map(|kind| kind.word()).collect();
    let by_record = closed(&[
        ("number", count(), "Its number among the records of the run."),
        ("kind", text(), "Its kind."),
    ]);
    let copy = closed(&[
        ("kind", json!({ "enum": kinds }), "The kind of the place."),
        ("name", nullable("string"), "Its name; null of logs, and of a standby that there is not."),
        ("has", nullable("boolean"), "Whether the commit was there; null where nobody counts that."),
        (
            "until_s",
            nullable("number"),
            "Up to when it had all that was written; null if that was before the run, or is not known.",
        ),
        ("what", text(), "The same in words."),
        ("owners", list(owner()), "What that comes from."),
    ]);
    let step = closed(&[
        ("at_s", number(), "When."),
        ("happens", json!({ "enum": happens }), "What happens."),
        ("place", text(), "To what: an instance, the database, or the client."),
        ("zone", nullable("string"), "Its zone."),
        ("what", text(), "What happens, in words."),
        ("rule", text(), "By which rule."),
        ("record", or_null(by_record.clone()), "The record that says so."),
        ("owners", list(owner()), "What it comes from."),
        ("copies", list(copy), "Where the commit was when writes stopped; empty in other steps."),
    ]);
    let commit = closed(&[
        ("number", count(), "Its number: counted from 0 as commits enter the log of their database."),
        ("class", json!({ "enum": classes }), "How it ends."),
        ("written_s", number(), "When it was written to the log."),
        ("durable_s", nullable("number"), "When it was safe on the disk of the writer."),
        ("acknowledged_s", nullable("number"), "When the writer answered; null if it never did."),
        ("gone_s", nullable("number"), "When it was gone; null if it is kept."),
        ("request", nullable("integer"), "The request that wrote it; null if that had been given up."),
        ("faults", list(text()), "The faults that its outages came from."),
        ("steps", list(step), "What became of it, one after the other."),
    ]);
    let count_of = |class: CommitClass| (class.word(), count(), "So many.");
    answer(
        "WhyCommit",
        "why FILE commit/NUMBER -o json",
        "why-commit",
        &[
            ("database", text(), "The database."),
            ("commits", closed(&CommitClass::ALL.map(count_of)), "How all of its commits end."),
            ("record", by_record, "The record that says how all of them end."),
            (
                "commit",
                or_null(commit),
                "What became of it; null if the first lost is asked for and none is.",
            ),
        ],
    )
}

/// `why FILE --when-inevitable SERVICE -o json`.
pub(crate) fn when_inevitable() -> Value {
    let tried = [
        ("met", boolean(), "Whether all objectives of the service hold."),
        ("refused", nullable("string"), "Why nothing was done, if nothing was."),
        ("measured", list(text()), "What was measured of each objective."),
    ];
    let at = [("at_s", number(), "When it was done.")];
    answer(
        "WhenInevitable",
        "why FILE --when-inevitable SERVICE -o json",
        "when-inevitable",
        &[
            ("service", text(), "The service."),
            ("action", text(), "What is done."),
            ("objectives", list(text()), "The objectives of the service."),
            ("without", closed(&tried), "What comes of doing nothing."),
            ("tried", list(closed(&[&tried[..], &at].concat())), "What comes of it, by when it is done."),
            (
                "last_s",
                nullable("number"),
                "The last time, of those tried, at which it meets the objectives.",
            ),
            ("too_late_s", nullable("number"), "The next one at which it does not."),
            ("monotone", boolean(), "Whether it meets them at all earlier times that were tried, too."),
        ],
    )
}

/// `test -o json`.
pub(crate) fn test() -> Value {
    let verdicts = ["Met", "BreachedAsExpected", "Breached", "MetAgainstExpectation", "Inconclusive"];
    let by_seeds = closed(&[
        ("judged", count(), "Runs in which there was something to judge by."),
        ("breached", count(), "Those of them in which it was breached."),
        ("unmeasured", count(), "Runs in which there was nothing."),
        ("worst", nullable("integer"), "The seed of the worst run, whose value is `actual`."),
    ]);
    let objective = objective_schema(&[
        ("verdict", json!({ "enum": verdicts }), "What a judge says."),
        ("seeds", or_null(by_seeds), "How many runs it was judged by; null of one."),
        ("file", nullable("string"), "Where it is written; null of one that a flag has brought."),
        ("line", nullable("integer"), "The line."),
        ("column", nullable("integer"), "The column."),
    ]);
    let service = closed(&[
        ("name", text(), "The service."),
        ("outages", count(), "How often it was away."),
        ("rto_s", nullable("number"), "The longest time to recovery; null if it was not restored once."),
    ]);
    let database = closed(&[
        ("name", text(), "The database or table."),
        ("rpo_s", nullable("number"), "From how far back data was lost at most; null without a failover."),
        ("commits_lost", count(), "Acknowledged commits that are gone."),
    ]);
    let seeds =
        closed(&[("from", count(), "The first."), ("until", count(), "That before which they ended.")]);
    let golden = closed(&[
        ("file", text(), "Where it is kept."),
        (
            "verdict",
            json!({ "enum": ["Met", "Breached"] }),
            "Met where it is what is printed, or was written now.",
        ),
        ("line", nullable("integer"), "The first line that differs."),
    ]);
    let file = closed(&[
        ("file", text(), "As it was given."),
        ("fault", nullable("string"), "The fault that stood in place of its own, as `--fault` names it."),
        ("scenario", nullable("string"), "The scenario's name; null if there was no run."),
        ("seed", nullable("integer"), "The seed; null of many."),
        ("seeds", or_null(seeds), "The seeds, if there were many."),
        ("exit", count(), "The exit code that it alone would have."),
        ("problem", nullable("string"), "Why there was no run."),
        ("services", list(service), "How each service fared."),
        ("databases", list(database), "What each database and table lost."),
        ("objectives", list(objective), "What had to hold."),
        ("golden", or_null(golden), "What was kept of what `run` prints, with `--goldens`."),
    ]);
    document(
        "test",
        "test -o json",
        &[
            ("kind", json!({ "const": "Test" }), "What the document is."),
            (
                "schema_version",
                json!({ "const": SCHEMA_VERSION }),
                "Additions raise the minor number, all else the major.",
            ),
            ("version", text(), "Of the program that made it."),
            ("files", list(file), "What was run, in order: files, or their single faults."),
            ("not_run", count(), "How many were not run, as one before had failed."),
        ],
    )
}

/// `why FILE apply/NAME -o json`.
pub(crate) fn why_apply() -> Value {
    let leg = closed(&[
        ("part", text(), "The part of Kubernetes, or of the cloud, in which it is spent."),
        ("what", text(), "What happens, in words."),
        ("from_s", number(), "When it begins: when the one before it ended."),
        ("until_s", number(), "When it ends."),
        ("owners", list(owner()), "What its length comes from."),
    ]);
    let chosen = closed(&[
        ("at_s", number(), "When."),
        ("attempt", count(), "Which attempt of the scheduler, counted from 1."),
        ("nodes", count(), "How many nodes there were."),
        ("feasible", count(), "How many of them could take the pod."),
        ("score", nullable("integer"), "The best total score; null where a single node could take it."),
        ("best", count(), "How many nodes had it."),
        ("node", text(), "The node that was chosen."),
    ]);
    let pod = or_null(closed(&[
        ("pod", text(), "Namespace and name."),
        ("node", nullable("string"), "Its node."),
        ("zone", nullable("string"), "The node's zone."),
        ("arrived", boolean(), "Whether it came to the end of its way."),
        ("waits", nullable("string"), "Why it fits on no node, if it waits for one."),
        ("chosen", or_null(chosen), "How the scheduler chose its node."),
        ("legs", list(leg.clone()), "Its way, after that of the object."),
    ]));
    let pods = closed(&[
        ("wanted", count(), "How many the object wants."),
        ("made", count(), "How many were made."),
        ("arrived", count(), "How many came to the end of their way."),
    ]);
    let destination = json!({ "enum": ["Ready", "Endpoints", "Targets"] });
    answer(
        "WhyApply",
        "why FILE apply/NAME -o json",
        "why-apply",
        &[
            ("cluster", text(), "The cluster."),
            ("cluster_version", text(), "Its version of Kubernetes."),
            ("object", text(), "What is applied, as `deployment/shop/api`."),
            ("pods", pods, "Its pods, counted."),
            (
                "destination",
                destination,
                "Where the way of a pod ends: it is ready, an endpoint of a service, or a healthy target of its target groups.",
            ),
            ("service", nullable("string"), "The service that leads to the pods."),
            ("legs", list(leg), "The way of the object, until its controller knows of it."),
            ("first", pod.clone(), "The pod that arrived first, or was made first if none did."),
            ("last", pod, "The pod that arrived last, or one that did not; null if there is no other."),
            ("api_is_silent", boolean(), "Whether its API servers answer nobody when the run ends."),
            (
                "not_modelled",
                list(text()),
                "What is on the way of a real `kubectl apply` and is no leg here.",
            ),
        ],
    )
}

/// `why FILE pod/NAME -o json`.
pub(crate) fn why_pod() -> Value {
    let others = ["Unschedulable", "EvictionRefused", "ImagePullFailed"];
    let states = PodState::ALL.iter().map(|state| state.word()).chain(others);
    let moment = closed(&[
        ("at_s", number(), "When."),
        ("state", json!({ "enum": states.collect::<Vec<_>>() }), "What became of it."),
        (
            "reason",
            json!({ "enum": PodReason::ALL.iter().map(|reason| reason.word()).collect::<Vec<_>>() }),
            "Why.",
        ),
        ("node", nullable("string"), "The node that it was bound to then."),
        (
            "message",
            nullable("string"),
            "Why it fits on no node; the budget that does not let it go; or the image that it did not get.",
        ),
    ]);
    let queues = json!({ "enum": ["active", "backoff", "unschedulable", "gated", "none"] });
    let waits = closed(&[
        (
            "queue",
            queues,
            "The queue of the scheduler that it is in; none: a node is chosen, or no scheduler serves it.",
        ),
        ("until_s", nullable("number"), "When it is tried again at the latest, if that is known."),
        ("since_s", number(), "Since when it has waited."),
        ("attempts", count(), "How often it was tried."),
        ("rejected_by", list(text()), "The plugins that rejected it the last time."),
        ("gate", nullable("string"), "The gate that keeps it from being tried."),
        ("nominated_node", nullable("string"), "The node on which room is made for it."),
        ("message", nullable("string"), "Why it fits on no node, as its condition says it."),
    ]);
    let decision = closed(&[
        ("at_s", number(), "When it was made."),
        ("attempt", count(), "Which attempt it was, counted from 1."),
        ("node", nullable("string"), "The node that it led to."),
        (
            "expect",
            json!({ "type": "object" }),
            "Every node with its verdict and scores, as `sched explain` writes it under the same key.",
        ),
    ]);
    answer(
        "WhyPod",
        "why FILE pod/NAME -o json",
        "why-pod",
        &[
            ("cluster", text(), "The cluster."),
            ("pod", text(), "Namespace and name."),
            ("owner", nullable("string"), "The workload that it is of, as `deployment/shop/api`."),
            ("status", text(), "As kubectl prints it."),
            ("ready", boolean(), "Whether it is ready, as the API has it."),
            ("node", nullable("string"), "Its node."),
            ("zone", nullable("string"), "The node's zone."),
            ("made_s", number(), "When it was made."),
            ("from_the_start", boolean(), "Whether it was there when the run began."),
            ("waits", or_null(waits), "How it waits for a node, if it does."),
            ("life", list(moment), "What became of it since the run began, as the records tell it."),
            (
                "decision",
                or_null(decision),
                "The last attempt to find a node for it, decided once more; null if the scheduler was never asked.",
            ),
        ],
    )
}
