//! What resolving needs all the time: names, places, and somewhere to put problems.

use crate::assumptions::Assumptions;
use crate::diagnostics::{Problem, Rule, Span, codes, did_you_mean};
use crate::limits;
use crate::merge::{Twins, head};
use crate::names::{is_title, other_name, unusable};
use crate::overrides::Typed;
use crate::place::At;
use crate::prices::shipped;
use crate::spec::{Count, Distribution, KubernetesService, NodePool, Quantity, Scenario, Text};
use crate::syntax::{Field, Node, Value};
use cloudsim_aws::prices::PriceList;
use cloudsim_units::{Bytes, DurationDistribution, SimDuration};
use cloudsim_workload::Tier;
use cloudsim_world::{KubernetesServiceId, TargetGroupId};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::ops::RangeInclusive;

/// So many places are shown for one problem.
const LABELS_MAX: usize = 8;

/// A kind of thing that others refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Region,
    Zone,
    Vpc,
    Subnet,
    RouteTable,
    InternetGateway,
    NatGateway,
    SecurityGroup,
    NetworkAcl,
    /// Health checks, then routing controls.
    HealthCheck,
    RoutingControl,
    LoadBalancer,
    /// Load balancers, then DNS records.
    DnsName,
    TargetGroup,
    AutoScalingGroup,
    Database,
    Table,
    /// Databases, then tables.
    Store,
    Endpoint,
    Client,
    Class,
    Service,
    Cluster,
    KubernetesService,
    Fault,
    Runbook,
    Stack,
    MachineImage,
    Secret,
}

impl Kind {
    /// The lists of the scenario that have them.
    fn lists(self) -> &'static [&'static str] {
        match self {
            Self::Region => &["regions"],
            Self::Zone => &["zones"],
            Self::Vpc => &["vpcs"],
            Self::Subnet => &["subnets"],
            Self::RouteTable => &["route_tables"],
            Self::InternetGateway => &["internet_gateways"],
            Self::NatGateway => &["nat_gateways"],
            Self::SecurityGroup => &["security_groups"],
            Self::NetworkAcl => &["network_acls"],
            Self::HealthCheck => &["health_checks", "routing_controls"],
            Self::RoutingControl => &["routing_controls"],
            Self::LoadBalancer => &["load_balancers"],
            Self::DnsName => &["load_balancers", "dns_records"],
            Self::TargetGroup => &["target_groups"],
            Self::AutoScalingGroup => &["auto_scaling_groups"],
            Self::Database => &["databases"],
            Self::Table => &["tables"],
            Self::Store => &["databases", "tables"],
            Self::Endpoint => &["endpoints"],
            Self::Client => &["clients"],
            Self::Class => &["classes"],
            Self::Service => &["services"],
            Self::Cluster => &["clusters"],
            Self::KubernetesService => &["kubernetes_services"],
            Self::Fault => &["faults"],
            Self::Runbook => &["runbooks"],
            Self::Stack => &["stacks"],
            Self::MachineImage => &["machine_images"],
            Self::Secret => &["secrets"],
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::Zone => "zone",
            Self::Vpc => "VPC",
            Self::Subnet => "subnet",
            Self::RouteTable => "route table",
            Self::InternetGateway => "internet gateway",
            Self::NatGateway => "NAT gateway",
            Self::SecurityGroup => "security group",
            Self::NetworkAcl => "network ACL",
            Self::HealthCheck => "health check or routing control",
            Self::RoutingControl => "routing control",
            Self::LoadBalancer => "load balancer",
            Self::DnsName => "load balancer or DNS record",
            Self::TargetGroup => "target group",
            Self::AutoScalingGroup => "Auto Scaling group",
            Self::Database => "database",
            Self::Table => "table",
            Self::Store => "database or table",
            Self::Endpoint => "endpoint",
            Self::Client => "kind of client",
            Self::Class => "class",
            Self::Service => "service",
            Self::Cluster => "cluster",
            Self::KubernetesService => "service of Kubernetes",
            Self::Fault => "fault",
            Self::Runbook => "runbook",
            Self::Stack => "stack",
            Self::MachineImage => "machine image",
            Self::Secret => "secret",
        }
    }
}

/// The things that could not be read, or have no usable name: referring to them is no second mistake.
#[derive(Debug, Default)]
pub(crate) struct Unread(BTreeMap<String, BTreeSet<Option<String>>>);

impl Unread {
    /// What was in the lists of a tree before it was read, and is not there now.
    pub(crate) fn between(mut before: Self, now: &Self) -> Self {
        for (list, names) in &mut before.0 {
            if let Some(now) = now.0.get(list) {
                names.retain(|name| name.is_none() || !now.contains(name));
            }
        }
        before
    }

    /// All things of a tree.
    pub(crate) fn all(root: &Node) -> Self {
        let fields = root.fields().unwrap_or_default().iter();
        let names = |field: &Field| {
            let items = field.value.items().unwrap_or_default().iter();
            let name = |item: &Node| match &item.field("name")?.value {
                Value::Text(name) | Value::Word(name) if unusable(name).is_none() => Some(name.clone()),
                _ => None,
            };
            items.map(name).collect()
        };
        Self(fields.map(|field| (field.name.clone(), names(field))).collect())
    }

    /// Whether one of them has this name, or one that nobody knows.
    fn may_have(&self, list: &str, name: &str) -> bool {
        self.0.get(list).is_some_and(|names| names.contains(&None) || names.contains(&Some(name.to_owned())))
    }
}

/// Everything known while a scenario is resolved.
pub(crate) struct Context<'a> {
    pub(crate) spec: &'a Scenario,
    pub(crate) root: &'a Node,
    pub(crate) problems: Vec<Problem>,
    pub(crate) interventions: &'a [Typed],
    /// What is assumed, once that is resolved.
    pub(crate) assumed: Assumptions,
    /// What things cost, once that is resolved.
    pub(crate) prices: PriceList,
    /// Whether very many requests are fine.
    pub(crate) allow_large: bool,
    /// The lists of which something could not be read: what is missing from a thing may have been that.
    pub(crate) incomplete: BTreeSet<&'a str>,
    names: BTreeMap<Kind, BTreeMap<&'a str, usize>>,
    /// The Auto Scaling groups that fill each target group, by their places.
    behind: BTreeMap<&'a str, Vec<usize>>,
    unread: &'a Unread,
    twins: &'a Twins,
    /// References to names that nothing has, of kinds in which two things share one.
    dangling: Vec<(Kind, String, Span)>,
}

macro_rules! index {
    ($list:expr) => {
        $list.iter().enumerate().rev().map(|(index, item)| (item.name.as_str(), index)).collect()
    };
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        spec: &'a Scenario,
        root: &'a Node,
        interventions: &'a [Typed],
        unread: &'a Unread,
        twins: &'a Twins,
        allow_large: bool,
    ) -> Self {
        let balancers = spec.load_balancers.iter().map(|item| item.name.as_str());
        let dns = numbered(balancers.chain(spec.dns_records.iter().map(|item| item.name.as_str())));
        let checks = spec.health_checks.iter().map(|item| item.name.as_str());
        let checks = numbered(checks.chain(spec.routing_controls.iter().map(|item| item.name.as_str())));
        let databases = spec.databases.iter().map(|item| item.name.as_str());
        let stores = numbered(databases.chain(spec.tables.iter().map(|item| item.name.as_str())));
        let faults = spec.faults.iter().enumerate().rev().map(|(index, fault)| (fault.common().0, index));
        let names = BTreeMap::from([
            (Kind::Region, index!(spec.regions)),
            (Kind::Zone, index!(spec.zones)),
            (Kind::Vpc, index!(spec.vpcs)),
            (Kind::Subnet, index!(spec.subnets)),
            (Kind::RouteTable, index!(spec.route_tables)),
            (Kind::InternetGateway, index!(spec.internet_gateways)),
            (Kind::NatGateway, index!(spec.nat_gateways)),
            (Kind::SecurityGroup, index!(spec.security_groups)),
            (Kind::NetworkAcl, index!(spec.network_acls)),
            (Kind::HealthCheck, checks),
            (Kind::RoutingControl, index!(spec.routing_controls)),
            (Kind::LoadBalancer, index!(spec.load_balancers)),
            (Kind::DnsName, dns),
            (Kind::TargetGroup, index!(spec.target_groups)),
            (Kind::AutoScalingGroup, index!(spec.auto_scaling_groups)),
            (Kind::Database, index!(spec.databases)),
            (Kind::Table, index!(spec.tables)),
            (Kind::Store, stores),
            (Kind::Endpoint, index!(spec.endpoints)),
            (Kind::Client, index!(spec.clients)),
            (Kind::Class, index!(spec.classes)),
            (Kind::Service, index!(spec.services)),
            (Kind::Cluster, index!(spec.clusters)),
            (Kind::KubernetesService, index!(spec.kubernetes_services)),
            (Kind::Fault, faults.collect()),
            (Kind::Runbook, index!(spec.runbooks)),
            (Kind::Stack, index!(spec.stacks)),
            (Kind::MachineImage, index!(spec.machine_images)),
            (Kind::Secret, index!(spec.secrets)),
        ]);
        let mut behind: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, group) in spec.auto_scaling_groups.iter().enumerate() {
            for name in group.target_groups.iter().collect::<BTreeSet<_>>() {
                behind.entry(name).or_default().push(index);
            }
        }
        Self {
            spec,
            root,
            problems: Vec::new(),
            interventions,
            assumed: Assumptions::default(),
            prices: shipped(),
            allow_large,
            incomplete: BTreeSet::new(),
            names,
            behind,
            unread,
            twins,
            dangling: Vec::new(),
        }
    }

    /// An item of one of the scenario's lists.
    pub(crate) fn at(&self, kind: &str, index: usize) -> At<'a> {
        At::new(self.root).of(kind, index)
    }

    /// The node pools of all clusters, in their order, and where they are written.
    pub(crate) fn node_pools(&self) -> Vec<(&'a NodePool, At<'a>)> {
        let mut all = Vec::new();
        for (index, cluster) in self.spec.clusters.iter().enumerate() {
            let list = self.at("clusters", index).field("karpenter").field("node_pools");
            all.extend(cluster.node_pools().enumerate().map(|(place, pool)| (pool, list.item(place))));
        }
        all
    }

    pub(crate) fn error(
        &mut self,
        rule: &'static Rule,
        place: Span,
        message: impl Into<String>,
    ) -> &mut Problem {
        self.problems.push(Problem::error(rule, message).at(place));
        self.problems.last_mut().expect("it was pushed")
    }

    /// Says that a field of the scenario is not given, unless it is and could not be read.
    pub(crate) fn missing_root(&mut self, field: &str) {
        if self.root.field(field).is_some() {
            return;
        }
        let place = At::new(self.root).span();
        let place = Span { end: place.start + 1, ..place };
        let problem =
            self.error(&codes::MISSING_FIELD, place, format!("the scenario lacks the field `{field}`"));
        problem.hint = Some(
            "a world is no scenario: one includes it and adds name, duration, traffic and faults".into(),
        );
    }

    /// The index of the thing of that name, if there is one.
    pub(crate) fn find(&self, kind: Kind, name: &str) -> Option<usize> {
        if kind == Kind::KubernetesService && self.spec.clusters.len() > 1 {
            return self.service_of_several(name).first().copied();
        }
        let names = &self.names[&kind];
        let other = || names.get(other_name(kind.lists()[0], name)?.as_str());
        names.get(name).or_else(other).copied()
    }

    /// The services of Kubernetes that may be meant by a name where there are several clusters.
    fn service_of_several(&self, name: &str) -> Vec<usize> {
        let services = self.spec.kubernetes_services.iter().enumerate();
        let is_meant = |own: &KubernetesService, name: &str| {
            own.name == name || other_name("kubernetes_services", &own.name).as_deref() == Some(name)
        };
        let meant = services.filter(|(_, own)| {
            let cluster = own.cluster.as_deref().unwrap_or_default();
            let within = || name.strip_prefix(cluster)?.strip_prefix('/');
            is_meant(own, name) || within().is_some_and(|name| is_meant(own, name))
        });
        meant.map(|(index, _)| index).collect()
    }

    /// What leads to servers by that name: a target group, or else a service of Kubernetes.
    pub(crate) fn tier(&self, name: &str) -> Option<Tier> {
        let group = self.find(Kind::TargetGroup, name).map(TargetGroupId::from_index).map(Tier::TargetGroup);
        let service = || self.find(Kind::KubernetesService, name).map(KubernetesServiceId::from_index);
        group.or_else(|| service().map(Tier::KubernetesService))
    }

    /// The Auto Scaling groups that fill a target group, by their places.
    pub(crate) fn behind(&self, target_group: &str) -> &[usize] {
        self.behind.get(target_group).map_or(&[], Vec::as_slice)
    }

    /// The index of the thing that a field names.
    pub(crate) fn reference(&mut self, place: Span, kind: Kind, name: &str) -> usize {
        if let Some(index) = self.find(kind, name) {
            self.one_of_several(place, kind, name);
            return index;
        }
        if kind.lists().iter().any(|list| self.twins.contains_key(*list)) {
            self.dangling.push((kind, name.to_owned(), place));
        } else {
            self.unknown(place, kind, name);
        }
        0
    }

    /// Says that a name may mean things of several clusters, if it may.
    fn one_of_several(&mut self, place: Span, kind: Kind, name: &str) {
        if kind != Kind::KubernetesService || self.spec.clusters.len() < 2 {
            return;
        }
        let meant = self.service_of_several(name);
        let clusters =
            meant.iter().filter_map(|index| self.spec.kubernetes_services[*index].cluster.as_deref());
        let clusters: BTreeSet<&str> = clusters.collect();
        if let (Some(first), true) = (clusters.first(), clusters.len() > 1) {
            let hint = format!("write `{first}/{name}`");
            let all = clusters.into_iter().collect::<Vec<_>>().join(", ");
            self.error(&codes::CLUSTER, place, format!("`{name}` is in several clusters: {all}")).hint =
                Some(hint);
        }
    }

    /// Whether a thing of a list could not be read, or has no usable name: what seems to be missing may be part of it.
    pub(crate) fn has_unread(&self, list: &str) -> bool {
        self.unread.0.get(list).is_some_and(|names| !names.is_empty())
    }

    /// Whether two things of a list share a name: what nothing is called may be what one of them should be.
    pub(crate) fn has_twins(&self, list: &str) -> bool {
        self.twins.contains_key(list)
    }

    fn unknown(&mut self, place: Span, kind: Kind, name: &str) {
        if !kind.lists().iter().any(|list| self.unread.may_have(list, name)) {
            let known = self.names[&kind].keys().copied();
            let hint = self.nearest(name, known, kind.words());
            self.error(&codes::UNKNOWN_NAME, place, format!("no {} `{name}`", kind.words())).hint = hint;
        }
    }

    /// Says which references have nothing to refer to, once all are known. One of two things that share a name should have
    /// another: if as many names are missing, those are told with the two. `others` holds the problems about them.
    pub(crate) fn settle(&mut self, others: &mut [Problem]) {
        let mut missing: BTreeMap<Kind, BTreeSet<String>> = BTreeMap::new();
        for (kind, name, _) in &self.dangling {
            missing.entry(*kind).or_default().insert(name.clone());
        }
        for (kind, name, place) in std::mem::take(&mut self.dangling) {
            let names = &missing[&kind];
            let twins: Vec<usize> =
                kind.lists().iter().filter_map(|list| self.twins.get(*list)).flatten().copied().collect();
            if names.len() > twins.len() {
                self.unknown(place, kind, &name);
                continue;
            }
            let twin =
                names.iter().position(|missing| *missing == name).map(|index| &mut others[twins[index]]);
            if let Some(twin) = twin.filter(|twin| twin.labels.len() < LABELS_MAX) {
                twin.labels.push((place, format!("nothing is called `{name}`")));
            }
        }
    }

    /// Looks no longer at what something is wrong with: whatever else might be said about it may follow from that.
    /// Returns the kinds that have such things, and the fields that are such.
    pub(crate) fn set_aside(&mut self, wrong: &BTreeSet<Span>) -> BTreeSet<&'a str> {
        if wrong.is_empty() {
            return BTreeSet::new();
        }
        let mut broken = BTreeSet::new();
        for Field { name, value, .. } in self.root.fields().unwrap_or_default() {
            let parts = value.items().unwrap_or(std::slice::from_ref(value));
            let wrong = parts.iter().enumerate().filter(|(_, part)| holds_any(part, wrong));
            broken.extend(wrong.map(|(index, _)| (name.as_str(), index)));
        }
        for (kind, names) in &mut self.names {
            let [list, more @ ..] = kind.lists() else { continue };
            let first = match kind {
                Kind::Store => self.spec.databases.len(),
                _ => self.spec.load_balancers.len(),
            };
            names.retain(|_, index| {
                !broken.contains(&match more {
                    [second] if *index >= first => (*second, *index - first),
                    _ => (*list, *index),
                })
            });
        }
        broken.into_iter().map(|(list, _)| list).collect()
    }

    /// The hint for a name that nothing has. It looks at all names, so whoever has very many problems gets it for the first.
    pub(crate) fn nearest<'b>(
        &self,
        name: &str,
        known: impl IntoIterator<Item = &'b str>,
        words: &str,
    ) -> Option<String> {
        (self.problems.len() < limits::PROBLEMS_MAX).then(|| {
            did_you_mean(name, known).unwrap_or_else(|| format!("the scenario has no {words} at all"))
        })
    }

    /// Checks the name of a thing and returns it.
    pub(crate) fn name(&mut self, at: At<'_>, name: &str) -> String {
        if let Some(message) = unusable(name) {
            let hint = "at most 255 bytes, without white space, `=`, `@` and `+`";
            self.error(&codes::NAME, at.field("name").span(), message).hint = Some(hint.into());
        }
        name.to_owned()
    }

    /// Checks the name of a scenario, which is a title: it may have blanks.
    pub(crate) fn title(&mut self, at: At<'_>, title: &str) {
        if !is_title(title) {
            self.error(&codes::NAME, at.span(), "a title that cannot be shown on one line").hint =
                Some("take some letters, at most 255 bytes".into());
        }
    }

    /// Reads a text.
    pub(crate) fn value<T: Quantity>(&mut self, at: At<'_>, text: &Text<T>) -> T {
        text.read().unwrap_or_else(|error| {
            self.error(&codes::VALUE, at.span(), error.message).hint = Some(error.hint);
            T::PLACEHOLDER
        })
    }

    /// Reads a text, or takes the default.
    pub(crate) fn value_or<T: Quantity>(
        &mut self,
        at: At<'_>,
        field: &str,
        text: Option<&Text<T>>,
        default: T,
    ) -> T {
        text.map_or(default, |text| self.value(at.field(field), text))
    }

    /// Reads a span that may be empty.
    pub(crate) fn span(&mut self, at: At<'_>, text: &Text<SimDuration>) -> SimDuration {
        let span = self.value(at, text);
        self.within(at, span, &(SimDuration::ZERO..=limits::SPAN_MAX))
    }

    /// Reads a span that may be empty, or takes the default.
    pub(crate) fn span_or(
        &mut self,
        at: At<'_>,
        field: &str,
        text: Option<&Text<SimDuration>>,
        default: SimDuration,
    ) -> SimDuration {
        text.map_or(default, |text| self.span(at.field(field), text))
    }

    /// Reads a span that may not be empty.
    pub(crate) fn positive(&mut self, at: At<'_>, text: &Text<SimDuration>) -> SimDuration {
        let span = self.value(at, text);
        self.within(at, span, &(SimDuration::from_nanos(1)..=limits::SPAN_MAX))
    }

    /// Reads a span that may not be empty, or takes the default.
    pub(crate) fn positive_or(
        &mut self,
        at: At<'_>,
        field: &str,
        text: Option<&Text<SimDuration>>,
        default: SimDuration,
    ) -> SimDuration {
        text.map_or(default, |text| self.positive(at.field(field), text))
    }

    /// Reads the size of something that happens very often, or takes the default.
    pub(crate) fn size_or(
        &mut self,
        at: At<'_>,
        field: &str,
        text: Option<&Text<Bytes>>,
        default: Bytes,
    ) -> Bytes {
        let size = self.value_or(at, field, text, default);
        self.within(at.field(field), size, &limits::SIZES)
    }

    /// Checks that a value is within its limits.
    pub(crate) fn within<T: PartialOrd + Display + Copy>(
        &mut self,
        at: At<'_>,
        value: T,
        range: &RangeInclusive<T>,
    ) -> T {
        // A text that is no value at all stands for some placeholder, about which nothing needs to be said.
        let unread = self.problems.last().is_some_and(|last| last.place() == Some(at.span()));
        if range.contains(&value) || unread {
            return value;
        }
        let (low, high) = (*range.start(), *range.end());
        let (message, nearest) = if value < low {
            (format!("{value} is below the least, {low}"), low)
        } else {
            (format!("{value} is above the most, {high}"), high)
        };
        self.error(&codes::RANGE, at.span(), message).hint = Some(format!("take {low} to {high}"));
        nearest
    }

    /// A number within its limits.
    pub(crate) fn count(&mut self, at: At<'_>, count: Count, range: &RangeInclusive<u64>) -> u32 {
        u32::try_from(self.within(at, count.0, range)).unwrap_or(u32::MAX)
    }

    /// A number within its limits, or the default.
    pub(crate) fn count_or(
        &mut self,
        at: At<'_>,
        field: &str,
        count: Option<Count>,
        range: &RangeInclusive<u64>,
        default: u32,
    ) -> u32 {
        count.map_or(default, |count| self.count(at.field(field), count, range))
    }

    /// A port.
    pub(crate) fn port(&mut self, at: At<'_>, port: Count) -> u16 {
        u16::try_from(self.within(at, port.0, &limits::PORTS)).unwrap_or(1)
    }

    /// A distribution whose samples fit into a run.
    pub(crate) fn distribution(&mut self, at: At<'_>, spec: &Distribution) -> DurationDistribution {
        let before = self.problems.len();
        let distribution = match spec {
            Distribution::Constant(span) => DurationDistribution::Constant(self.span(at.item(0), span)),
            Distribution::Exponential(mean) => DurationDistribution::Exponential(self.span(at.item(0), mean)),
            Distribution::Uniform(low, high) => {
                let (low, high) = (self.span(at.item(0), low), self.span(at.item(1), high));
                if low > high && self.problems.len() == before {
                    self.error(&codes::RANGE, at.span(), format!("{low} is above {high}")).hint =
                        Some("write the smaller bound first".into());
                }
                DurationDistribution::Uniform(low, high)
            }
            Distribution::LogNormal { median, p95 } => {
                let median = self.positive(at.field("median"), median);
                let p95 = self.positive(at.field("p95"), p95);
                if median <= p95 {
                    DurationDistribution::log_normal(median, p95)
                } else {
                    if self.problems.len() == before {
                        self.error(
                            &codes::RANGE,
                            at.span(),
                            format!("the median {median} is above the p95 {p95}"),
                        )
                        .hint =
                            Some("half of the samples are below the median, 95 of 100 below the p95".into());
                    }
                    DurationDistribution::Constant(p95)
                }
            }
        };
        let longest = distribution.sample(0).max(distribution.sample(u64::MAX));
        if longest > limits::SAMPLE_MAX && self.problems.len() == before {
            self.error(&codes::RANGE, at.span(), "a distribution whose rarest samples last decades").hint =
                Some("bring the median and the p95 closer together, or both down".into());
        }
        distribution
    }

    /// A distribution, or the default.
    pub(crate) fn distribution_or(
        &mut self,
        at: At<'_>,
        field: &str,
        spec: Option<&Distribution>,
        default: DurationDistribution,
    ) -> DurationDistribution {
        spec.map_or(default, |spec| self.distribution(at.field(field), spec))
    }
}

/// Things of two lists by name. Of two with one name the first counts; both are reported.
fn numbered<'a>(names: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut all = BTreeMap::new();
    for (index, name) in names.enumerate() {
        all.entry(name).or_insert(index);
    }
    all
}

/// Whether one of the places is within a value.
fn holds_any(node: &Node, places: &BTreeSet<Span>) -> bool {
    let inside = |node: &Node| holds_any(node, places);
    places.contains(&node.span)
        || places.contains(&head(node))
        || match &node.value {
            Value::Struct(_, fields) => {
                fields.iter().any(|field| places.contains(&field.name_span) || inside(&field.value))
            }
            Value::Map(entries) => entries.iter().any(|(key, value)| inside(key) || inside(value)),
            Value::List(items) | Value::Tuple(_, items) => items.iter().any(inside),
            Value::Word(_) | Value::Number(_) | Value::Text(_) | Value::Char(_) => false,
        }
}
