//! Endpoints, clients, classes, services and traffic.

use super::{Context, Kind, instant};
use crate::diagnostics::codes;
use crate::limits;
use crate::place::At;
use crate::plan::ServiceSpec;
use crate::spec;
use cloudsim_aws::services::route53;
use cloudsim_units::{DurationDistribution, Rate, Ratio, SimDuration, SimTime};
use cloudsim_workload::{
    Arrivals, BackoffSpec, CallSpec, ClassSpec, ClientSpec, EndpointSpec, HandlerSpec, OpenLoopSpec,
    ReadFrom, ResolverSpec, Tier, limits as client_limits,
};
use cloudsim_world::{
    ClassId, ClientId, DatabaseId, DnsNameId, EndpointId, KubernetesServiceId, TableId, TargetGroupId,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

pub(super) fn endpoints(cx: &mut Context<'_>) -> Vec<EndpointSpec> {
    let mut endpoints = Vec::new();
    for (index, endpoint) in cx.spec.endpoints.iter().enumerate() {
        let at = cx.at("endpoints", index);
        let address = cx.value(at.field("address"), &endpoint.address);
        let private =
            cx.spec.vpcs.iter().find(|vpc| vpc.cidr.read().is_ok_and(|cidr| cidr.contains(&address)));
        if let Some(vpc) = private {
            let message = format!("`{address}` is an address of VPC `{}`", vpc.name);
            cx.error(&codes::RANGE, at.field("address").span(), message).hint =
                Some("endpoints are outside of every VPC; 203.0.113.0/24 is for examples".into());
        }
        endpoints.push(EndpointSpec {
            name: cx.name(at, &endpoint.name),
            address,
            port: cx.port(at.field("port"), endpoint.port),
            response: cx.distribution(at.field("response"), &endpoint.response),
            error_rate: cx.value_or(at, "error_rate", endpoint.error_rate.as_ref(), Ratio::ZERO),
        });
    }
    endpoints
}

pub(super) fn clients(cx: &mut Context<'_>) -> Vec<ClientSpec> {
    let mut clients = Vec::new();
    for (index, client) in cx.spec.clients.iter().enumerate() {
        let at = cx.at("clients", index);
        let (backoff_at, backoff) = (at.field("backoff"), client.backoff.as_ref());
        let (base, max) = (backoff.and_then(|b| b.base.as_ref()), backoff.and_then(|b| b.max.as_ref()));
        let connect = client.connect_timeout.as_ref();
        clients.push(ClientSpec {
            name: cx.name(at, &client.name),
            connect_timeout: cx.positive_or(
                at,
                "connect_timeout",
                connect,
                cx.assumed.clients.connect_timeout,
            ),
            try_timeout: cx.positive_or(
                at,
                "try_timeout",
                client.try_timeout.as_ref(),
                cx.assumed.clients.try_timeout,
            ),
            tries_max: cx.count_or(at, "tries", client.tries, &limits::TRIES, cx.assumed.clients.tries_max),
            timeout: cx.positive_or(at, "timeout", client.timeout.as_ref(), cx.assumed.clients.timeout),
            backoff: BackoffSpec {
                base: cx.span_or(backoff_at, "base", base, cx.assumed.clients.backoff_base),
                max: cx.span_or(backoff_at, "max", max, cx.assumed.clients.backoff_max),
            },
            latency: cx.distribution_or(
                at,
                "latency",
                client.latency.as_ref(),
                cx.assumed.requests.client_latency,
            ),
            latencies: latencies(cx, at.field("latencies"), client.latencies.as_deref().unwrap_or_default()),
            address: cx.value_or(at, "address", client.address.as_ref(), client_limits::ADDRESS),
            resolvers: resolvers(cx, at.field("resolvers"), client.resolvers.as_ref()),
        });
    }
    clients
}

/// How far a client is from each region that it says so of.
fn latencies(
    cx: &mut Context<'_>,
    at: At<'_>,
    of: &[spec::ClientLatency],
) -> Vec<(String, DurationDistribution)> {
    let mut latencies = Vec::new();
    for (index, spec::ClientLatency { region, latency }) in of.iter().enumerate() {
        let at = at.item(index);
        cx.reference(at.field("region").span(), Kind::Region, region);
        latencies.push((region.clone(), cx.distribution(at.field("latency"), latency)));
    }
    latencies
}

fn resolvers(cx: &mut Context<'_>, at: At<'_>, resolvers: Option<&spec::Resolvers>) -> ResolverSpec {
    use route53::limits as dns;
    let default = spec::Resolvers::default();
    let resolvers = resolvers.unwrap_or(&default);
    let stretch = resolvers.ttl_stretch_max.map_or(cx.assumed.route53.ttl_stretch_max, |count| count.0);
    ResolverSpec {
        count: cx.count_or(at, "count", resolvers.count, &limits::RESOLVERS, cx.assumed.clients.resolvers),
        ttl_violators: cx.value_or(at, "ttl_violators", resolvers.ttl_violators.as_ref(), dns::TTL_VIOLATORS),
        ttl_stretch_max: cx.within(at.field("ttl_stretch_max"), stretch, &limits::TTL_STRETCH),
    }
}

pub(super) fn classes(cx: &mut Context<'_>) -> Vec<ClassSpec> {
    let mut classes = Vec::new();
    for (index, class) in cx.spec.classes.iter().enumerate() {
        let at = cx.at("classes", index);
        let mut handlers = Vec::new();
        for (index, handler) in class.handlers.iter().enumerate() {
            let at = at.field("handlers").item(index);
            let calls = handler.calls.iter().enumerate();
            handlers.push(HandlerSpec {
                at: tier(cx, at.field("at"), &handler.at),
                work: cx.distribution(at.field("work"), &handler.work),
                calls: calls.map(|(index, spec)| call(cx, at.field("calls").item(index), spec)).collect(),
            });
        }
        let (request, response) = (class.request_size.as_ref(), class.response_size.as_ref());
        classes.push(ClassSpec {
            name: cx.name(at, &class.name),
            enter: DnsNameId::from_index(cx.reference(at.field("enter").span(), Kind::DnsName, &class.enter)),
            port: cx.port(at.field("port"), class.port),
            client: ClientId::from_index(cx.reference(
                at.field("client").span(),
                Kind::Client,
                &class.client,
            )),
            request_size: cx.size_or(at, "request_size", request, cx.assumed.requests.request_size),
            response_size: cx.size_or(at, "response_size", response, cx.assumed.requests.response_size),
            handlers,
        });
    }
    classes
}

fn tier(cx: &mut Context<'_>, at: At<'_>, name: &str) -> Tier {
    // What nothing is called is a service if it is written as one.
    let kind = if name.contains('/') { Kind::KubernetesService } else { Kind::TargetGroup };
    cx.tier(name).unwrap_or_else(|| {
        cx.reference(at.span(), kind, name);
        Tier::TargetGroup(TargetGroupId(0))
    })
}

/// The service that a call goes to, and the port of its pods.
fn service(cx: &mut Context<'_>, at: At<'_>, name: &str, port: spec::Count) -> (KubernetesServiceId, u16) {
    let index = cx.reference(at.field("to").span(), Kind::KubernetesService, name);
    let place = at.field("port").span();
    let wanted = cx.port(at.field("port"), port);
    let service = cx.spec.kubernetes_services.get(index).and_then(|service| service.spec.0.as_ref());
    let ports = service.and_then(|spec| spec.ports.as_deref()).unwrap_or_default();
    let found = ports.iter().find(|port| port.port == i32::from(wanted));
    let target = match found.map(|port| &port.target_port) {
        Some(None) => Some(wanted),
        Some(Some(IntOrString::Int(target))) => u16::try_from(*target).ok().filter(|target| *target > 0),
        Some(Some(IntOrString::String(own))) => {
            let message = format!("port {wanted} of service `{name}` leads to a port that is called `{own}`");
            cx.error(&codes::VALUE, place, message).hint =
                Some("give it a number as its `targetPort`".into());
            None
        }
        None if service.is_some() && limits::PORTS.contains(&port.0) => {
            let known: Vec<String> = ports.iter().map(|port| port.port.to_string()).collect();
            let hint = match known.as_slice() {
                [] => "add it to its `ports`".to_owned(),
                _ => format!("it has {}", known.join(", ")),
            };
            cx.error(&codes::UNKNOWN_NAME, place, format!("service `{name}` has no port {wanted}")).hint =
                Some(hint);
            None
        }
        None => None,
    };
    (KubernetesServiceId::from_index(index), target.unwrap_or(wanted))
}

fn call(cx: &mut Context<'_>, at: At<'_>, call: &spec::Call) -> CallSpec {
    let patience = |cx: &mut Context<'_>, given: &Option<spec::Text<SimDuration>>| {
        cx.positive_or(at, "connect_timeout", given.as_ref(), cx.assumed.requests.call_connect_timeout)
    };
    match call {
        spec::Call::Http { to, port, connect_timeout, timeout } => CallSpec::Http {
            to: DnsNameId::from_index(cx.reference(at.field("to").span(), Kind::DnsName, to)),
            port: cx.port(at.field("port"), *port),
            connect_timeout: patience(cx, connect_timeout),
            timeout: cx.positive(at.field("timeout"), timeout),
        },
        spec::Call::Service { to, port, connect_timeout, timeout } => {
            let (to, port) = service(cx, at, to, *port);
            CallSpec::Service {
                to,
                port,
                connect_timeout: patience(cx, connect_timeout),
                timeout: cx.positive(at.field("timeout"), timeout),
            }
        }
        spec::Call::Read { database, from, work, size, timeout } => CallSpec::Read {
            database: database_id(cx, at, database),
            from: match from {
                spec::ReadFrom::Primary => ReadFrom::Primary,
                spec::ReadFrom::ReplicaThenPrimary => ReadFrom::ReplicaThenPrimary,
            },
            work: cx.distribution(at.field("work"), work),
            size: cx.size_or(at, "size", size.as_ref(), cx.assumed.requests.statement_size),
            timeout: cx.positive(at.field("timeout"), timeout),
        },
        spec::Call::Write { database, work, size, timeout } => CallSpec::Write {
            database: database_id(cx, at, database),
            work: cx.distribution(at.field("work"), work),
            size: cx.size_or(at, "size", size.as_ref(), cx.assumed.requests.statement_size),
            timeout: cx.positive(at.field("timeout"), timeout),
        },
        spec::Call::GetItem { table, timeout } => item(cx, at, (table, false), timeout),
        spec::Call::PutItem { table, timeout } => item(cx, at, (table, true), timeout),
        spec::Call::External { endpoint, size, keep_alive, timeout } => CallSpec::External {
            endpoint: EndpointId::from_index(cx.reference(
                at.field("endpoint").span(),
                Kind::Endpoint,
                endpoint,
            )),
            size: cx.size_or(at, "size", size.as_ref(), cx.assumed.requests.external_size),
            keep_alive: keep_alive.as_ref().map(|span| cx.positive(at.field("keep_alive"), span)),
            timeout: cx.positive(at.field("timeout"), timeout),
        },
    }
}

fn item(
    cx: &mut Context<'_>,
    at: At<'_>,
    (table, write): (&str, bool),
    timeout: &spec::Text<SimDuration>,
) -> CallSpec {
    let table = TableId::from_index(cx.reference(at.field("table").span(), Kind::Table, table));
    CallSpec::Item { table, write, timeout: cx.positive(at.field("timeout"), timeout) }
}

fn database_id(cx: &mut Context<'_>, at: At<'_>, name: &str) -> DatabaseId {
    DatabaseId::from_index(cx.reference(at.field("database").span(), Kind::Database, name))
}

pub(super) fn services(cx: &mut Context<'_>) -> Vec<ServiceSpec> {
    let mut services = Vec::new();
    for (index, service) in cx.spec.services.iter().enumerate() {
        let at = cx.at("services", index);
        let list = at.field("classes");
        let mut classes = Vec::new();
        for (index, name) in service.classes.iter().enumerate() {
            classes.push(ClassId::from_index(cx.reference(list.item(index).span(), Kind::Class, name)));
        }
        services.push(ServiceSpec {
            name: cx.name(at, &service.name),
            classes,
            threshold: cx.value_or(at, "threshold", service.threshold.as_ref(), cx.assumed.outages.threshold),
            stable_for: cx.positive_or(
                at,
                "stable_for",
                service.stable_for.as_ref(),
                cx.assumed.outages.stable_for,
            ),
            request_value: service
                .request_value
                .as_ref()
                .map(|value| cx.value(at.field("request_value"), value)),
        });
    }
    services
}

pub(super) fn traffic(cx: &mut Context<'_>) -> Vec<OpenLoopSpec> {
    let mut all = Vec::new();
    for (index, spec::Traffic::OpenLoop { name, rate, arrivals, from, until, mix }) in
        cx.spec.traffic.iter().enumerate()
    {
        let at = cx.at("traffic", index);
        let mix_at = at.field("mix");
        let mut classes = Vec::new();
        for (index, (class, weight)) in mix.0.iter().enumerate() {
            let class = ClassId::from_index(cx.reference(mix_at.key(index), Kind::Class, class));
            classes.push((class, cx.count(mix_at.entry(index), *weight, &limits::WEIGHTS)));
        }
        all.push(OpenLoopSpec {
            name: cx.name(at, name),
            rate: traffic_rate(cx, at.field("rate"), rate),
            arrivals: match arrivals {
                None | Some(spec::Arrivals::Poisson) => Arrivals::Poisson,
                Some(spec::Arrivals::Constant) => Arrivals::Constant,
            },
            from: instant(cx.span_or(at, "from", from.as_ref(), SimDuration::ZERO)),
            until: until.as_ref().map_or(SimTime::MAX, |until| instant(cx.span(at.field("until"), until))),
            mix: classes,
        });
    }
    all
}

fn traffic_rate(cx: &mut Context<'_>, at: At<'_>, text: &spec::Text<Rate>) -> Rate {
    let rate = cx.value(at, text);
    let per_second = rate.expected_in(SimDuration::from_secs(1));
    cx.within(at, per_second, &(0..=limits::RATE_MAX));
    rate
}
