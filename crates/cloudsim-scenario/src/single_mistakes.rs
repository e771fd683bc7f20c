//! One mistake, one problem: each shipped file with each of its values wrong in turn.

use crate::diagnostics::{Origin, Severity, Sources, Span};
use crate::files::{MemoryFiles, SHIPPED, shipped};
use crate::load::load;
use crate::names::identity;
use crate::overrides::Overrides;
use crate::schema::scenario_schema;
use crate::spec::facts::NAMES;
use crate::syntax::{Node, Value, parse_document};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// A part of a file, and what stands there by mistake.
struct Mistake {
    what: String,
    span: Span,
    text: String,
}

/// All single mistakes of a file, found by walking along the schema.
struct Hunt<'a> {
    schema: &'a Json,
    mistakes: Vec<Mistake>,
    /// Where absurd numbers were tried: once in each file is enough.
    tried: BTreeSet<String>,
}

impl<'a> Hunt<'a> {
    fn resolve(&self, schema: &'a Json) -> (&'a str, &'a Json) {
        let name = schema["$ref"].as_str().and_then(|link| link.strip_prefix("#/$defs/"));
        name.map_or(("", schema), |name| (name, &self.schema["$defs"][name]))
    }

    fn add(&mut self, what: String, span: Span, text: impl Into<String>) {
        self.mistakes.push(Mistake { what, span, text: text.into() });
    }

    fn value(&mut self, path: &str, node: &Node, schema: &'a Json) {
        let refers = schema.get(NAMES).is_some();
        let (kind, schema) = self.resolve(schema);
        if refers {
            return self.references(path, node);
        }
        if let Some(variants) = schema["oneOf"].as_array() {
            return self.variant(path, node, variants);
        }
        match &node.value {
            Value::Struct(None, fields) => {
                for field in fields {
                    let path = format!("{path}.{}", field.name);
                    if let Some(schema) = schema["properties"].get(&field.name) {
                        let misspelt = format!("{}{}", &field.name[..1], field.name);
                        self.add(format!("{path} misspelt"), field.name_span, misspelt);
                        self.value(&path, &field.value, schema);
                    }
                }
            }
            Value::List(items) | Value::Tuple(_, items) => {
                let list = path.rsplit('.').next().unwrap_or(path);
                for item in items {
                    self.value(path, item, &schema["items"]);
                }
                let named: Vec<_> = items.iter().filter_map(|item| identity(list, item)).collect();
                for pair in named.windows(2) {
                    let (first, second) = (&pair[0], &pair[1]);
                    if list != "handlers" {
                        let text = if list == "listeners" || list == "ingress" || list == "egress" {
                            first.0.clone()
                        } else {
                            format!("{:?}", first.0)
                        };
                        self.add(format!("{path}: `{}` twice", first.0), second.1, text);
                    }
                }
            }
            Value::Text(_) => {
                let (unit, range) = match kind {
                    "duration" => ("5parsecs", Some("400d")),
                    "size" => ("3 bits", Some("2000TiB")),
                    "rate" => ("100/fortnight", Some("20000000/s")),
                    "share" | "need" => ("half", Some("101%")),
                    "money" => ("ten", None),
                    "amount" => ("5parsecs", None),
                    "range" => ("10.0.0.0", Some("10.0.0.0/33")),
                    "address" => ("10.0.0", None),
                    "ports" => ("http", Some("70000")),
                    _ => return self.add(format!("{path} of a wrong type"), node.span, "5"),
                };
                if self.tried.insert(path.to_owned()) {
                    for absurd in
                        ["", "-", "-1s", "-5", "NaN", "inf", "1e308s", "999999999y", "18446744073709551616B"]
                    {
                        self.add(format!("{path} absurd"), node.span, format!("{absurd:?}"));
                    }
                }
                self.add(format!("{path} of a wrong unit"), node.span, format!("{unit:?}"));
                self.add(format!("{path} of a wrong type"), node.span, "(5)");
                if let Some(range) = range {
                    self.add(format!("{path} out of range"), node.span, format!("{range:?}"));
                }
            }
            Value::Number(_) => {
                if self.tried.insert(path.to_owned()) {
                    for absurd in ["-9223372036854775809", "99999999999999999999999", "NaN", "inf", "-1e308"]
                    {
                        self.add(format!("{path} absurd"), node.span, absurd);
                    }
                }
                self.add(format!("{path} of a wrong type"), node.span, "\"many\"");
                if schema.get("minimum").is_some() || schema.get("exclusiveMinimum").is_some() {
                    self.add(format!("{path} below zero"), node.span, "-1");
                }
                if schema["type"] == "integer" {
                    self.add(format!("{path} is a fraction"), node.span, "1.5");
                }
                if !path.ends_with("seed") {
                    self.add(format!("{path} out of range"), node.span, "99999999999");
                }
            }
            _ => {}
        }
    }

    fn references(&mut self, path: &str, node: &Node) {
        match &node.value {
            Value::Text(_) => {
                self.add(format!("{path} unknown"), node.span, "\"no-such\"");
                self.add(format!("{path} of a wrong type"), node.span, "5");
            }
            Value::List(items) | Value::Tuple(_, items) => {
                for item in items {
                    self.references(path, item);
                }
            }
            Value::Map(entries) => {
                for (key, count) in entries {
                    self.references(path, key);
                    self.add(format!("{path} out of range"), count.span, "99999999999");
                    self.add(format!("{path} below zero"), count.span, "-1");
                }
            }
            _ => {}
        }
    }

    fn variant(&mut self, path: &str, node: &Node, variants: &'a [Json]) {
        let Some(name) = node.variant() else { return };
        let path = format!("{path}.{name}");
        let start = node.span.start as usize;
        let place = Span::new(node.span.source, start, start + name.len());
        self.add(format!("{path} misspelt"), place, format!("{name}x"));
        let content = variants.iter().find_map(|variant| variant["properties"].get(name));
        let Some(content) = content else { return };
        match &node.value {
            Value::Struct(_, fields) => {
                let inner = Node { span: node.span, value: Value::Struct(None, fields.clone()) };
                self.value(&path, &inner, content);
            }
            Value::Tuple(_, items) => match content["prefixItems"].as_array() {
                Some(kinds) => {
                    for (item, kind) in items.iter().zip(kinds) {
                        self.value(&path, item, kind);
                    }
                }
                None => self.value(&path, &items[0], content),
            },
            _ => {}
        }
    }
}

/// What is said about a scenario, as short lines.
fn said(files: &MemoryFiles, scenario: &str) -> (bool, BTreeSet<String>) {
    let (problems, sources) = match load(files, scenario, &Overrides::default()) {
        Ok(loaded) => (loaded.warnings, loaded.sources),
        Err(problems) => (problems.problems, problems.sources),
    };
    let failed = problems.iter().any(|problem| problem.severity == Severity::Error);
    let line = |problem: &crate::diagnostics::Problem| {
        let place = problem.place().map(|place| sources.locate(place));
        let place = place.map_or_else(String::new, |place| format!("{}:{}", place.line, place.column));
        format!("    {} at {place}: {}", problem.rule.code, problem.message)
    };
    (failed, problems.iter().map(line).collect())
}

/// What is said about each mistake that is met with anything but one problem.
fn wrong_answers(file: &str, scenario: &str, text: &str) -> (usize, Vec<String>) {
    let mut sources = Sources::default();
    let source = sources.add(file.into(), text.into(), Origin::File);
    let root = parse_document(source, text, &mut 0).expect("it is shipped");
    let schema = scenario_schema();
    let mut hunt = Hunt { schema: &schema, mistakes: Vec::new(), tried: BTreeSet::new() };
    hunt.value("", &root, &schema);
    let mut files = MemoryFiles::default();
    // What a shipped scenario includes is shipped too, so that it has to be here as well.
    for (world, text) in SHIPPED.iter().filter(|(name, _)| name.contains('/')) {
        files.insert(*world, *text);
    }
    let made = match scenario {
        "two-regions.ron" => TWO_REGIONS,
        "strategies.ron" => STRATEGIES,
        _ => BLOG,
    };
    files.insert(scenario, shipped(scenario).unwrap_or(made));
    files.insert(file, text);
    let (failed, usual) = said(&files, scenario);
    assert!(!failed, "{usual:?}");
    let mut wrong = Vec::new();
    for Mistake { what, span, text: by } in &hunt.mistakes {
        let (start, end) = (span.start as usize, span.end as usize);
        files.insert(file, format!("{}{by}{}", &text[..start], &text[end..]));
        let (failed, told) = said(&files, scenario);
        // What is said anyway has the place that it has anyway, for no mistake adds a line.
        let of_it: Vec<&str> = told.difference(&usual).map(String::as_str).collect();
        if !failed || of_it.len() != 1 {
            let line = text[..start].lines().count();
            wrong.push(format!("{file}:{line}: {what}: {}\n{}", &text[start..end], of_it.join("\n")));
        }
    }
    (hunt.mistakes.len(), wrong)
}

/// The smallest world has no scenario of its own.
const BLOG: &str = r#"(version: 1, name: "blog", duration: "10m", include: ["worlds/two-zone-blog.ron"],
    traffic: [OpenLoop(name: "readers", rate: "100/s", mix: { "read": 1 })])"#;

/// Two regions without a strategy, which would set what they say.
const TWO_REGIONS: &str =
    r#"(version: 1, name: "two-regions", duration: "10m", include: ["worlds/shop-two-regions.ron"])"#;

/// Strategies of which none is chosen.
const STRATEGIES: &str =
    r#"(version: 1, name: "strategies", duration: "10m", include: ["worlds/shop-strategies.ron"])"#;

/// What no shipped file has.
const REST: &str = r#"(version: 1, name: "rest", seed: 3, duration: "20m", include: ["worlds/three-tier.ron"],
    route_tables: [(name: "cut", vpc: "main", routes: [(to: "0.0.0.0/0", via: Blackhole)])],
    endpoints: [
        (name: "mail", address: "198.51.100.9", port: 443, response: Uniform("1ms", "9ms"), error_rate: "1%"),
    ],
    vpc_endpoints: [
        (name: "to-mail", vpc: "main", endpoint: "mail", kind: Gateway(route_tables: ["cut"])),
        (name: "to-mail-too", vpc: "main", endpoint: "mail", kind: Interface(
            subnets: ["private-web-subnet-a"], security_groups: ["backend"])),
    ],
    health_checks: [(name: "front", target: "frontend-alb", port: 443, class: "browse", interval: "10s", failure_threshold: 2)],
    routing_controls: [(name: "east-on", on: false)],
    prices: (region: "eu-central-1", date: "2026-11-01", usd: { "m5.large": "0.115", "db.m5.large MySql": "0.2" }),
    dns_records: [
        (name: "either", failover: (
            primary: "frontend-alb", secondary: "backend-alb", health_check: "front", secondary_health_check: "east-on")),
        (name: "both", weighted: [
            (alias: "frontend-alb", weight: 3, health_check: "front"), (alias: "backend-alb", weight: 0)]),
        (name: "near", latency: [(alias: "frontend-alb", health_check: "front"), (alias: "backend-alb")]),
        (name: "all", multivalue: [(alias: "frontend-alb", health_check: "front"), (alias: "backend-alb")]),
    ],
    tables: [
        (name: "carts", regions: ["us-east-1"], consistency: Eventual, items: 1000, item_size: "2KiB", storage: "5GiB",
            response: Constant("4ms"), lag: LogNormal(median: "500ms", p95: "1s")),
        (name: "sessions", regions: ["us-east-1", "us-west-2"], consistency: Strong(witness: "us-east-2")),
    ],
    regions: [(name: "us-west-2"), (name: "us-east-2")],
    zones: [(name: "w", region: "us-west-2"), (name: "e", region: "us-east-2")],
    clients: [
        (name: "job", connect_timeout: "1s", try_timeout: "5s", tries: 2, timeout: "20s", address: "198.51.100.77",
            backoff: (base: "100ms", max: "2s"), latency: Exponential("5ms"),
            latencies: [(region: "us-west-2", latency: Uniform("30ms", "40ms"))],
            resolvers: (count: 10, ttl_violators: "5%", ttl_stretch_max: 3)),
    ],
    set: { "databases.orders.recovery": Restore(decide: "5m") },
    traffic: [OpenLoop(name: "visitors", rate: "100/s", arrivals: Constant, mix: { "browse": 9, "checkout": 1 })],
    faults: [
        ZonePartition(name: "apart", zone: "a", from: ["b", "c"], internet: true, at: "2m", lasts: "1m"),
        RegionPowerLoss(region: "us-east-1", return_apart: "1m", at: "15m", lasts: "1m"),
        ControlPlaneLoss(region: "us-east-1", at: "14m", lasts: "1m"),
        GreyZone(zone: "b", latency: "1ms", jitter: "2ms", loss: "1%", direction: Ingress, at: "3m"),
        HostDeath(instance: "frontend-server-1", at: "4m"), ProcessDeath(instance: "frontend-server", at: "5m"),
        NatGatewayLoss(nat_gateway: "nat-a", at: "6m"), DatabasePrimaryCrash(database: "orders", at: "7m"),
        DatabaseStandbyLoss(database: "orders", at: "8m", lasts: "1m"),
        BalancerNodeLoss(node: "frontend-alb/a", at: "8m", lasts: "1m"),
        RouteTableChange(subnets: ["private-web-subnet-a", "private-web-subnet-b"], route_table: "cut", at: "9m"),
        SecurityGroupChange(security_group: "backend", rules_of: "frontend", at: "9m"),
    ],
    runbooks: [
        (name: "move", begins: Unhealthy("front"), notice: Constant("1m"), decide: LogNormal(median: "5m", p95: "9m"),
            steps: [
                (name: "grow", action: "scale group/frontend 8", takes: Constant("10s"), within: "5m", otherwise: "ask"),
                (name: "look", waits: false)]),
        (name: "ask", automatic: true, steps: [(name: "call", takes: Uniform("1m", "9m"))]),
        (name: "after", begins: Healthy("front"), steps: []), (name: "late", begins: At("12m"), steps: []),
    ],
    objectives: [
        Rto(name: "back", service: "web", at_most: "2m", expect: Breached), Rpo(database: "orders", at_most: "0s"),
        Availability(service: "web", at_least: "99%"), MonthlyCost(at_most: "1234.50"),
        Latency(service: "checkout", percentile: 50, at_most: "500ms"),
    ])"#;

/// Mistakes of the command line.
const FLAGS: &[(&[&str], &[&str])] = &[
    (&["target_groups.frontend.interval=4parsecs"], &[]),
    (&["target_groups.frontend.interval=400d"], &[]),
    (&["target_groups.frontend.intervall=15s"], &[]),
    (&["target_groups.fronted.interval=15s"], &[]),
    (&["zones.a.region=nowhere"], &[]),
    (&["zones.a.name=b"], &[]),
    (&["zones.a.name=\u{1b}[31m"], &[]),
    (&["zones.a.name="], &[]),
    (&["zones.0=5"], &[]),
    (&["zones.a="], &[]),
    (&["seed=1.5"], &[]),
    (&["auto_scaling_groups.frontend.desired=-1"], &[]),
    (&["auto_scaling_groups.frontend.member=backend-server"], &[]),
    (&["subnets.public-web-subnet-a.vpc=nowhere"], &[]),
    (&["traffic.visitors.rate=20000000/s"], &[]),
    (&["traffic.visitors.mix={\"brows\": 1}"], &[]),
    (&["services.web.classes=[\"brows\"]"], &[]),
    (&["durration=10m"], &[]),
    (&["duration=400d"], &[]),
    (&["warm_up=400d"], &[]),
    (&["seed=-1"], &[]),
    (&["seed=many"], &[]),
    (&[], &["zone:\u{1b}[31m@5m"]),
    (&[], &["zone:d@5m"]),
    (&[], &["zone:@5m"]),
    (&[], &["zone:a@"]),
    (&[], &["zone:a@5m+"]),
    (&[], &["zone:a@400d"]),
    (&[], &["region:nowhere@5m"]),
    (&[], &["zome:a@5m"]),
    (&[], &["host:no-such-1@5m"]),
    (&[], &["host:frontend-server-99999@5m"]),
    (&[], &["ZonePowerLoss(zone: \"a\")"]),
    (&[], &["ZonePowerLos(zone: \"a\", at: \"5m\")"]),
    (&[], &["GreyZone(zone: \"d\", loss: \"1%\", at: \"5m\")"]),
    (&[], &["GreyZone(zone: \"a\", loss: \"101%\", at: \"5m\")"]),
    (&[], &["SecurityGroupChange(security_group: \"backend\", rules_of: \"backend\", at: \"5m\")"]),
];

#[test]
fn one_mistake_of_the_command_line_has_one_problem() {
    for (set, faults) in FLAGS {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let overrides = Overrides { set: owned(set), faults: owned(faults), ..Overrides::default() };
        let Err(problems) = load(&MemoryFiles::default(), "az-a-outage-ec2", &overrides) else {
            panic!("nothing is said about {set:?} {faults:?}");
        };
        assert_eq!(problems.problems.len(), 1, "{set:?} {faults:?}:\n{problems}");
    }
}

#[test]
fn one_mistake_has_one_problem() {
    let (mut tried, mut wrong) = (0, Vec::new());
    let made = [("blog.ron", BLOG), ("rest.ron", REST), ("shop.ron", include_str!("../tests/shop.ron"))];
    for (file, text) in SHIPPED.iter().chain(&made) {
        let scenario = match *file {
            "worlds/two-zone-blog.ron" => "blog.ron",
            "worlds/three-tier.ron" | "worlds/three-tier-base.ron" => "az-a-outage-ec2.ron",
            "worlds/three-tier-eks.ron" => "az-a-outage.ron",
            "worlds/kubernetes.ron" => "k8s-whole-zone.ron",
            "worlds/kubernetes-autoscaled.ron" => "k8s-autoscaler-two-zones.ron",
            "worlds/cart-eks.ron" => "k8s-stale-endpoints.ron",
            "worlds/shop-two-regions.ron" => "two-regions.ron",
            "worlds/shop-strategies.ron" => "strategies.ron",
            "worlds/coredns.ron" => "k8s-dns-zone-loss.ron",
            scenario => scenario,
        };
        let (count, mut answers) = wrong_answers(file, scenario, text);
        tried += count;
        wrong.append(&mut answers);
    }
    assert!(tried > 1_000, "{tried} mistakes");
    assert!(shipped("worlds/three-tier.ron").is_some(), "the worlds are among them");
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
}
