//! The bill of a month: hours of what stands there, and usage at the rate seen before the first fault.

use crate::Cloud;
use crate::cloud::Usage;
use cloudsim_aws::prices;
use cloudsim_aws::services::{dynamodb, ec2_instance, load_balancer, nat_gateway, rds, route53, vpc};
use cloudsim_kube::eks;
use cloudsim_records::BillItem;
use cloudsim_scenario::plan::Made;
use cloudsim_units::{NanoUsd, SimTime};
use cloudsim_world::{LoadBalancerId, NatGatewayId, SubnetId};
use std::collections::BTreeMap;

/// Hours in a month, as AWS's own calculators count them.
const HOURS: u64 = 730;
const NANOS_PER_HOUR: u128 = 3_600_000_000_000;
const BYTES_PER_GB: u128 = 1_000_000_000;
const UNITS_PER_MILLION: u128 = 1_000_000;

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
        let mut items = Vec::new();
        let assumed = self.plan.assumptions.prices;
        // What a stack has yet to make costs nothing.
        items.extend(self.instances(&assumed));
        for cluster in &self.plan.clusters {
            // A cluster without groups of instances may run anywhere.
            if !cluster.node_groups.is_empty() || cluster.karpenter.is_some() {
                items.push(hours(format!("{} control plane", cluster.name), 1, eks::CONTROL_PLANE_HOUR));
            }
            let mut nodes: BTreeMap<&str, u32> = BTreeMap::new();
            for node in &cluster.nodes {
                let kind = node.node.labels.get(eks::INSTANCE_TYPE).map_or("", |kind| kind);
                *nodes.entry(kind).or_default() += 1;
            }
            for (kind, count) in nodes {
                let Some(price) = ec2_instance::pricing::assumed_hour(kind, &assumed) else { continue };
                items.push(hours(format!("{} nodes ({kind})", cluster.name), count, price));
            }
        }
        for database in &self.plan.databases {
            items.extend(rds::pricing::month(database, &assumed));
        }
        let of_tables = &self.plan.assumptions.dynamodb;
        items.extend(self.plan.tables.iter().map(|table| dynamodb::pricing::month(table, of_tables)));
        for (index, gateway) in self.plan.nat_gateways.iter().enumerate() {
            let there = !self.plan.is_made_later(Made::NatGateway(NatGatewayId::from_index(index)));
            items.push(hours(gateway.name.clone(), there.into(), nat_gateway::pricing::HOUR));
        }
        for (index, balancer) in self.plan.load_balancers.iter().enumerate() {
            let there = !self.plan.is_made_later(Made::LoadBalancer(LoadBalancerId::from_index(index)));
            items.push(hours(balancer.name.clone(), there.into(), load_balancer::pricing::HOUR));
        }
        for check in &self.plan.health_checks {
            let what = format!("{} health check", check.name);
            items.push(per_unit(what, 1000, "month", route53::pricing::month(check)));
        }
        for endpoint in &self.plan.vpc_endpoints {
            if let vpc::VpcEndpointKind::Interface { subnets, .. } = &endpoint.kind {
                let count = u32::try_from(subnets.len()).expect("few subnets");
                let price = prices::at(vpc::pricing::INTERFACE_ENDPOINT_HOUR, assumed.interface_endpoints);
                items.push(hours(endpoint.name.clone(), count, price));
            }
        }
        let addresses = self.public_addresses();
        let price = prices::at(vpc::pricing::PUBLIC_IPV4_HOUR, assumed.public_addresses);
        items.push(hours("public IPv4 addresses".to_owned(), addresses, price));
        items.retain(|item| item.quantity_milli > 0);
        let window = u128::from(until.as_nanos());
        if window == 0 {
            return items;
        }
        // What a month brings if it goes on like this, exact to a thousandth.
        let monthly = |count: u64| u128::from(count) * NANOS_PER_HOUR * u128::from(HOURS) * 1000 / window;
        for (index, gateway) in self.plan.nat_gateways.iter().enumerate() {
            let gb_milli = monthly(usage.nat_bytes[index]) / BYTES_PER_GB;
            items.push(per_unit(
                format!("{} data", gateway.name),
                gb_milli,
                "GB",
                nat_gateway::pricing::GIGABYTE,
            ));
        }
        items.extend(self.table_requests(&usage, monthly));
        for (index, endpoint) in self.plan.vpc_endpoints.iter().enumerate() {
            let gb_milli = monthly(usage.vpc_endpoint_bytes[index]) / BYTES_PER_GB;
            let price = prices::at(vpc::pricing::INTERFACE_ENDPOINT_GIGABYTE, assumed.interface_endpoints);
            items.push(per_unit(format!("{} data", endpoint.name), gb_milli, "GB", price));
        }
        for (index, balancer) in self.plan.load_balancers.iter().enumerate() {
            let lcu_milli = load_balancer::pricing::lcu_hours_milli(
                monthly(usage.new_connections[index]),
                monthly(usage.balanced_bytes[index]),
            );
            let lcu_milli = lcu_milli * u128::from(assumed.capacity_units) / 100;
            items.push(per_unit(
                format!("{} capacity", balancer.name),
                lcu_milli,
                "LCU-h",
                load_balancer::pricing::LCU_HOUR,
            ));
        }
        let inter_zone = monthly(usage.inter_zone_bytes) / BYTES_PER_GB;
        items.push(per_unit(
            "data between zones".to_owned(),
            inter_zone,
            "GB",
            vpc::pricing::INTER_ZONE_GIGABYTE * vpc::pricing::INTER_ZONE_SIDES,
        ));
        let price = prices::at(vpc::pricing::INTER_REGION_GIGABYTE, self.plan.assumptions.regions.data);
        let inter_region = (monthly(usage.inter_region_bytes) + self.backups_copied() * 1000) / BYTES_PER_GB;
        items.push(per_unit("data between regions".to_owned(), inter_region, "GB", price));
        let free = u128::from(vpc::pricing::EGRESS_GIGABYTES_FREE) * 1000;
        let egress = (monthly(usage.egress_bytes) / BYTES_PER_GB).saturating_sub(free);
        items.push(per_unit("data to the internet".to_owned(), egress, "GB", vpc::pricing::EGRESS_GIGABYTE));
        items.retain(|item| item.quantity_milli > 0);
        items
    }
}

impl Cloud {
    /// The instances of Auto Scaling groups.
    fn instances(&self, assumed: &prices::Assumed) -> Vec<BillItem> {
        let groups = self.plan.auto_scaling_groups.iter().enumerate();
        let of_known_price = groups.filter_map(|(index, group)| {
            let kind = &group.server.instance_type;
            let price = ec2_instance::pricing::assumed_hour(kind, assumed)?;
            let what = format!("{} instances ({kind})", group.name);
            Some(hours(what, self.plan.desired_at_first(index), price))
        });
        of_known_price.collect()
    }

    /// What backups copy to other regions in a month, in bytes, beside logs.
    fn backups_copied(&self) -> u128 {
        let region = |subnet: SubnetId| self.zone_regions[self.plan.subnets[subnet.index()].zone.index()];
        let databases = self.plan.databases.iter();
        let copied = databases.flat_map(|database| {
            let far = database.backups.iter().filter(|of| region(of.subnet) != region(database.primary));
            far.map(|backup| rds::pricing::copied_in_a_month(backup, database.storage))
        });
        copied.sum()
    }

    /// What is read from tables and written to them; `monthly` makes thousandths of a month's amount of a count.
    fn table_requests(&self, usage: &Usage, monthly: impl Fn(u64) -> u128) -> Vec<BillItem> {
        let percent = self.plan.assumptions.dynamodb.prices;
        let mut items = Vec::new();
        for (index, table) in self.plan.tables.iter().enumerate() {
            let writes = monthly(usage.table_write_units[index]);
            let reads = monthly(usage.table_read_half_units[index]) / 2;
            for (what, units_milli, price) in [
                ("writes", writes, dynamodb::pricing::WRITE_UNITS_MILLION),
                ("reads", reads, dynamodb::pricing::READ_UNITS_MILLION),
            ] {
                let what = format!("{} {what}", table.name);
                let price = prices::at(price, percent);
                items.push(per_unit(what, units_milli / UNITS_PER_MILLION, "million units", price));
            }
        }
        items
    }

    /// Those of NAT gateways and of instances in subnets that give them one, and one for each zone of a load balancer that
    /// faces the internet.
    fn public_addresses(&self) -> u32 {
        let balancers = (0..).map(LoadBalancerId::from_index).zip(&self.plan.load_balancers);
        let balancers = balancers.filter(|(id, _)| !self.plan.is_made_later(Made::LoadBalancer(*id)));
        let nodes: usize = balancers
            .map(|(_, balancer)| balancer)
            .filter(|balancer| balancer.scheme == load_balancer::Scheme::InternetFacing)
            .map(|balancer| balancer.subnets.len())
            .sum();
        let gateways = (0..).map(NatGatewayId::from_index).zip(&self.plan.nat_gateways);
        let gateways = gateways.filter(|(id, _)| !self.plan.is_made_later(Made::NatGateway(*id)));
        let gateways: u32 = gateways.map(|(_, gateway)| gateway.addresses).sum();
        let groups = self.plan.auto_scaling_groups.iter().enumerate();
        let instances = groups.flat_map(|(index, group)| {
            let subnets = group.subnets.iter().cycle().take(self.plan.desired_at_first(index) as usize);
            subnets.filter(|subnet| self.plan.subnets[subnet.index()].public_addresses)
        });
        gateways + u32::try_from(nodes + instances.count()).expect("few addresses")
    }
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
    }
}
