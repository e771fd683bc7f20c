//! What things cost: a list of prices, and what a scenario puts in its place. Where lists are read is elsewhere.

use crate::services::rds::Engine;
use cloudsim_units::{NanoUsd, assumptions};
use std::collections::BTreeMap;

/// What recalled prices are taken at, in percent.
///
/// Assumed: they are as recalled. Only the bill rests on it.
const AS_RECALLED: u32 = 100;

assumptions! {
    /// What is assumed of prices that were recalled, in percent of each list; published ones are not touched.
    Assumed {
        /// Instances, in percent of what was recalled: a fifth less, or a quarter more.
        instances: u32 = AS_RECALLED, "80" to "125";
        /// Databases, in percent of what was recalled: as for instances.
        databases: u32 = AS_RECALLED, "80" to "125";
        /// Interface endpoints, in percent of what was recalled: as for instances.
        interface_endpoints: u32 = AS_RECALLED, "80" to "125";
        /// Public IPv4 addresses, in percent of what was recalled: as for instances.
        public_addresses: u32 = AS_RECALLED, "80" to "125";
        /// Capacity units of load balancers, in percent of what the recalled dimensions make: half as many, or twice.
        capacity_units: u32 = AS_RECALLED, "50" to "200";
    }
}

macro_rules! prices {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)+) => {
        /// What has a price, beside types of instances and classes of databases.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Price {
            $($(#[$doc])* $name,)+
        }

        impl Price {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// What lists call it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

prices! {
    /// A gigabyte of a database's storage for a month, on each of its hosts.
    DatabaseStorage = "database.storage";
    /// A gigabyte of a database's backup for a month.
    DatabaseBackup = "database.backup";
    /// A million units of writing to a table.
    TableWrite = "table.write";
    /// A million units of reading from a table.
    TableRead = "table.read";
    /// A gigabyte of a table for a month, in each region.
    TableStorage = "table.storage";
    /// A gigabyte of objects for a month in Standard.
    S3Standard = "s3.standard";
    /// In Glacier Flexible Retrieval.
    GlacierFlexible = "s3.glacier_flexible";
    /// In Glacier Deep Archive.
    GlacierDeepArchive = "s3.glacier_deep_archive";
    /// A gigabyte that is replicated with Replication Time Control.
    ReplicationTimeControl = "s3.replication_time_control";
    /// A gigabyte that is retrieved from Glacier Flexible Retrieval by an expedited retrieval.
    GlacierFlexibleExpedited = "s3.glacier_flexible_expedited";
    /// And for each such request.
    GlacierFlexibleExpeditedRequest = "s3.glacier_flexible_expedited_request";
    /// By a standard retrieval.
    GlacierFlexibleStandard = "s3.glacier_flexible_standard";
    /// By a bulk retrieval.
    GlacierFlexibleBulk = "s3.glacier_flexible_bulk";
    /// A gigabyte that is retrieved from Glacier Deep Archive by a standard retrieval.
    GlacierDeepArchiveStandard = "s3.glacier_deep_archive_standard";
    /// By a bulk retrieval.
    GlacierDeepArchiveBulk = "s3.glacier_deep_archive_bulk";
    /// An hour of a load balancer.
    LoadBalancer = "load_balancer";
    /// A load balancer capacity unit for an hour.
    LoadBalancerCapacityUnit = "load_balancer.capacity_unit";
    /// An hour of a NAT gateway.
    NatGateway = "nat_gateway";
    /// A gigabyte through a NAT gateway.
    NatGatewayData = "nat_gateway.data";
    /// An hour of an interface endpoint in a zone.
    VpcEndpoint = "vpc_endpoint";
    /// A gigabyte through an interface endpoint.
    VpcEndpointData = "vpc_endpoint.data";
    /// An hour of a public IPv4 address: those of NAT gateways and of internet-facing load balancers' nodes.
    PublicAddress = "public_address";
    /// An hour of the control plane of a cluster of Kubernetes.
    Cluster = "cluster";
    /// A health check for a month.
    HealthCheck = "health_check";
    /// One of its optional features for a month.
    HealthCheckFeature = "health_check.feature";
    /// An hour of a cluster of routing controls.
    RoutingControlCluster = "routing_control.cluster";
    /// A gigabyte of a machine image for a month, in each region that has it.
    MachineImage = "machine_image";
    /// A gigabyte of a container image for a month, in each region whose registry has it.
    ContainerImage = "container_image";
    /// A secret for a month, in each region that has it.
    Secret = "secret";
    /// A gigabyte that leaves a zone for another one of the region, and again for each that arrives from one.
    DataBetweenZones = "data.between_zones";
    /// A gigabyte that leaves a region for another one; what arrives is free.
    DataBetweenRegions = "data.between_regions";
    /// A gigabyte to the internet; traffic in is free.
    DataToInternet = "data.to_internet";
}

/// Prices that were recalled and may be off together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recalled {
    /// Of types of instances.
    Instances,
    /// Of classes of databases.
    Databases,
    /// Of interface endpoints, and of what passes through them.
    InterfaceEndpoints,
    /// Of public addresses.
    PublicAddresses,
    /// Of tables.
    Tables,
    /// Of data between regions.
    DataBetweenRegions,
}

impl Recalled {
    fn has(self, name: &str) -> bool {
        match self {
            Self::Instances => is_instance_type(name),
            Self::Databases => name.starts_with("db."),
            Self::InterfaceEndpoints => name.starts_with(Price::VpcEndpoint.name()),
            Self::PublicAddresses => name == Price::PublicAddress.name(),
            Self::Tables => name.starts_with("table."),
            Self::DataBetweenRegions => name == Price::DataBetweenRegions.name(),
        }
    }
}

/// What a price is known from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnownFrom {
    /// Somebody published it, and who.
    Published(String),
    /// It was recalled, of which list.
    Recalled(String),
    /// The scenario says so.
    Scenario,
}

/// A line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it costs.
    pub usd: NanoUsd,
    /// How much of it, in words: `hour`, `GB-month`.
    pub per: String,
    /// What counts as that.
    pub note: String,
    /// What it is known from.
    pub from: KnownFrom,
}

/// Prices of one region at one time, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceList {
    /// The region that they are of; all others are taken to cost the same.
    pub region: String,
    /// When they were looked up.
    pub date: String,
    /// The region that the scenario's own are of, if it says so.
    pub own_region: Option<String>,
    /// When those were looked up.
    pub own_date: Option<String>,
    entries: BTreeMap<String, Entry>,
}

impl PriceList {
    /// A list of so many lines.
    ///
    /// # Errors
    /// A line is there twice, or is of nothing, or one of [`Price`] is missing; the text says which.
    pub fn new(
        region: String,
        date: String,
        lines: impl IntoIterator<Item = (String, Entry)>,
    ) -> Result<Self, String> {
        let mut entries = BTreeMap::new();
        for (name, entry) in lines {
            if !is_of_something(&name) {
                return Err(format!("{name} is of nothing"));
            }
            if entries.insert(name.clone(), entry).is_some() {
                return Err(format!("{name} stands twice"));
            }
        }
        if let Some(price) = Price::ALL.iter().find(|price| !entries.contains_key(price.name())) {
            return Err(format!("{} is missing", price.name()));
        }
        Ok(Self { region, date, own_region: None, own_date: None, entries })
    }

    /// What something costs.
    ///
    /// # Panics
    /// Never: a list has all of them.
    #[must_use]
    pub fn of(&self, price: Price) -> NanoUsd {
        self.entries[price.name()].usd
    }

    /// What an instance of a type costs for an hour; `None` for one whose price is not known.
    #[must_use]
    pub fn instance_hour(&self, instance_type: &str) -> Option<NanoUsd> {
        let known = is_instance_type(instance_type).then(|| self.entries.get(instance_type)).flatten();
        known.map(|entry| entry.usd)
    }

    /// What an instance of a database without a standby costs for an hour; `None` for one whose price is not known.
    #[must_use]
    pub fn database_hour(&self, instance_class: &str, engine: Engine) -> Option<NanoUsd> {
        self.entries.get(&database(instance_class, engine)).map(|entry| entry.usd)
    }

    /// The types of instances whose price is known, by name.
    pub fn instance_types(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str).filter(|name| is_instance_type(name))
    }

    /// The classes of databases whose price is known for an engine, by name.
    pub fn database_classes(&self, engine: Engine) -> impl Iterator<Item = &str> {
        let end = format!(" {engine:?}");
        self.entries.keys().filter_map(move |name| name.strip_suffix(&end))
    }

    /// All lines, by name.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(name, entry)| (name.as_str(), entry))
    }

    /// The names of the lines that a scenario has put in their place.
    pub fn own(&self) -> impl Iterator<Item = &str> {
        let own = self.entries().filter(|(_, entry)| entry.from == KnownFrom::Scenario);
        own.map(|(name, _)| name)
    }

    /// Takes what a scenario says of something; `false` if a list cannot have that.
    pub fn set(&mut self, name: &str, usd: NanoUsd) -> bool {
        if let Some(entry) = self.entries.get_mut(name) {
            (entry.usd, entry.from) = (usd, KnownFrom::Scenario);
            return true;
        }
        let is_known = is_of_something(name);
        if is_known {
            let entry = Entry { usd, per: "hour".into(), note: String::new(), from: KnownFrom::Scenario };
            self.entries.insert(name.to_owned(), entry);
        }
        is_known
    }

    /// Takes those that were recalled at so many percent of that.
    pub fn assume(&mut self, recalled: Recalled, percent: u32) {
        let entries = self.entries.iter_mut().filter(|(name, _)| recalled.has(name));
        for (_, entry) in entries.filter(|(_, entry)| matches!(entry.from, KnownFrom::Recalled(_))) {
            entry.usd = entry.usd.times(percent.into(), 100);
        }
    }
}

/// What a list calls a class of databases with an engine: `db.m5.large MySql`.
fn database(instance_class: &str, engine: Engine) -> String {
    format!("{instance_class} {engine:?}")
}

/// Whether a list can have a line of that name.
fn is_of_something(name: &str) -> bool {
    Price::ALL.iter().any(|price| price.name() == name) || is_instance_type(name) || is_database(name)
}

fn is_database(name: &str) -> bool {
    let class = [Engine::MySql, Engine::PostgreSql]
        .into_iter()
        .find_map(|engine| name.strip_suffix(&format!(" {engine:?}"))?.strip_prefix("db."));
    class.is_some_and(is_instance_type)
}

/// Whether it is written as types of instances are: a family, which has a generation, and a size.
fn is_instance_type(name: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    name.split_once('.').is_some_and(|(family, size)| {
        let has_generation = family.chars().any(|c| c.is_ascii_digit()) && family != "s3";
        has_generation && plain(family) && plain(size)
    })
}

/// A list for tests, in which everything costs a dollar but for a few of the types and classes.
#[cfg(test)]
pub(crate) fn of_a_dollar() -> PriceList {
    let entry = |usd: &str, from| {
        let usd = NanoUsd::parse(usd).expect("an amount");
        Entry { usd, per: "one".into(), note: String::new(), from }
    };
    let published = || KnownFrom::Published("a test".into());
    let all = Price::ALL.iter().map(|price| (price.name().to_owned(), entry("1", published())));
    let more = [
        ("m5.large".to_owned(), entry("0.096", published())),
        ("t3.micro".to_owned(), entry("0.0104", KnownFrom::Recalled("a test".into()))),
        ("m5.2xlarge".to_owned(), entry("0.384", KnownFrom::Recalled("a test".into()))),
        ("db.m5.large MySql".to_owned(), entry("0.171", KnownFrom::Recalled("a test".into()))),
        ("db.m5.large PostgreSql".to_owned(), entry("0.178", KnownFrom::Recalled("a test".into()))),
    ];
    PriceList::new("here".into(), "now".into(), all.chain(more)).expect("it has all")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(text: &str) -> NanoUsd {
        NanoUsd::parse(text).expect("an amount")
    }

    #[test]
    fn a_list_has_every_price_once_and_nothing_else() {
        let lines = || {
            let list = of_a_dollar();
            list.entries().map(|(name, entry)| (name.to_owned(), entry.clone())).collect::<Vec<_>>()
        };
        let read = |lines: Vec<(String, Entry)>| PriceList::new("here".into(), "now".into(), lines);
        let mut twice = lines();
        twice.push(twice[0].clone());
        assert!(read(twice).expect_err("twice").ends_with("stands twice"));
        let mut missing = lines();
        missing.retain(|(name, _)| name != "nat_gateway");
        assert_eq!(read(missing).expect_err("one is missing"), "nat_gateway is missing");
        let mut strange = lines();
        strange[0].0 = "tea".into();
        assert_eq!(read(strange).expect_err("no such thing"), "tea is of nothing");
    }

    #[test]
    fn types_and_classes_have_their_price_and_others_none() {
        let prices = of_a_dollar();
        assert_eq!(prices.instance_hour("m5.large"), Some(usd("0.096")));
        assert_eq!(prices.instance_hour("m5.huge"), None);
        assert_eq!(prices.instance_hour("s3.standard"), None);
        assert_eq!(prices.database_hour("db.m5.large", Engine::MySql), Some(usd("0.171")));
        assert_eq!(prices.database_hour("db.m5.large", Engine::PostgreSql), Some(usd("0.178")));
        assert_eq!(prices.database_hour("m5.large", Engine::MySql), None);
        assert!(prices.database_classes(Engine::MySql).all(|class| class.starts_with("db.")));
    }

    #[test]
    fn a_scenario_may_have_prices_of_its_own_and_of_types_that_no_list_knows() {
        let mut prices = of_a_dollar();
        assert!(prices.set("nat_gateway", usd("0.052")) && prices.set("x9.mega", usd("1")));
        assert!(prices.set("db.x9.mega PostgreSql", usd("2")));
        let wrong = ["nat_gateways", "x9", "X9.mega", "db.x9.mega", "db.x9.mega Oracle", "x9.me.ga"];
        for wrong in wrong.into_iter().chain(["s3.standrd", "data.zones"]) {
            assert!(!prices.set(wrong, usd("1")), "{wrong}");
        }
        assert_eq!(prices.of(Price::NatGateway), usd("0.052"));
        assert_eq!(prices.instance_hour("x9.mega"), Some(usd("1")));
        assert_eq!(prices.database_hour("db.x9.mega", Engine::PostgreSql), Some(usd("2")));
        let own: Vec<_> = prices.own().collect();
        assert_eq!(own, ["db.x9.mega PostgreSql", "nat_gateway", "x9.mega"]);
    }

    #[test]
    fn what_is_recalled_may_be_off_and_what_is_published_or_said_is_not() {
        let mut prices = of_a_dollar();
        prices.set("t3.micro", usd("0.01"));
        prices.assume(Recalled::Instances, 50);
        assert_eq!(prices.instance_hour("m5.large"), Some(usd("0.096")));
        assert_eq!(prices.instance_hour("m5.2xlarge"), Some(usd("0.192")));
        assert_eq!(prices.instance_hour("t3.micro"), Some(usd("0.01")));
        prices.assume(Recalled::Databases, 200);
        assert_eq!(prices.database_hour("db.m5.large", Engine::MySql), Some(usd("0.342")));
    }
}
