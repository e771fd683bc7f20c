//! The share of requests that would be answered, by what stands there now.

use crate::Cloud;
use crate::dns::Asker;
use crate::request_path::program::{Route, Step};
use cloudsim_aws::services::dynamodb::Quorum;
use cloudsim_aws::services::rds::{Accept, InstanceSlot};
use cloudsim_aws::services::route53::{DnsNameSpec, Policy};
use cloudsim_aws::services::target_group::{NodeSlot, Reach, ServerSlot};
use cloudsim_aws::services::vpc::End;
use cloudsim_units::SimDuration;
use cloudsim_workload::ReadFrom;
use cloudsim_world::{DatabaseId, EndpointId, TableId, ZoneId};
use std::collections::BTreeMap;

/// What was found out of one class: which share of what a server is asked it answers, by its handler.
pub(crate) type Known = BTreeMap<(ServerSlot, u16), f64>;

impl Cloud {
    /// The share of a class's requests that would be answered, retries included.
    pub(super) fn answers(&mut self, class: usize) -> f64 {
        let program = &self.program.classes[class];
        let (entry, client) = (program.entry, &self.plan.clients[program.client]);
        let from = End::Outside(client.address);
        // A client that waits in vain has time for so many tries.
        let tries = client.timeout.as_nanos().div_ceil(client.try_timeout.as_nanos().max(1));
        let tries = tries.min(client.tries_max.into());
        let asker = (from, Asker::Client(program.client));
        let fails = 1.0 - self.over_name(class, entry, asker, &mut Known::new());
        1.0 - (0..tries).map(|_| fails).product::<f64>()
    }

    /// A call to a name: over any of the load balancers that it is answered with, or over all of them.
    fn over_name(&mut self, class: usize, route: u16, from: (End, Asker), known: &mut Known) -> f64 {
        let name = self.program.routes[usize::from(route)].name;
        let DnsNameSpec { policy, records, .. } = &self.plan.dns_names[name.index()];
        let routes = |record: usize| route + u16::try_from(record).expect("few records");
        let mut served: Vec<usize> = self.dns.served(name.index()).collect();
        match policy {
            Policy::Multivalue => {
                let all: Vec<u16> = served.into_iter().map(routes).collect();
                return self.over_balancers(class, &all, from.0, known);
            }
            Policy::Latency => {
                served.sort_by_key(|record| self.distance(from.1, records[*record].alias));
                served.truncate(1);
            }
            Policy::Simple | Policy::Failover | Policy::Weighted => {}
        }
        let weights: Vec<f64> = served.iter().map(|at| f64::from(records[*at].weight).max(1.0)).collect();
        let mut sum = 0.0;
        for (record, weight) in served.iter().zip(&weights) {
            sum += weight * self.over_balancers(class, &[routes(*record)], from.0, known);
        }
        sum / weights.iter().sum::<f64>()
    }

    /// A call over load balancers whose addresses are in one answer: whoever calls begins at any of these and goes on while
    /// nobody answers.
    fn over_balancers(&mut self, class: usize, routes: &[u16], from: End, known: &mut Known) -> f64 {
        let mut nodes: Vec<(NodeSlot, Route)> = Vec::new();
        for route in routes {
            let route = self.program.routes[usize::from(*route)];
            let answer = self.balancers.answer(route.balancer);
            let all = (0..answer.count()).map(|rank| answer.nth(rank));
            nodes.extend(all.map(|place| (self.balancers.addressed(route.balancer, place), route)));
        }
        let connects: Vec<f64> =
            nodes.iter().map(|(node, route)| self.connects(*node, route, from)).collect();
        let mut sum = 0.0;
        for first in 0..nodes.len() {
            let mut here = 1.0;
            let mut waited = SimDuration::ZERO;
            for place in (first..nodes.len()).chain(0..first) {
                let (node, route) = nodes[place];
                if waited >= route.timeout {
                    break;
                }
                if connects[place] > 0.0 {
                    sum += here * connects[place] * self.at_node(class, node, &route, known);
                }
                here *= 1.0 - connects[place];
                waited = waited.saturating_add(route.connect_timeout);
            }
        }
        mean(sum, nodes.len())
    }

    fn connects(&mut self, node: NodeSlot, route: &Route, from: End) -> f64 {
        if self.balancers.node(node).is_up() {
            self.passes(from, self.node_end(node), route.port)
        } else {
            0.0
        }
    }

    fn at_node(&mut self, class: usize, node: NodeSlot, route: &Route, known: &mut Known) -> f64 {
        let view = &self.balancers.node(node).views[usize::from(route.view)];
        let port = self.plan.target_groups[view.group.index()].port;
        let targets: Vec<ServerSlot> = view.view.targets().collect();
        let each = targets.iter().map(|target| {
            let passes = self.passes(self.node_end(node), self.server_end(*target), port);
            if passes > 0.0 { passes * self.at_server(class, *target, route.handler, known) } else { 0.0 }
        });
        mean(each.sum(), targets.len())
    }

    /// A server answers if it lives and all answer that it needs.
    pub(crate) fn at_server(
        &mut self,
        class: usize,
        server: ServerSlot,
        handler: u16,
        known: &mut Known,
    ) -> f64 {
        if self.fleet.get(server).reach() != Reach::Answers {
            return 0.0;
        }
        if let Some(share) = known.get(&(server, handler)) {
            return *share;
        }
        let mut share = 1.0;
        let steps = self.program.classes[class].handlers[usize::from(handler)].steps.len();
        for step in 0..steps {
            if share <= 0.0 {
                break;
            }
            share *= match self.program.classes[class].handlers[usize::from(handler)].steps[step] {
                Step::Http { route } => {
                    let from = (self.server_end(server), Asker::Zone(self.fleet.get(server).zone));
                    self.over_name(class, route, from, known)
                }
                Step::Service { route } => self.over_service(class, route, server, known),
                Step::Statement { database, write, from, .. } => {
                    self.at_database(server, (database, write, from))
                }
                Step::Item(item) => self.at_table(server, item.table),
                Step::External(external) => self.at_endpoint(server, external.endpoint),
            };
        }
        known.insert((server, handler), share);
        share
    }

    /// A call to a service of the cluster, name and all.
    fn over_service(&mut self, class: usize, route: u16, caller: ServerSlot, known: &mut Known) -> f64 {
        let route = self.program.service_routes[usize::from(route)];
        let named = route.dns.map_or(1.0, |dns| {
            let servers = self.led_to(caller, dns.spec.service);
            let silent = servers.iter().filter(|(_, reach)| *reach != Reach::Answers).count();
            // Each query is led anew; where rules lead nowhere all of them fail.
            let fails = if servers.is_empty() { 1.0 } else { mean(count(silent), servers.len()) };
            1.0 - (0..dns.spec.attempts).map(|_| fails).product::<f64>()
        });
        let pods = self.led_to(caller, route.service);
        let mut sum = 0.0;
        for (pod, ..) in &pods {
            let Some(server) = *pod else { continue };
            let passes = self.passes(self.server_end(caller), self.server_end(server), route.port);
            if passes > 0.0 {
                sum += passes * self.at_server(class, server, route.handler, known);
            }
        }
        named * mean(sum, pods.len())
    }

    fn at_database(
        &mut self,
        server: ServerSlot,
        (database, write, from): (DatabaseId, bool, ReadFrom),
    ) -> f64 {
        let name = self.databases.writer_name_in(database, self.region_of(server));
        let replica = match from {
            ReadFrom::ReplicaThenPrimary => self.replica_for(server, database),
            ReadFrom::Primary => None,
        };
        let instance = replica.unwrap_or(name);
        let direct = self.at_instance(server, (database, instance), write);
        if direct > 0.0 || write || from == ReadFrom::Primary {
            return direct;
        }
        self.at_instance(server, (database, name), write)
    }

    fn at_instance(
        &mut self,
        server: ServerSlot,
        (database, instance): (DatabaseId, InstanceSlot),
        write: bool,
    ) -> f64 {
        if self.databases.accepts(instance, write) != Accept::Ok {
            return 0.0;
        }
        let port = self.plan.databases[database.index()].engine.port();
        self.passes(self.server_end(server), self.instance_end(instance), port)
    }

    /// A call to a table, to any of the nodes that lead its partitions.
    fn at_table(&self, server: ServerSlot, table: TableId) -> f64 {
        let Some(place) = self.tables.replica_in(table, self.region_of(server)) else { return 0.0 };
        let home = Some(self.fleet.get(server).zone);
        let leaders = self.tables.leaders(table, place, &self.links);
        let answers = |leader: &&ZoneId| {
            self.links.cut_by(home, Some(**leader)).is_none()
                && self.tables.quorum(table, place, **leader, &self.links) != Quorum::Lost
        };
        mean(count(leaders.iter().filter(answers).count()), leaders.len())
    }

    fn at_endpoint(&mut self, server: ServerSlot, endpoint: EndpointId) -> f64 {
        let way = self.way_to(server, endpoint, 0);
        let home = Some(self.fleet.get(server).zone);
        let leaves_at = Some(way.leaves_at);
        let cut = self.links.cut_by(home, leaves_at).is_some()
            || (way.to_internet && self.links.cut_by(leaves_at, None).is_some());
        if way.goes_on.is_ok() && !cut { 1.0 } else { 0.0 }
    }

    /// The share of connections between two ends that routes, rules and borders let pass.
    fn passes(&mut self, from: End, to: End, port: u16) -> f64 {
        let zones = (self.network.zone_of(from), self.network.zone_of(to));
        if self.links.cut_by(zones.0, zones.1).is_some() {
            return 0.0;
        }
        self.network.decide(from, to, port).share().as_f64()
    }
}

/// Of none nobody answers.
fn mean(sum: f64, of: usize) -> f64 {
    if of == 0 { 0.0 } else { sum / count(of) }
}

#[expect(clippy::cast_precision_loss, reason = "fewer than 2^32")]
fn count(of: usize) -> f64 {
    of as f64
}
