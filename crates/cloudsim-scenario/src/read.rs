//! The tree to types, by way of `ron`: each item is printed and read by itself, so that one mistake hides no other.

use crate::api;
use crate::diagnostics::{Problem, Sources, Span, codes, did_you_mean, nearest};
use crate::limits::items_max;
use crate::merge::{head, kind, not_a_list};
use crate::spec::{Api, ApiType, COUNT, HasApi, Scenario};
use crate::syntax::{Node, Printed, Value, compact, print_with_places};
use ron::error::SpannedError;
use ron::extensions::Extensions;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;

/// The field of a thing that is in the words of the Kubernetes API.
const SPEC: &str = "spec";

fn spec_mut(node: &mut Node) -> Option<&mut Node> {
    node.fields_mut()?.iter_mut().find(|field| field.name == SPEC).map(|field| &mut field.value)
}

/// What a part of the tree became.
pub(crate) struct Reading<'a> {
    pub(crate) sources: &'a Sources,
    pub(crate) problems: Vec<Problem>,
    /// So many more bytes may be read before mistakes stop being looked for: each mistake in an item reads it again.
    pub(crate) budget: usize,
    /// The lists of which something could not be read, a whole item or a part of one.
    pub(crate) incomplete: BTreeSet<&'static str>,
}

/// Reads a merged scenario. What cannot be read is reported and removed from the tree, so that the places of what was
/// read are those of the tree.
pub(crate) fn read_scenario(root: &mut Node, reading: &mut Reading<'_>) -> Scenario {
    Scenario {
        name: reading.field(root, "name"),
        seed: reading.field(root, "seed"),
        duration: reading.field(root, "duration"),
        warm_up: reading.field(root, "warm_up"),
        sweep: reading.field(root, "sweep"),
        optimize: reading.field(root, "optimize"),
        assumptions: reading.field(root, "assumptions"),
        prices: reading.field(root, "prices"),
        latencies: reading.field(root, "latencies"),
        regions: reading.list(root, "regions"),
        zones: reading.list(root, "zones"),
        vpcs: reading.list(root, "vpcs"),
        subnets: reading.list(root, "subnets"),
        internet_gateways: reading.list(root, "internet_gateways"),
        nat_gateways: reading.list(root, "nat_gateways"),
        route_tables: reading.list(root, "route_tables"),
        security_groups: reading.list(root, "security_groups"),
        network_acls: reading.list(root, "network_acls"),
        vpc_endpoints: reading.list(root, "vpc_endpoints"),
        health_checks: reading.list(root, "health_checks"),
        routing_controls: reading.list(root, "routing_controls"),
        dns_records: reading.list(root, "dns_records"),
        load_balancers: reading.list(root, "load_balancers"),
        target_groups: reading.list(root, "target_groups"),
        machine_images: reading.list(root, "machine_images"),
        auto_scaling_groups: reading.list(root, "auto_scaling_groups"),
        databases: reading.list(root, "databases"),
        secrets: reading.list(root, "secrets"),
        stacks: reading.list(root, "stacks"),
        tables: reading.list(root, "tables"),
        clusters: reading.list(root, "clusters"),
        namespaces: reading.list(root, "namespaces"),
        priority_classes: reading.list(root, "priority_classes"),
        images: reading.list(root, "images"),
        nodes: reading.list(root, "nodes"),
        deployments: reading.objects(root, "deployments"),
        replica_sets: reading.objects(root, "replica_sets"),
        stateful_sets: reading.objects(root, "stateful_sets"),
        daemon_sets: reading.objects(root, "daemon_sets"),
        jobs: reading.objects(root, "jobs"),
        cron_jobs: reading.objects(root, "cron_jobs"),
        pods: reading.objects(root, "pods"),
        kubernetes_services: reading.objects(root, "kubernetes_services"),
        pod_disruption_budgets: reading.objects(root, "pod_disruption_budgets"),
        horizontal_pod_autoscalers: reading.objects(root, "horizontal_pod_autoscalers"),
        storage_classes: reading.objects(root, "storage_classes"),
        persistent_volumes: reading.objects(root, "persistent_volumes"),
        persistent_volume_claims: reading.objects(root, "persistent_volume_claims"),
        endpoints: reading.list(root, "endpoints"),
        clients: reading.list(root, "clients"),
        classes: reading.list(root, "classes"),
        services: reading.list(root, "services"),
        traffic: reading.list(root, "traffic"),
        faults: reading.list(root, "faults"),
        interventions: reading.list(root, "interventions"),
        runbooks: reading.list(root, "runbooks"),
        objectives: reading.list(root, "objectives"),
        failures: reading.list(root, "failures"),
    }
}

impl Reading<'_> {
    fn field<T: DeserializeOwned>(&mut self, root: &mut Node, name: &'static str) -> Option<T> {
        let field = root.fields_mut()?.iter_mut().find(|field| field.name == name)?;
        self.item(name, &mut field.value)
    }

    fn list<T: DeserializeOwned>(&mut self, root: &mut Node, name: &'static str) -> Vec<T> {
        self.items(root, name, Self::item)
    }

    /// A list of things that have a field in the words of the Kubernetes API.
    fn objects<T: DeserializeOwned + HasApi>(&mut self, root: &mut Node, name: &'static str) -> Vec<T> {
        self.items(root, name, Self::object)
    }

    fn items<T>(
        &mut self,
        root: &mut Node,
        name: &'static str,
        read: impl Fn(&mut Self, &'static str, &mut Node) -> Option<T>,
    ) -> Vec<T> {
        let Some(field) = root.fields_mut().and_then(|all| all.iter_mut().find(|field| field.name == name))
        else {
            return Vec::new();
        };
        let Value::List(nodes) = &mut field.value.value else {
            self.problems.push(not_a_list(name, field.value.span));
            self.incomplete.insert(name);
            return Vec::new();
        };
        let most = items_max(name);
        if nodes.len() > most {
            let message = format!("{} {} are more than {most}", nodes.len(), name.replace('_', " "));
            self.problems.push(Problem::error(&codes::RANGE, message).at(field.name_span));
            self.incomplete.insert(name);
            nodes.clear();
        }
        let mut items = Vec::with_capacity(nodes.len());
        nodes.retain_mut(|node| match read(self, name, node) {
            Some(item) => {
                items.push(item);
                true
            }
            None => false,
        });
        items
    }

    /// Reads one item. Each failed attempt removes what was wrong, or gives up, so that there are finitely many.
    fn item<T: DeserializeOwned>(&mut self, kind: &'static str, node: &mut Node) -> Option<T> {
        let options = ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
        let mut removed: Vec<String> = Vec::new();
        let mut unknown = Unknown::default();
        loop {
            let text = compact(node);
            self.budget = self.budget.saturating_sub(text.len());
            let error = match options.from_str(&text) {
                Ok(item) => return Some(item),
                Err(error) => error,
            };
            let printed = print_with_places(node);
            if self.budget == 0 && !self.problems.is_empty() {
                self.incomplete.insert(kind);
                return None;
            }
            if let ron::Error::MissingStructField { field, .. } = &error.code {
                let way = find(&printed, &error, node, |node| {
                    node.fields().is_some() && node.field(field).is_none()
                });
                let whole = follow(node, &way);
                // One that is missing because it was wrong, or is there under a name that nobody knows, was told.
                if !removed.iter().any(|name| name == field) && !unknown.removed_from.contains(&whole.span) {
                    self.problems.push(missing(field, head(whole), whole));
                }
                self.incomplete.insert(kind);
                return None;
            }
            if let ron::Error::NoSuchStructField { expected, found, .. } = &error.code {
                let way = find(&printed, &error, node, |node| node.field(found).is_some());
                let place = unknown.take(follow_mut(node, &way), found, expected);
                let problem = Problem::error(&codes::UNKNOWN_FIELD, format!("unknown field `{found}`"));
                let problem = problem.hint(did_you_mean(found, expected.iter().copied()).unwrap_or_default());
                self.problems.push(problem.at(place.unwrap_or(node.span)));
                self.incomplete.insert(kind);
                place?;
                continue;
            }
            let mut way = find(&printed, &error, node, |_| true);
            if matches!(error.code, ron::Error::ExpectedIdentifier) {
                // Values where fields are wanted: `Restore("2m")` instead of `Restore(decide: "2m")`.
                let outer = way.split_last().map_or(&[][..], |(_, outer)| outer);
                if matches!(follow(node, outer).value, Value::Tuple(..)) {
                    way.truncate(outer.len());
                }
            }
            if let ron::Error::InvalidValueForType { found, .. } = &error.code {
                // What holds others is refused where its parts begin.
                let refused = |node: &Node| match found.as_str() {
                    "a sequence" => matches!(node.value, Value::List(_) | Value::Tuple(..)),
                    "a map" => matches!(node.value, Value::Map(_) | Value::Struct(..)),
                    _ => true,
                };
                while !refused(follow(node, &way)) && way.pop().is_some() {}
            }
            let wrong = follow_mut(node, &way);
            if self.is_bare(wrong) && !(wants_number(&error.code) && matches!(wrong.value, Value::Number(_)))
            {
                // `--set clients.x.name=browser` means the text, not a word.
                wrong.value = Value::Text(self.sources.text(wrong.span).to_owned());
                continue;
            }
            if !unknown.meant.iter().any(|meant| meant.holds(wrong.span)) {
                self.problems.push(wrong_type(&error.code, wrong));
            }
            self.incomplete.insert(kind);
            match remove(node, &way) {
                Some(name) => removed.push(name),
                None => return None,
            }
        }
    }

    /// Reads a thing of which one field is in the words of the API: first all but that, then that.
    fn object<T: DeserializeOwned + HasApi>(&mut self, kind: &'static str, node: &mut Node) -> Option<T> {
        let aside = spec_mut(node).map(|spec| {
            let empty = Node { span: spec.span, value: Value::Tuple(None, Vec::new()) };
            std::mem::replace(spec, empty)
        });
        let mut item: T = self.item(kind, node)?;
        // One that was written under a name that nobody knows has it now.
        let spec = spec_mut(node)?;
        if let Some(aside) = aside {
            *spec = aside;
        }
        *item.api_mut() = Api(Some(self.api::<T::Type>(kind, spec)?));
        Some(item)
    }

    /// Reads a value in the words of the API.
    fn api<T: ApiType>(&mut self, kind: &'static str, node: &mut Node) -> Option<T::Value> {
        let mut removed: Vec<String> = Vec::new();
        let mut unknown = Unknown::default();
        loop {
            self.budget = self.budget.saturating_sub((node.span.end - node.span.start) as usize);
            let pass = api::pass::<T::Value>(node, self.sources);
            if pass.value.is_err() || !pass.unknown.is_empty() || !pass.missing.is_empty() {
                self.incomplete.insert(kind);
                if self.budget == 0 && !self.problems.is_empty() {
                    return None;
                }
            }
            if !pass.unknown.is_empty() {
                // From the last to the first, for a field that is removed moves those behind it.
                for field in pass.unknown.iter().rev() {
                    let place = unknown.take(follow_mut(node, &field.way), &field.name, field.expected);
                    let message = format!("unknown field `{}`", field.name);
                    let hint = did_you_mean(&field.name, field.expected.iter().copied());
                    let problem = Problem::error(&codes::UNKNOWN_FIELD, message).at(place?);
                    self.problems.push(problem.hint(hint.unwrap_or_default()));
                }
                continue;
            }
            match pass.value {
                Ok(value) if pass.missing.is_empty() => return Some(value),
                Ok(_) => {
                    for field in &pass.missing {
                        let whole = follow(node, &field.way);
                        let told = removed.iter().any(|name| name == field.name)
                            || unknown.removed_from.contains(&whole.span);
                        if !told {
                            self.problems.push(missing(field.name, head(whole), whole));
                        }
                    }
                    return None;
                }
                Err(wrong) => {
                    let place = wrong.problem.place().unwrap_or(node.span);
                    if !unknown.meant.iter().any(|meant| meant.holds(place)) {
                        self.problems.push(wrong.problem);
                    }
                    removed.push(remove(node, &wrong.way)?);
                }
            }
        }
    }

    /// Whether it was given as bare text on the command line.
    fn is_bare(&self, node: &Node) -> bool {
        matches!(node.value, Value::Word(_) | Value::Number(_)) && !self.sources.is_file(node.span.source)
    }
}

/// Fields of an item that the language does not have.
#[derive(Default)]
struct Unknown {
    /// The values of those that stand for the field that was probably meant. If they do not fit, they were not.
    meant: Vec<Span>,
    /// The structs that had one which is like no field: it may be any that they lack.
    removed_from: Vec<Span>,
}

impl Unknown {
    /// Gives a field the name that was probably meant, or removes it. Returns the place of its name, if it is there.
    fn take(&mut self, node: &mut Node, found: &str, expected: &[&'static str]) -> Option<Span> {
        let whole = node.span;
        let fields = node.fields_mut()?;
        let index = fields.iter().position(|field| field.name == found)?;
        let lacking = expected.iter().copied().filter(|name| fields.iter().all(|field| field.name != *name));
        if let Some(name) = nearest(found, lacking) {
            name.clone_into(&mut fields[index].name);
            self.meant.push(fields[index].value.span);
            Some(fields[index].name_span)
        } else {
            self.removed_from.push(whole);
            Some(fields.remove(index).name_span)
        }
    }
}

/// The way to the value that an error is about: of those that fit, the one which starts or ends where the error is, else the
/// innermost around it.
fn find(printed: &Printed, error: &SpannedError, node: &Node, fits: impl Fn(&Node) -> bool) -> Vec<usize> {
    let column = error.span.end.col.saturating_sub(1);
    let at = printed.text.char_indices().nth(column).map_or(printed.text.len(), |(at, _)| at);
    let fitting = || printed.places.iter().filter(|(_, way)| fits(follow(node, way)));
    let exact = fitting().find(|(range, _)| range.start == at);
    let exact = exact.or_else(|| fitting().rfind(|(range, _)| range.end == at));
    let around = || fitting().rfind(|(range, _)| range.start <= at && at <= range.end);
    let found = match &error.code {
        // Found out at the closing bracket.
        ron::Error::MissingStructField { .. } | ron::Error::NoSuchStructField { .. } => around(),
        _ => exact.or_else(around),
    };
    found.or_else(|| fitting().next()).map(|(_, way)| way.clone()).unwrap_or_default()
}

fn follow<'a>(node: &'a Node, way: &[usize]) -> &'a Node {
    way.iter().fold(node, |node, step| match &node.value {
        Value::List(items) | Value::Tuple(_, items) => &items[*step],
        Value::Struct(_, fields) => &fields[*step].value,
        Value::Map(entries) => &entries[*step].1,
        Value::Word(_) | Value::Number(_) | Value::Text(_) | Value::Char(_) => node,
    })
}

fn follow_mut<'a>(node: &'a mut Node, way: &[usize]) -> &'a mut Node {
    let Some((step, rest)) = way.split_first() else { return node };
    match &mut node.value {
        Value::List(items) | Value::Tuple(_, items) => follow_mut(&mut items[*step], rest),
        Value::Struct(_, fields) => follow_mut(&mut fields[*step].value, rest),
        Value::Map(entries) => follow_mut(&mut entries[*step].1, rest),
        Value::Word(_) | Value::Number(_) | Value::Text(_) | Value::Char(_) => {
            unreachable!("ways lead through the value that they were found in")
        }
    }
}

/// Removes the innermost field, item or entry on a way and returns its name; `None` if the whole value is wrong.
fn remove(node: &mut Node, way: &[usize]) -> Option<String> {
    for length in (0..way.len()).rev() {
        let step = way[length];
        match &mut follow_mut(node, &way[..length]).value {
            Value::Struct(_, fields) => return Some(fields.remove(step).name),
            Value::List(items) => {
                items.remove(step);
                // An empty list would be one that nobody wrote.
                if !items.is_empty() {
                    return Some(String::new());
                }
            }
            Value::Map(entries) => {
                entries.remove(step);
                return Some(String::new());
            }
            _ => {}
        }
    }
    None
}

fn missing(field: &str, place: Span, node: &Node) -> Problem {
    let what = match (node.field("name").and_then(Node::text), node.variant()) {
        (Some(name), _) => format!("`{name}`"),
        (None, Some(variant)) => format!("`{variant}`"),
        (None, None) => "this".to_owned(),
    };
    Problem::error(&codes::MISSING_FIELD, format!("{what} lacks the field `{field}`")).at(place)
}

/// Whether a number of another kind is wanted where something is wrong.
fn wants_number(error: &ron::Error) -> bool {
    match error {
        ron::Error::InvalidValueForType { expected, .. } => expected == COUNT,
        ron::Error::IntegerOutOfBounds | ron::Error::ExpectedInteger | ron::Error::ExpectedFloat => true,
        _ => false,
    }
}

/// A whole number that no count can be.
fn no_count(error: &ron::Error, node: &Node) -> Option<Problem> {
    let Value::Number(number) = &node.value else { return None };
    let whole =
        number.trim_start_matches(['-', '+']).bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    if !whole || !wants_number(error) {
        return None;
    }
    let (message, hint) = if number.starts_with('-') {
        (format!("{number} is below the least, 0"), "a count is not negative")
    } else {
        (format!("{number} is above the most, {}", u64::MAX), "take a smaller number")
    };
    Some(Problem::error(&codes::RANGE, message).at(node.span).hint(hint))
}

fn wrong_type(error: &ron::Error, node: &Node) -> Problem {
    let found = api::described(node);
    if let ron::Error::NoSuchEnumVariant { expected, found, .. } = error {
        let problem =
            Problem::error(&codes::UNKNOWN_VARIANT, format!("unknown kind `{found}`")).at(kind(node));
        return problem.hint(did_you_mean(found, expected.iter().copied()).unwrap_or_default());
    }
    if let Some(problem) = no_count(error, node) {
        return problem;
    }
    let expected = match error {
        ron::Error::InvalidValueForType { expected, .. }
        | ron::Error::ExpectedDifferentLength { expected, .. } => expected.clone(),
        ron::Error::ExpectedString => "a text in double quotes".into(),
        ron::Error::ExpectedBoolean => "`true` or `false`".into(),
        ron::Error::ExpectedInteger => "a whole number".into(),
        ron::Error::ExpectedFloat => "a number".into(),
        ron::Error::ExpectedArray => "a list in brackets".into(),
        ron::Error::ExpectedMap => "a map in braces".into(),
        ron::Error::ExpectedIdentifier if matches!(node.value, Value::Tuple(..)) => {
            "fields with names".into()
        }
        ron::Error::ExpectedIdentifier => "the name of a kind, without quotes".into(),
        ron::Error::ExpectedStructLike | ron::Error::ExpectedNamedStructLike(_) => {
            "a struct in parentheses".into()
        }
        _ => "another type of value".into(),
    };
    Problem::error(&codes::WRONG_TYPE, format!("expected {expected}, found {found}")).at(node.span)
}
