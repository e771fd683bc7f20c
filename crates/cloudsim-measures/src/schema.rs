//! The JSON document of a run as JSON Schema, key by key as `json` writes it: closed, so that a new key is a new line here.

use crate::evidence::Evidence;
use crate::json::SCHEMA_VERSION;
use crate::json_schema::{Field, closed, count, document, list, nullable, number, text};
use cloudsim_records::{BlameKind, NeedsBy};
use serde_json::{Value, json};

/// The schema of `run -o json`: draft 2020-12. Times are in seconds of simulated time since the start of the run, money is in
/// US dollars.
#[must_use]
pub fn run_schema() -> Value {
    document(
        "run",
        "run -o json",
        &[
            ("kind", json!({ "const": "Run" }), "What the document is."),
            (
                "schema_version",
                json!({ "const": SCHEMA_VERSION }),
                "Additions raise the minor number, all else the major.",
            ),
            ("version", text(), "Of the program that made it."),
            ("scenario", text(), "The scenario's name."),
            ("seed", count(), "The seed."),
            (
                "overrides",
                list(text()),
                "As given on the command line, in order; then the interventions that happened, in theirs.",
            ),
            ("duration_s", number(), "The horizon."),
            ("reached_s", number(), "How far the run came."),
            ("interrupted", json!({ "type": "boolean" }), "Whether someone stopped it before."),
            ("digest", text(), "Of all records: the same for the same input."),
            ("services", list(service()), "What users saw."),
            ("databases", list(database()), "What became of data."),
            ("tables", list(table()), "What became of the data of tables."),
            ("faults", list(fault()), "The faults that started."),
            ("kubernetes", kubernetes(), "Zero where no cluster runs."),
            ("objectives", list(objective_schema(&[])), "What had to hold."),
            ("alerts", json!({ "type": "array" }), "Empty where nothing alerts."),
            ("cost", cost(), "The bill of a month."),
            ("timeline", list(entry()), "The changes of state worth telling, in order of time."),
        ],
    )
}

fn service() -> Value {
    closed(&[
        ("name", text(), "Its name."),
        ("requests", count(), "Valid requests: arrived after the warm-up and over at the horizon."),
        ("good", count(), "Those that were answered well within the client's patience."),
        ("availability", nullable("number"), "The share of good requests; null without requests."),
        (
            "error_budget_burnt",
            nullable("number"),
            "Failures over those that the threshold allows; 1 is all of them.",
        ),
        (
            "latency_ms",
            closed(&[
                ("p50", nullable("number"), "Half of the good answers took no longer."),
                ("p95", nullable("number"), "95 % took no longer."),
                ("p99", nullable("number"), "99 % took no longer."),
                ("max", nullable("number"), "The slowest."),
            ]),
            "From arrival to a good answer, in milliseconds.",
        ),
        (
            "errors",
            list(closed(&[
                ("code", text(), "The status of the last answer, or `timeout`, `connect`, `abandoned`."),
                ("cause", text(), "Why the last try failed."),
                ("zone", nullable("string"), "The zone of what made it fail."),
                ("count", count(), "How many requests."),
            ])),
            "What went wrong, the most frequent first.",
        ),
        ("outages", list(outage()), "When too much went wrong, in order of time."),
    ])
}

fn outage() -> Value {
    let lever = closed(&[
        ("value", text(), "As the scenario would write it."),
        ("rto_s", nullable("number"), "The recovery time with it; null if there is no recovery."),
    ]);
    closed(&[
        ("fault", nullable("string"), "The fault behind it."),
        ("started_s", number(), "Where the recovery time counts from."),
        ("restored_s", nullable("number"), "Null if the service was not restored."),
        ("rto_s", nullable("number"), "The recovery time."),
        (
            "needed",
            nullable("integer"),
            "The most ready pods that the workload needed meanwhile; null of what is judged by its requests.",
        ),
        (
            "phases",
            list(closed(&[
                ("name", text(), "What was waited for."),
                ("from_s", number(), "When it began."),
                ("to_s", number(), "When it ended."),
                ("setting", nullable("string"), "The setting that owns it, as `--set` names it."),
                ("default", nullable("string"), "The vendor's default of that setting."),
                (
                    "ended_by",
                    json!({ "anyOf": [Evidence::schema(), { "type": "null" }] }),
                    "The record that ended it; null if that is the run, or the first good second.",
                ),
                (
                    "lever",
                    json!({ "anyOf": [lever, { "type": "null" }] }),
                    "What its best other value would have done.",
                ),
            ])),
            "Where the time went: contiguous.",
        ),
    ])
}

fn database() -> Value {
    closed(&[
        ("name", text(), "Its name."),
        (
            "commits",
            closed(&[
                ("acked_kept", count(), "Acknowledged and there."),
                ("acked_lost", count(), "Acknowledged and gone."),
                ("unacked_kept", count(), "Not acknowledged, and there all the same."),
                ("unacked_gone", count(), "Not acknowledged and gone."),
            ]),
            "Each commit is in one of four classes.",
        ),
        ("reconciled", count(), "Lost ones that people have written again; they stay among those lost."),
        ("failovers", list(failover(&["failover", "promotion", "restore"])), "In order of time."),
    ])
}

fn table() -> Value {
    closed(&[
        ("name", text(), "Its name."),
        (
            "writes",
            closed(&[
                ("acked_kept", count(), "Acknowledged, and there or written on."),
                ("acked_lost", count(), "Acknowledged and gone with a region."),
                (
                    "acked_overwritten",
                    count(),
                    "Acknowledged, and a later write of another region that had not seen it took its place.",
                ),
                ("acked_open", count(), "Acknowledged and on its way to other regions."),
                ("unacked_kept", count(), "Not acknowledged, and there all the same."),
                ("unacked_gone", count(), "Not acknowledged and gone."),
            ]),
            "Each write is in one of six classes.",
        ),
        ("takeovers", list(failover(&["takeover"])), "Regions that were lost, in order of time."),
    ])
}

fn failover(kinds: &[&str]) -> Value {
    closed(&[
        ("kind", json!({ "enum": kinds }), "Which of them."),
        ("fault", nullable("string"), "The fault behind it."),
        ("from", text(), "The instance that took writes before; of a table the region that is lost."),
        ("to", text(), "The instance that takes them after; of a table a region that is left."),
        ("started_s", number(), "When writes stopped."),
        ("finished_s", nullable("number"), "When it took writes again."),
        ("rto_s", nullable("number"), "Its own recovery time."),
        ("rpo_s", number(), "Last acknowledged commit minus last one up to which all survived."),
        (
            "commits_lost",
            count(),
            "Acknowledged commits of the run that are gone; where `rpo_s` reaches back to before it, more.",
        ),
    ])
}

fn fault() -> Value {
    closed(&[
        ("name", text(), "Its name."),
        ("kind", text(), "As the scenario writes it."),
        ("target", text(), "What it hit."),
        ("started_s", number(), "When it started."),
        ("ended_s", nullable("number"), "When its cause ended."),
        ("record", count(), "The number of the record that it started with."),
    ])
}

fn kubernetes() -> Value {
    let counts = |names: &[&'static str]| {
        let fields: Vec<_> = names.iter().map(|name| (*name, count(), "How many.")).collect();
        closed(&fields)
    };
    closed(&[
        ("nodes", counts(&["ready", "not_ready"]), "Nodes at the end."),
        ("pods", counts(&["running", "pending", "evicted", "rescheduled", "preempted"]), "Pods."),
        (
            "pending_reasons",
            list(closed(&[
                ("reason", text(), "As the scheduler says it, or where the pod is and is not heard of."),
                ("pods", count(), "How many."),
            ])),
            "Why pods wait at the end, the most frequent first: together all that are pending.",
        ),
        (
            "workloads",
            list(closed(&[
                ("name", text(), "Namespace, kind and name."),
                ("availability", nullable("number"), "The share of the time in which all its pods served."),
                ("outages", list(outage()), "When some of its pods were missing, in order of time."),
            ])),
            "Deployments and their like, where requests are asked of services; else they are services themselves.",
        ),
        (
            "needs",
            list(closed(&[
                ("workload", text(), "Namespace, kind and name: a service of the same name."),
                ("pods", count(), "With fewer ready pods it is down."),
                ("by", words(NeedsBy::ALL, NeedsBy::word), "Who says so."),
            ])),
            "How many ready pods each workload needs, where it is a service itself.",
        ),
        ("capacity", list(capacity()), "What each fault that took nodes left, in order of time."),
        ("waiting", list(waiting()), "Pods that fitted nowhere for a while, the longest wait first."),
        (
            "held",
            list(held()),
            "Pods that waited for a volume or that a budget kept on a node which was to be emptied, and those that keep others \
             waiting because they cannot end when all is over, in order of time.",
        ),
        (
            "bare_pods_lost",
            list(text()),
            "Bare pods that were evicted, had to make room or went with their node: nothing makes them again. In order of time.",
        ),
        (
            "silent",
            list(closed(&[("cluster", text(), "Its name."), ("since_s", number(), "Since when.")])),
            "The clusters whose API servers answer nobody when all is over: what is counted here is what they had then.",
        ),
    ])
}

fn words<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str) -> Value {
    json!({ "enum": all.iter().map(|of| word(*of)).collect::<Vec<_>>() })
}

fn capacity() -> Value {
    closed(&[
        ("fault", text(), "The fault."),
        ("cluster", text(), "The cluster."),
        ("at_s", number(), "When."),
        ("nodes_lost", count(), "Nodes that went down or out of reach."),
        ("nodes_left", count(), "Nodes that are up and not cordoned."),
        ("pods_displaced", count(), "Pods on lost nodes that are made again elsewhere."),
        ("pods_bare", count(), "Pods on lost nodes that nothing makes again."),
        (
            "enough",
            json!({ "type": "boolean" }),
            "Whether nothing is short, the nodes that are left taken together.",
        ),
        (
            "resources",
            list(closed(&[
                ("resource", text(), "As manifests name it: cores, bytes, pieces."),
                ("allocatable", number(), "What the nodes that are left have for pods."),
                ("requested", number(), "What the pods on them ask for."),
                ("displaced", number(), "What the displaced pods ask for."),
                ("short", number(), "How much is missing."),
            ])),
            "The resources that displaced pods ask for.",
        ),
    ])
}

fn held() -> Value {
    closed(&[
        ("workload", text(), "Whose it is; the pod itself if it is nobody's."),
        ("pod", text(), "The pod, by namespace and name."),
        ("from_s", number(), "Since when."),
        ("until_s", nullable("number"), "Until when; `null` if it is at the end."),
        ("volume", nullable("string"), "The volume that it waits for, if it waits for one."),
        (
            "budget",
            nullable("string"),
            "The disruption budget that does not let it go, if its node is to be emptied; `namespace/name`, several with \
             commas between. If neither this nor `volume` is set, it waits for its own end.",
        ),
        (
            "node",
            text(),
            "The node that has the volume, that is to be emptied, or on which the pod is to end and of which nothing is heard.",
        ),
    ])
}

fn waiting() -> Value {
    closed(&[
        ("workload", text(), "Whose the pods are; the pod itself if it is nobody's."),
        ("pods", list(text()), "The pods, by namespace and name."),
        ("pending", count(), "How many of them wait at the end."),
        ("from_s", number(), "When the first began to wait."),
        ("until_s", nullable("number"), "When the last waited no more."),
        ("shortest_s", number(), "The shortest that one of them waited."),
        ("longest_s", number(), "The longest that one of them waited."),
        ("reason", text(), "What the scheduler said for the longest time."),
        (
            "blame",
            list(closed(&[
                ("kind", words(BlameKind::ALL, BlameKind::word), "What sort of thing."),
                ("what", text(), "Which one."),
                ("nodes", count(), "From how many nodes that were up it kept the pod."),
                ("alone", count(), "On how many of them nothing else did."),
            ])),
            "What kept them from the nodes that were up, what was most often alone in the way first.",
        ),
    ])
}

/// An objective as documents have it, with more fields.
#[must_use]
pub fn objective_schema(more: &[Field<'_>]) -> Value {
    let kinds = json!({ "enum": ["Rto", "Rpo", "Availability", "Latency", "MonthlyCost"] });
    let own = [
        ("name", text(), "Its name."),
        ("kind", kinds, "What it asks for."),
        ("subject", text(), "The service or database; `bill` for a cost."),
        ("target", number(), "The limit: seconds, a share, or dollars."),
        (
            "actual",
            nullable("number"),
            "What was measured; null if nothing was, or if there was no recovery.",
        ),
        ("met", json!({ "type": "boolean" }), "The raw comparison."),
        ("expect", json!({ "enum": ["Met", "Breached"] }), "What the scenario expects."),
    ];
    closed(&[&own[..], more].concat())
}

fn cost() -> Value {
    let item = closed(&[
        ("what", text(), "What is paid for."),
        ("quantity", number(), "How much of it."),
        ("unit", text(), "Of which unit."),
        ("usd", number(), "What it costs."),
    ]);
    let by_service = closed(&[
        ("service", nullable("string"), "The service; null for what is shared."),
        ("usd", number(), "Its part of the bill."),
    ]);
    let lost = closed(&[
        ("service", text(), "The service."),
        ("lost", count(), "Valid requests that were not good."),
        ("request_value_usd", number(), "What each is worth."),
        ("usd", number(), "What they were worth together."),
    ]);
    let mut outage =
        closed(&[("usd", number(), "The sum."), ("services", list(lost), "Those with a value.")]);
    outage["type"] = json!(["object", "null"]);
    let mut own = closed(&[
        ("region", nullable("string"), "The region that they are of, if the scenario says so."),
        ("date", nullable("string"), "When they were looked up, if the scenario says so."),
        ("names", list(text()), "What has one."),
    ]);
    own["type"] = json!(["object", "null"]);
    let prices = closed(&[
        ("region", text(), "The region that they are of."),
        ("date", text(), "When they were looked up."),
        ("own", own, "What the scenario put in their place; null if nothing."),
    ]);
    closed(&[
        ("monthly_usd", number(), "The sum."),
        ("items", list(item.clone()), "Line by line."),
        ("by_service", list(by_service), "The same by service; what is shared comes last."),
        (
            "recovery",
            list(item),
            "What retrievals from archives and replicas created in other regions cost, once: no part of the month.",
        ),
        ("outage", outage, "What lost requests were worth; null where none has a value."),
        ("prices", prices, "Which prices the bill is made with."),
    ])
}

fn entry() -> Value {
    closed(&[
        ("at_s", number(), "When it happened."),
        ("subject", text(), "To what."),
        ("what", text(), "What happened."),
        ("detail", text(), "More of it; may be empty."),
    ])
}
