//! The bill of a month: hours of what stands there, and usage at the rate seen before the first fault.

mod users;

use crate::Cloud;
use crate::cloud::Usage;
use cloudsim_aws::prices::Price;
use cloudsim_aws::services::{dynamodb, load_balancer, rds, vpc};
use cloudsim_kube::eks;
use cloudsim_kube::spec::ClusterSpec;
use cloudsim_records::BillItem;
use cloudsim_scenario::plan::{Made, Plan};
use cloudsim_units::{NanoUsd, SimTime};
use cloudsim_world::{
    AutoScalingGroupId, DatabaseId, LoadBalancerId, MachineImageId, NatGatewayId, SubnetId, TableId,
    VpcEndpointId,
};
use std::collections::BTreeMap;
use users::{Resource, Users};

/// Hours in a month, as AWS's own calculators count them.
const HOURS: u64 = 730;
const NANOS_PER_HOUR: u128 = 3_600_000_000_000;
const BYTES_PER_GB: u128 = 1_000_000_000;
const UNITS_PER_MILLION: u128 = 1_000_000;

/// A machine that there could be more of, at the price that the bill has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// What it is one of: a group of instances, or of nodes that stand for themselves their cluster.
    pub group: String,
    /// The cluster that it is a node of, if it is one.
    pub cluster: Option<String>,
    /// Its instance type.
    pub kind: String,
    /// What an hour of it costs.
    pub hour: NanoUsd,
    /// What a month of it costs.
    pub month: NanoUsd,
}

impl Machine {
    fn of(group: String, cluster: Option<String>, kind: &str, hour: NanoUsd) -> Self {
        let month = hour * i64::try_from(HOURS).expect("some hundreds");
        Self { group, cluster, kind: kind.to_owned(), hour, month }
    }
}

/// All machines of a plan whose price is known, as the bill has them.
#[must_use]
pub fn machines(plan: &Plan) -> Vec<Machine> {
    let mut all = Vec::new();
    for (id, group) in (0..).map(AutoScalingGroupId::from_index).zip(&plan.auto_scaling_groups) {
        let kind = &group.server.instance_type;
        let Some(hour) = plan.prices.instance_hour(kind) else { continue };
        let cluster = plan.clusters.iter().find(|cluster| cluster.has_group(id));
        all.push(Machine::of(group.name.clone(), cluster.map(|of| of.name.clone()), kind, hour));
    }
    for cluster in &plan.clusters {
        for kind in own_nodes(cluster).into_keys() {
            let Some(hour) = plan.prices.instance_hour(kind) else { continue };
            all.push(Machine::of(cluster.name.clone(), Some(cluster.name.clone()), kind, hour));
        }
    }
    all
}

/// The nodes of a cluster that stand for themselves, by their instance types.
fn own_nodes(cluster: &ClusterSpec) -> BTreeMap<&str, u32> {
    let mut nodes: BTreeMap<&str, u32> = BTreeMap::new();
    for node in &cluster.nodes {
        let kind = node.node.labels.get(eks::INSTANCE_TYPE).map_or("", |kind| kind);
        *nodes.entry(kind).or_default() += 1;
    }
    nodes
}

impl Cloud {
    /// Remembers usage when the first fault begins.
    pub(crate) fn mark_usage(&mut self, now: SimTime) {
        if self.usage_mark.is_none() {
            self.usage_mark = Some((now, self.usage.clone()));
        }
    }

    /// All lines of the bill, larger things first within each kind.
    pub(crate) fn bill(&mut self, now: SimTime) -> Vec<BillItem> {
        self.mark_usage(now);
        let (until, usage) = self.usage_mark.clone().expect("just marked");
        let users = Users::of(&self.plan, &usage.requests);
        let mut items = self.standing(&users);
        let window = u128::from(until.as_nanos());
        if window > 0 {
            // What a month brings if it goes on like this, exact to a thousandth.
            let monthly = |count: u64| u128::from(count) * NANOS_PER_HOUR * u128::from(HOURS) * 1000 / window;
            items.extend(self.used(&usage, &users, monthly));
        }
        items.retain(|item| item.quantity_milli > 0);
        items
    }

    /// What was paid once, by what was done meanwhile: retrievals from archives, and replicas that were created in other regions.
    pub(crate) fn paid_once(&self) -> Vec<BillItem> {
        let users = Users::of(&self.plan, &self.usage.requests);
        let mut items = Vec::new();
        for (id, database) in (0..).map(DatabaseId::from_index).zip(&self.plan.databases) {
            for (place, backup) in database.backups.iter().enumerate() {
                let times = self.databases.retrievals(id, place);
                let lines = rds::pricing::retrievals(backup, database.storage, times, &self.plan.prices);
                items.extend(lines.into_iter().map(|item| users.pay(item, Resource::Database(id))));
            }
            let created = self.replicas_copied.iter().filter(|(of, _)| *of == id);
            items.extend(created.map(|(_, place)| {
                let name = &database.replicas[*place].name;
                let item = rds::pricing::replica_copied(name, database.storage, &self.plan.prices);
                users.pay(item, Resource::Database(id))
            }));
        }
        items
    }

    /// What costs something because it is there.
    fn standing(&self, users: &Users) -> Vec<BillItem> {
        let prices = &self.plan.prices;
        // What a stack has yet to make costs nothing.
        let mut items = self.instances(users);
        items.extend(self.clusters(users));
        for (id, database) in (0..).map(DatabaseId::from_index).zip(&self.plan.databases) {
            let lines = rds::pricing::month(database, prices).into_iter();
            items.extend(lines.map(|item| users.pay(item, Resource::Database(id))));
        }
        for (id, table) in (0..).map(TableId::from_index).zip(&self.plan.tables) {
            let item = dynamodb::pricing::month(table, prices);
            items.push(users.pay(item, Resource::Table(id)));
        }
        for (id, gateway) in (0..).map(NatGatewayId::from_index).zip(&self.plan.nat_gateways) {
            let there = !self.plan.is_made_later(Made::NatGateway(id));
            let item = hours(gateway.name.clone(), there.into(), prices.of(Price::NatGateway));
            items.push(users.pay(item, Resource::NatGateway(id)));
        }
        for (id, balancer) in (0..).map(LoadBalancerId::from_index).zip(&self.plan.load_balancers) {
            let there = !self.plan.is_made_later(Made::LoadBalancer(id));
            let item = hours(balancer.name.clone(), there.into(), prices.of(Price::LoadBalancer));
            items.push(users.pay(item, Resource::LoadBalancer(id)));
        }
        for check in &self.plan.health_checks {
            let Some(asks) = check.endpoint() else { continue };
            let what = format!("{} health check", check.name);
            let item = per_unit(what, 1000, "month", asks.month(prices));
            items.push(users.pay(item, Resource::LoadBalancer(asks.target)));
        }
        items.extend(self.regional(users));
        // One cluster has all of them.
        let has_controls = self.plan.health_checks.iter().any(|check| check.endpoint().is_none());
        let what = "routing control cluster".to_owned();
        items.push(hours(what, has_controls.into(), prices.of(Price::RoutingControlCluster)));
        for (id, endpoint) in (0..).map(VpcEndpointId::from_index).zip(&self.plan.vpc_endpoints) {
            if let vpc::VpcEndpointKind::Interface { subnets, .. } = &endpoint.kind {
                let count = u32::try_from(subnets.len()).expect("few subnets");
                let item = hours(endpoint.name.clone(), count, prices.of(Price::VpcEndpoint));
                items.push(users.pay(item, Resource::VpcEndpoint(id)));
            }
        }
        let addresses = self.public_addresses();
        let count = addresses.iter().map(|(_, count)| count).sum();
        let item = hours("public IPv4 addresses".to_owned(), count, prices.of(Price::PublicAddress));
        let parts = addresses.iter().map(|(of, count)| (u128::from(*count), users.of_resource(*of)));
        items.push(BillItem { users: users::blend(parts), ..item });
        items
    }

    /// What is paid by use; `monthly` makes thousandths of a month's amount of a count.
    fn used(&self, usage: &Usage, users: &Users, monthly: impl Fn(u64) -> u128) -> Vec<BillItem> {
        let prices = &self.plan.prices;
        let mut items = Vec::new();
        for (id, gateway) in (0..).map(NatGatewayId::from_index).zip(&self.plan.nat_gateways) {
            let gb_milli = monthly(usage.nat_bytes[id.index()]) / BYTES_PER_GB;
            let what = format!("{} data", gateway.name);
            let item = per_unit(what, gb_milli, "GB", prices.of(Price::NatGatewayData));
            items.push(users.pay(item, Resource::NatGateway(id)));
        }
        items.extend(self.table_requests(usage, users, &monthly));
        for (id, endpoint) in (0..).map(VpcEndpointId::from_index).zip(&self.plan.vpc_endpoints) {
            let gb_milli = monthly(usage.vpc_endpoint_bytes[id.index()]) / BYTES_PER_GB;
            let price = prices.of(Price::VpcEndpointData);
            let item = per_unit(format!("{} data", endpoint.name), gb_milli, "GB", price);
            items.push(users.pay(item, Resource::VpcEndpoint(id)));
        }
        for (id, balancer) in (0..).map(LoadBalancerId::from_index).zip(&self.plan.load_balancers) {
            let lcu_milli = load_balancer::pricing::lcu_hours_milli(
                monthly(usage.new_connections[id.index()]),
                monthly(usage.balanced_bytes[id.index()]),
            );
            let lcu_milli = lcu_milli * u128::from(self.plan.assumptions.prices.capacity_units) / 100;
            let what = format!("{} capacity", balancer.name);
            let item = per_unit(what, lcu_milli, "LCU-h", prices.of(Price::LoadBalancerCapacityUnit));
            items.push(users.pay(item, Resource::LoadBalancer(id)));
        }
        let inter_zone = monthly(usage.inter_zone_bytes.all()) / BYTES_PER_GB;
        let price = prices.of(Price::DataBetweenZones) * vpc::pricing::INTER_ZONE_SIDES;
        let item = per_unit("data between zones".to_owned(), inter_zone, "GB", price);
        items.push(BillItem { users: users.of_bytes(usage.inter_zone_bytes.each()), ..item });
        items.extend(self.time_control(users));
        let copied = self.backups_copied();
        let all_copied: u128 = copied.iter().map(|(_, bytes)| bytes).sum();
        let sent = monthly(usage.inter_region_bytes.all());
        let inter_region = (sent + all_copied * 1000) / BYTES_PER_GB;
        let item = per_unit(
            "data between regions".to_owned(),
            inter_region,
            "GB",
            prices.of(Price::DataBetweenRegions),
        );
        let sent = (sent / 1000, users.of_bytes(usage.inter_region_bytes.each()));
        let copied = copied.into_iter().map(|(of, bytes)| (bytes, users.of_resource(Resource::Database(of))));
        items.push(BillItem { users: users::blend(copied.chain([sent])), ..item });
        let free = u128::from(vpc::pricing::EGRESS_GIGABYTES_FREE) * 1000;
        let egress = (monthly(usage.egress_bytes.all()) / BYTES_PER_GB).saturating_sub(free);
        let item =
            per_unit("data to the internet".to_owned(), egress, "GB", prices.of(Price::DataToInternet));
        items.push(BillItem { users: users.of_bytes(usage.egress_bytes.each()), ..item });
        items
    }
}

impl Cloud {
    /// The instances of Auto Scaling groups.
    fn instances(&self, users: &Users) -> Vec<BillItem> {
        let groups = (0..).map(AutoScalingGroupId::from_index).zip(&self.plan.auto_scaling_groups);
        let of_known_price = groups.filter_map(|(id, group)| {
            let kind = &group.server.instance_type;
            let price = self.plan.prices.instance_hour(kind)?;
            let what = format!("{} instances ({kind})", group.name);
            let item = hours(what, self.plan.desired_at_first(id.index()), price);
            Some(users.pay(item, Resource::Group(id)))
        });
        of_known_price.collect()
    }

    /// Images and secrets, in each region that has a copy, be it an old one.
    fn regional(&self, users: &Users) -> Vec<BillItem> {
        let prices = &self.plan.prices;
        let mut items = Vec::new();
        for (id, image) in (0..).map(MachineImageId::from_index).zip(&self.plan.machine_images) {
            let bytes = u128::from(image.size.0) * image.copies.len() as u128;
            let item = stored(format!("{} image", image.name), bytes, prices.of(Price::MachineImage));
            let groups = (0..).map(AutoScalingGroupId::from_index).zip(&self.plan.auto_scaling_groups);
            let groups = groups.filter(|(_, group)| group.server.image == Some(id));
            let parts = groups.map(|(group, _)| (1, users.of_resource(Resource::Group(group))));
            items.push(BillItem { users: users::blend(parts), ..item });
        }
        for image in self.plan.container_images() {
            let bytes = u128::from(image.size.0) * image.regions.len() as u128;
            let item = stored(format!("{} image", image.name), bytes, prices.of(Price::ContainerImage));
            let clusters = self.plan.clusters.iter().enumerate().filter(|(_, of)| of.uses(&image.name));
            let parts = clusters.map(|(place, _)| (1, users.of_resource(Resource::Cluster(place))));
            items.push(BillItem { users: users::blend(parts), ..item });
        }
        for secret in &self.plan.secrets {
            let regions = secret.copies.len() as u128;
            let item = per_unit(
                format!("{} secret", secret.name),
                regions * 1000,
                "month",
                prices.of(Price::Secret),
            );
            items.push(users.pay(item, Resource::Database(secret.database)));
        }
        items
    }

    /// Control planes, and nodes that stand for themselves.
    fn clusters(&self, users: &Users) -> Vec<BillItem> {
        let (prices, mut items) = (&self.plan.prices, Vec::new());
        for (place, cluster) in self.plan.clusters.iter().enumerate() {
            // A cluster without groups of instances may run anywhere.
            if !cluster.node_groups.is_empty() || cluster.karpenter.is_some() {
                let what = format!("{} control plane", cluster.name);
                items.push((place, hours(what, 1, prices.of(Price::Cluster))));
            }
            for (kind, count) in own_nodes(cluster) {
                let Some(price) = prices.instance_hour(kind) else { continue };
                items.push((place, hours(format!("{} nodes ({kind})", cluster.name), count, price)));
            }
        }
        items.into_iter().map(|(place, item)| users.pay(item, Resource::Cluster(place))).collect()
    }

    /// What Replication Time Control costs.
    fn time_control(&self, users: &Users) -> Vec<BillItem> {
        let databases = (0..).map(DatabaseId::from_index).zip(&self.plan.databases);
        let items = databases.flat_map(|(id, database)| {
            let of = |backup| rds::pricing::time_control_month(backup, database.storage, &self.plan.prices);
            let items = database.backups.iter().filter_map(of);
            items.map(move |item| users.pay(item, Resource::Database(id)))
        });
        items.collect()
    }

    /// What backups of each database copy to other regions in a month, in bytes, beside logs.
    fn backups_copied(&self) -> Vec<(DatabaseId, u128)> {
        let region = |subnet: SubnetId| self.zone_regions[self.plan.subnets[subnet.index()].zone.index()];
        let databases = (0..).map(DatabaseId::from_index).zip(&self.plan.databases);
        let copied = databases.map(|(id, database)| {
            let far = database.backups.iter().filter(|of| region(of.subnet) != region(database.primary));
            (id, far.map(|backup| rds::pricing::copied_in_a_month(backup, database.storage)).sum())
        });
        copied.collect()
    }

    /// What is read from tables and written to them.
    fn table_requests(&self, usage: &Usage, users: &Users, monthly: impl Fn(u64) -> u128) -> Vec<BillItem> {
        let mut items = Vec::new();
        for (id, table) in (0..).map(TableId::from_index).zip(&self.plan.tables) {
            let writes = monthly(usage.table_write_units[id.index()]);
            let reads = monthly(usage.table_read_half_units[id.index()]) / 2;
            for (what, units_milli, price) in
                [("writes", writes, Price::TableWrite), ("reads", reads, Price::TableRead)]
            {
                let what = format!("{} {what}", table.name);
                let price = self.plan.prices.of(price);
                let item = per_unit(what, units_milli / UNITS_PER_MILLION, "million units", price);
                items.push(users.pay(item, Resource::Table(id)));
            }
        }
        items
    }

    /// How many public addresses each thing has: NAT gateways, instances in subnets that give them one, and load balancers
    /// that face the internet, one for each zone.
    fn public_addresses(&self) -> Vec<(Resource, u32)> {
        let count = |number: usize| u32::try_from(number).expect("few addresses");
        let balancers = (0..).map(LoadBalancerId::from_index).zip(&self.plan.load_balancers);
        let balancers = balancers
            .filter(|(id, _)| !self.plan.is_made_later(Made::LoadBalancer(*id)))
            .filter(|(_, balancer)| balancer.scheme == load_balancer::Scheme::InternetFacing)
            .map(|(id, balancer)| (Resource::LoadBalancer(id), count(balancer.subnets.len())));
        let gateways = (0..).map(NatGatewayId::from_index).zip(&self.plan.nat_gateways);
        let gateways = gateways
            .filter(|(id, _)| !self.plan.is_made_later(Made::NatGateway(*id)))
            .map(|(id, gateway)| (Resource::NatGateway(id), gateway.addresses));
        let groups = (0..).map(AutoScalingGroupId::from_index).zip(&self.plan.auto_scaling_groups);
        let instances = groups.map(|(id, group)| {
            let desired = self.plan.desired_at_first(id.index()) as usize;
            let subnets = group.subnets.iter().cycle().take(desired);
            let public = subnets.filter(|subnet| self.plan.subnets[subnet.index()].public_addresses);
            (Resource::Group(id), count(public.count()))
        });
        balancers.chain(gateways).chain(instances).collect()
    }
}

/// What is kept for a month, at a price of a gigabyte of 2^30 bytes.
fn stored(what: String, bytes: u128, price: NanoUsd) -> BillItem {
    let item = per_unit(what, bytes * 1000 / (1 << 30), "GB-month", NanoUsd::ZERO);
    BillItem { usd: price.times(bytes, 1 << 30), ..item }
}

fn hours(what: String, count: u32, price: NanoUsd) -> BillItem {
    per_unit(what, u128::from(count) * u128::from(HOURS) * 1000, "h", price)
}

fn per_unit(what: String, quantity_milli: u128, unit: &str, price: NanoUsd) -> BillItem {
    BillItem {
        what,
        quantity_milli: u64::try_from(quantity_milli).expect("a month's usage"),
        unit: unit.to_owned(),
        usd: price.times(quantity_milli, 1000),
        users: Vec::new(),
    }
}
