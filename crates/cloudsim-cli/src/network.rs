//! The network of a scenario, as the page of a run draws it.

use cloudsim_records::DatabaseInstanceState;
use cloudsim_report::{Balancer, DatabaseInstance, Domain, Machine, Network, Region, Spread, Subnet, Vpc};
use cloudsim_scenario::plan::Plan;

pub(crate) fn network(plan: &Plan) -> Network {
    let regions = plan.regions().into_iter().map(|region| {
        let zones = plan.zones_of(region);
        let vpcs = (0..plan.vpcs.len()).filter_map(|place| vpc(plan, place, region));
        Region {
            name: region.to_owned(),
            zones: zones.iter().map(|zone| plan.zones[zone.index()].name.clone()).collect(),
            vpcs: vpcs.collect(),
        }
    });
    Network { regions: regions.collect(), spreads: spreads(plan), machines: machines(plan) }
}

fn machines(plan: &Plan) -> Vec<Machine> {
    let all = cloudsim::machines(plan).into_iter();
    all.map(|of| Machine {
        group: of.group,
        cluster: of.cluster,
        kind: of.kind,
        hour: of.hour,
        month: of.month,
    })
    .collect()
}

/// The constraints on where pods of workloads stand. Of several clusters none is told: nodes of all are seen as one.
fn spreads(plan: &Plan) -> Vec<Spread> {
    let [cluster] = plan.clusters.as_slice() else { return Vec::new() };
    let mut spreads = Vec::new();
    for workload in cluster.workloads.iter().map(|of| &of.workload) {
        let pod = workload.template.api.spec.as_ref();
        for of in pod.and_then(|pod| pod.topology_spread_constraints.as_ref()).into_iter().flatten() {
            spreads.push(Spread {
                workload: cluster.called(workload.path()),
                topology_key: of.topology_key.clone(),
                domain: match of.topology_key.as_str() {
                    cloudsim_kube_scheduler::ZONE => Domain::Zone,
                    cloudsim_kube_scheduler::HOSTNAME => Domain::Host,
                    _ => Domain::Other,
                },
                max_skew: u32::try_from(of.max_skew).unwrap_or_default(),
                is_required: of.when_unsatisfiable == "DoNotSchedule",
            });
        }
    }
    spreads
}

/// What of a VPC is in a region; `None` if nothing is.
fn vpc(plan: &Plan, place: usize, region: &str) -> Option<Vpc> {
    let is_here = |subnet: usize| {
        let spec = &plan.subnets[subnet];
        spec.vpc.index() == place && plan.zones[spec.zone.index()].region == region
    };
    let subnets: Vec<usize> = (0..plan.subnets.len()).filter(|subnet| is_here(*subnet)).collect();
    if subnets.is_empty() {
        return None;
    }
    let balancers = plan.load_balancers.iter().enumerate();
    let balancers = balancers.filter(|(_, of)| of.subnets.iter().any(|subnet| is_here(subnet.index())));
    let gateways = plan.internet_gateways.iter().filter(|gateway| gateway.vpc.index() == place);
    Some(Vpc {
        name: plan.vpcs[place].name.clone(),
        cidr: plan.vpcs[place].cidr.to_string(),
        internet_gateways: gateways.map(|gateway| gateway.name.clone()).collect(),
        balancers: balancers
            .map(|(index, of)| Balancer {
                name: of.name.clone(),
                faces_internet: plan.faces_internet(index),
                ports: of.listeners.iter().map(|listener| listener.port).collect(),
                subnets: of.subnets.iter().map(|id| plan.subnets[id.index()].name.clone()).collect(),
            })
            .collect(),
        subnets: subnets.into_iter().map(|subnet| subnet_of(plan, subnet)).collect(),
    })
}

fn subnet_of(plan: &Plan, place: usize) -> Subnet {
    let spec = &plan.subnets[place];
    let groups = plan.auto_scaling_groups.iter();
    let groups = groups.filter(|group| group.subnets.iter().any(|subnet| subnet.index() == place));
    let own_nodes = plan.clusters.iter().filter(|cluster| {
        cluster.nodes.iter().any(|node| node.subnet.is_some_and(|subnet| subnet.index() == place))
    });
    let gateways = plan.nat_gateways.iter().filter(|gateway| gateway.subnet.index() == place);
    let names = groups.map(|group| &group.name).chain(own_nodes.map(|cluster| &cluster.name));
    Subnet {
        name: spec.name.clone(),
        zone: plan.zones[spec.zone.index()].name.clone(),
        cidr: spec.cidr.to_string(),
        is_public: plan.is_public(place),
        nat_gateways: gateways.map(|gateway| gateway.name.clone()).collect(),
        groups: names.cloned().collect(),
        database_instances: database_instances(plan, place),
    }
}

/// The instances of databases in a subnet, as a run names them.
fn database_instances(plan: &Plan, subnet: usize) -> Vec<DatabaseInstance> {
    let mut instances = Vec::new();
    let mut add = |name: String, at_first| instances.push(DatabaseInstance { name, at_first });
    for database in &plan.databases {
        if database.primary.index() == subnet {
            add(format!("{}-1", database.name), Some(DatabaseInstanceState::Writer));
        }
        if database.multi_az && database.standby.index() == subnet {
            add(format!("{}-2", database.name), Some(DatabaseInstanceState::Standby));
        }
        for replica in database.replicas.iter().filter(|of| of.subnet.index() == subnet) {
            add(replica.name.clone(), replica.exists.then_some(DatabaseInstanceState::Replica));
        }
        for backup in database.backups.iter().filter(|of| of.subnet.index() == subnet) {
            add(backup.name.clone(), None);
        }
        // A restore in the region stands where the standby would.
        if database.standby.index() == subnet {
            add(format!("{}-restored", database.name), None);
        }
    }
    instances
}
