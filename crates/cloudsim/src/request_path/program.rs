//! The classes of requests, made ready for the path: names turned into places, so that nothing is looked up per request.

use cloudsim_aws::services::load_balancer::Scheme;
use cloudsim_aws::services::rds::DatabaseSpec;
use cloudsim_aws::services::route53::Policy;
use cloudsim_kube::KubeServiceId;
use cloudsim_kube::dns::names_asked;
use cloudsim_kube::spec::DnsSpec;
use cloudsim_scenario::plan::{Plan, ServiceTarget};
use cloudsim_units::{Bytes, DurationDistribution, SimDuration};
use cloudsim_workload::{CallSpec, ReadFrom, Tier};
use cloudsim_world::{DatabaseId, DnsNameId, EndpointId, KubernetesServiceId, LoadBalancerId, TableId};

/// All classes and the routes they take.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) classes: Vec<ClassProgram>,
    pub(crate) routes: Vec<Route>,
    /// What calls to services of Kubernetes take instead.
    pub(crate) service_routes: Vec<ServiceRoute>,
}

/// One class.
#[derive(Debug)]
pub(crate) struct ClassProgram {
    /// The route of the clients' own calls, by the first record of the name; those of its others follow.
    pub(crate) entry: u16,
    pub(crate) client: usize,
    pub(crate) handlers: Vec<Handler>,
    pub(crate) request_size: Bytes,
    pub(crate) response_size: Bytes,
}

/// From a name to the servers that handle a class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) name: DnsNameId,
    pub(crate) ttl: SimDuration,
    /// Where answers hold the addresses of all records: its place among those, and how many of the addresses come before its own.
    pub(crate) among: Option<(u16, u32)>,
    pub(crate) balancer: LoadBalancerId,
    pub(crate) port: u16,
    /// Which of a node's views of target groups.
    pub(crate) view: u16,
    /// Which of the class's handlers.
    pub(crate) handler: u16,
    /// Whether answers leave for the internet.
    pub(crate) to_internet: bool,
    /// One-way trips until the request is at the node: handshakes included.
    pub(crate) trips: u64,
    pub(crate) connect_timeout: SimDuration,
    pub(crate) timeout: SimDuration,
}

/// From a pod to the pods behind a service of its cluster.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServiceRoute {
    /// Its place in its cluster.
    pub(crate) service: KubeServiceId,
    /// The port of its pods.
    pub(crate) port: u16,
    /// Which of the class's handlers.
    pub(crate) handler: u16,
    pub(crate) connect_timeout: SimDuration,
    pub(crate) timeout: SimDuration,
    /// How its name is looked up, if it is.
    pub(crate) dns: Option<Dns>,
}

/// How a pod looks up the name of a service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dns {
    pub(crate) spec: DnsSpec,
    /// So many names are asked for until the right one.
    pub(crate) names: u8,
}

impl Dns {
    /// As a handler at a tier does that calls a service.
    fn of(plan: &Plan, from: Tier, to: ServiceTarget) -> Option<Self> {
        let cluster = &plan.clusters[to.cluster];
        let spec = cluster.dns?;
        let caller = match from {
            Tier::KubernetesService(service) => {
                &cluster.services[plan.kubernetes_services[service.index()].service]
            }
            Tier::TargetGroup(group) => {
                let mut leads = cluster.services.iter().filter(|of| of.target_groups.contains(&group));
                leads.next().expect("checked: pods of the cluster call")
            }
        };
        let asked = &cluster.services[to.service].key;
        let names = names_asked(spec.names, &caller.key.namespace, asked, spec.ndots);
        Some(Self { spec, names: u8::try_from(names).expect("a short search list") })
    }
}

/// What a server does with a request.
#[derive(Debug)]
pub(crate) struct Handler {
    pub(crate) work: DurationDistribution,
    pub(crate) steps: Vec<Step>,
}

/// Something that a server waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Http {
        /// By the first record of the name; those of its others follow.
        route: u16,
    },
    Service {
        route: u16,
    },
    Statement {
        database: DatabaseId,
        write: bool,
        from: ReadFrom,
        work: DurationDistribution,
        size: Bytes,
        timeout: SimDuration,
    },
    Item(Item),
    External(External),
}

/// A call to a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    pub(crate) table: TableId,
    pub(crate) write: bool,
    pub(crate) timeout: SimDuration,
}

/// A request to an endpoint outside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct External {
    pub(crate) endpoint: EndpointId,
    pub(crate) size: Bytes,
    pub(crate) keep_alive: Option<SimDuration>,
    pub(crate) timeout: SimDuration,
}

/// A TCP handshake is a round trip, a TLS 1.3 handshake another (RFC 8446, section 2), then the request itself travels.
const TRIPS_HTTPS: u64 = 5;
pub(crate) const TRIPS_HTTP: u64 = 3;
/// Servers keep their connections to a load balancer open.
const TRIPS_POOLED: u64 = 1;

impl Program {
    /// The route to the `value`-th address of an answer, and which node of its load balancer that is; `route` is that of any
    /// of the name's records.
    #[inline]
    pub(crate) fn route_of(&self, route: u16, value: u32) -> (u16, u32) {
        let Some((place, _)) = self.routes[usize::from(route)].among else { return (route, value) };
        let routes = (route - place..).zip(&self.routes[usize::from(route - place)..]);
        let all = (0..).zip(routes).map_while(|(place, (number, route))| match route.among {
            Some((at, first)) if at == place => Some((number, first)),
            _ => None,
        });
        let (number, first) =
            all.take_while(|(_, first)| *first <= value).last().expect("the first begins at 0");
        (number, value - first)
    }

    pub(crate) fn of(plan: &Plan) -> Self {
        let mut routes = Vec::new();
        let mut service_routes = Vec::new();
        let classes = plan
            .classes
            .iter()
            .map(|class| {
                let client = &plan.clients[class.client.index()];
                let handler_at = |tier: Tier| {
                    let found = class.handlers.iter().position(|handler| handler.at == tier);
                    u16::try_from(found.expect("checked: every tier a class reaches has a handler"))
                        .expect("few handlers")
                };
                let mut route_to =
                    |name: DnsNameId, port: u16, trips: Option<u64>, connect_timeout, timeout| {
                        let first = routes.len();
                        let found = &plan.dns_names[name.index()];
                        for (place, record) in (0_u16..).zip(&found.records) {
                            let spec = &plan.load_balancers[record.alias.index()];
                            let listener = spec.listeners.iter().find(|listener| listener.port == port);
                            let listener = listener.expect("checked: the port has a listener");
                            let mut groups = spec.target_groups().into_iter();
                            let view = groups.position(|group| group == listener.target_group);
                            routes.push(Route {
                                name,
                                ttl: found.ttl,
                                among: (found.policy == Policy::Multivalue)
                                    .then_some((place, record.first_value)),
                                balancer: record.alias,
                                port,
                                to_internet: trips.is_none() && spec.scheme == Scheme::InternetFacing,
                                view: u16::try_from(view.expect("just listed")).expect("few listeners"),
                                handler: handler_at(Tier::TargetGroup(listener.target_group)),
                                trips: trips.unwrap_or(if listener.https { TRIPS_HTTPS } else { TRIPS_HTTP }),
                                connect_timeout,
                                timeout,
                            });
                        }
                        u16::try_from(first).expect("few routes")
                    };
                let entry =
                    route_to(class.enter, class.port, None, client.connect_timeout, client.try_timeout);
                let mut to_service = |from: Tier, to: KubernetesServiceId, port, connect_timeout, timeout| {
                    let target = plan.kubernetes_services[to.index()];
                    service_routes.push(ServiceRoute {
                        service: KubeServiceId(u32::try_from(target.service).expect("few services")),
                        port,
                        handler: handler_at(Tier::KubernetesService(to)),
                        connect_timeout,
                        timeout,
                        dns: Dns::of(plan, from, target),
                    });
                    u16::try_from(service_routes.len() - 1).expect("few routes")
                };
                let handlers = class
                    .handlers
                    .iter()
                    .map(|handler| Handler {
                        work: handler.work,
                        steps: handler
                            .calls
                            .iter()
                            .map(|call| step(call, handler.at, &mut route_to, &mut to_service))
                            .collect(),
                    })
                    .collect();
                ClassProgram {
                    entry,
                    client: class.client.index(),
                    handlers,
                    request_size: class.request_size,
                    response_size: class.response_size,
                }
            })
            .collect();
        Self { classes, routes, service_routes }
    }
}

fn step(
    call: &CallSpec,
    from: Tier,
    route_to: &mut impl FnMut(DnsNameId, u16, Option<u64>, SimDuration, SimDuration) -> u16,
    to_service: &mut impl FnMut(Tier, KubernetesServiceId, u16, SimDuration, SimDuration) -> u16,
) -> Step {
    match *call {
        CallSpec::Http { to, port, connect_timeout, timeout } => {
            Step::Http { route: route_to(to, port, Some(TRIPS_POOLED), connect_timeout, timeout) }
        }
        CallSpec::Service { to, port, connect_timeout, timeout } => {
            Step::Service { route: to_service(from, to, port, connect_timeout, timeout) }
        }
        CallSpec::Read { database, from, work, size, timeout } => {
            Step::Statement { database, write: false, from, work, size, timeout }
        }
        CallSpec::Write { database, work, size, timeout } => {
            Step::Statement { database, write: true, from: ReadFrom::Primary, work, size, timeout }
        }
        CallSpec::Item { table, write, timeout } => Step::Item(Item { table, write, timeout }),
        CallSpec::External { endpoint, size, keep_alive, timeout } => {
            Step::External(External { endpoint, size, keep_alive, timeout })
        }
    }
}

/// Which databases a class writes to, and whether it reads from the writer.
pub(crate) fn needs_writer(plan: &Plan, class: usize, database: DatabaseId) -> bool {
    plan.classes[class].handlers.iter().flat_map(|handler| &handler.calls).any(|call| match call {
        CallSpec::Write { database: other, .. }
        | CallSpec::Read { database: other, from: ReadFrom::Primary, .. } => *other == database,
        CallSpec::Read { database: other, from: ReadFrom::ReplicaThenPrimary, .. } => {
            *other == database && has_no_replica(&plan.databases[database.index()])
        }
        CallSpec::Http { .. }
        | CallSpec::Service { .. }
        | CallSpec::Item { .. }
        | CallSpec::External { .. } => false,
    })
}

fn has_no_replica(database: &DatabaseSpec) -> bool {
    database.replicas.is_empty()
}
