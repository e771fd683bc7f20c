//! Clients, classes of requests, services and traffic.

use super::facts::{by_default, default, names, within};
use super::{Count, Distribution, Text};
use crate::limits;
use cloudsim_aws::services::route53;
use cloudsim_units::{Bytes, NanoUsd, Rate, Ratio, SimDuration};
use cloudsim_workload::limits as client;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv4Addr;

/// Something on the internet that servers call.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Endpoint {
    /// What it is called.
    pub(crate) name: String,
    /// Its address.
    pub(crate) address: Text<Ipv4Addr>,
    /// Its port.
    #[schemars(transform = within(&limits::PORTS))]
    pub(crate) port: Count,
    /// How long it takes to answer.
    pub(crate) response: Distribution,
    /// The share of calls that it answers with an error.
    #[schemars(transform = default(Ratio::ZERO))]
    pub(crate) error_rate: Option<Text<Ratio>>,
}

/// A kind of client: browsers, apps.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Client {
    /// What it is called.
    pub(crate) name: String,
    /// After so long without a connection the next address of the answer is tried.
    #[schemars(transform = default(client::CONNECT_TIMEOUT).assumed())]
    pub(crate) connect_timeout: Option<Text<SimDuration>>,
    /// After so long without an answer a try has failed.
    #[schemars(transform = default(client::TRY_TIMEOUT).assumed())]
    pub(crate) try_timeout: Option<Text<SimDuration>>,
    /// How often it tries.
    #[schemars(transform = default(client::TRIES_MAX).within(&limits::TRIES).assumed())]
    pub(crate) tries: Option<Count>,
    /// For all tries together.
    #[schemars(transform = default(client::TIMEOUT).assumed())]
    pub(crate) timeout: Option<Text<SimDuration>>,
    /// How long it waits between tries.
    pub(crate) backoff: Option<Backoff>,
    /// One way between the client and the region.
    #[schemars(transform = default(limits::CLIENT_LATENCY).assumed())]
    pub(crate) latency: Option<Distribution>,
    /// Regions that it is nearer to, or farther from.
    #[schemars(transform = by_default("it is as far from all of them"))]
    pub(crate) latencies: Option<Vec<ClientLatency>>,
    /// What security groups and network ACLs see.
    #[schemars(transform = default(client::ADDRESS).assumed())]
    pub(crate) address: Option<Text<Ipv4Addr>>,
    /// Who looks up names for it.
    pub(crate) resolvers: Option<Resolvers>,
}

/// How far a client is from a region.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientLatency {
    /// The region.
    #[schemars(transform = names("regions"))]
    pub(crate) region: String,
    /// One way between the client and it.
    pub(crate) latency: Distribution,
}

/// A random share of a span that doubles with each try.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Backoff {
    /// The first span.
    #[schemars(transform = default(client::BACKOFF_BASE).assumed())]
    pub(crate) base: Option<Text<SimDuration>>,
    /// The longest span.
    #[schemars(transform = default(client::BACKOFF_MAX).assumed())]
    pub(crate) max: Option<Text<SimDuration>>,
}

/// Who looks up names for clients.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resolvers {
    /// How many there are.
    #[schemars(transform = default(client::RESOLVERS).within(&limits::RESOLVERS).assumed())]
    pub(crate) count: Option<Count>,
    /// The share that keeps answers too long.
    #[schemars(transform = default(route53::limits::TTL_VIOLATORS).source("R53-21"))]
    pub(crate) ttl_violators: Option<Text<Ratio>>,
    /// How many TTLs those keep an answer at most.
    #[schemars(transform = default(route53::limits::TTL_STRETCH_MAX).within(&limits::TTL_STRETCH).assumed())]
    pub(crate) ttl_stretch_max: Option<Count>,
}

/// A class of requests, and what it is at each tier.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Class {
    /// What it is called.
    pub(crate) name: String,
    /// Where it enters.
    #[schemars(transform = names("dns_records or load_balancers"))]
    pub(crate) enter: String,
    /// The port there.
    #[schemars(transform = within(&limits::PORTS))]
    pub(crate) port: Count,
    /// Who sends it.
    #[schemars(transform = names("clients"))]
    pub(crate) client: String,
    /// For the bill.
    #[schemars(transform = default(limits::REQUEST_SIZE).within(&limits::SIZES).assumed())]
    pub(crate) request_size: Option<Text<Bytes>>,
    /// For the bill.
    #[schemars(transform = default(limits::RESPONSE_SIZE).within(&limits::SIZES).assumed())]
    pub(crate) response_size: Option<Text<Bytes>>,
    /// What servers do with it: one for each tier that it reaches.
    pub(crate) handlers: Vec<Handler>,
}

/// What the servers of a tier do with a request.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Handler {
    /// Where: at a target group, or at a service of Kubernetes that pods call.
    #[schemars(transform = names("target_groups or kubernetes_services"))]
    pub(crate) at: String,
    /// How long a worker is busy with it.
    pub(crate) work: Distribution,
    /// What it waits for, one after the other. Meanwhile its worker is free and its connection is not.
    #[serde(default)]
    #[schemars(transform = default(json!([])))]
    pub(crate) calls: Vec<Call>,
}

/// What a server waits for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) enum Call {
    /// A request to the next tier.
    Http {
        /// Where it goes.
        #[schemars(transform = names("dns_records or load_balancers"))]
        to: String,
        /// The port there.
        #[schemars(transform = within(&limits::PORTS))]
        port: Count,
        /// After so long the next address of the answer is tried.
        #[schemars(transform = default(limits::CALL_CONNECT_TIMEOUT).assumed())]
        connect_timeout: Option<Text<SimDuration>>,
        /// After so long without an answer it has failed.
        timeout: Text<SimDuration>,
    },
    /// A request from pod to pod, to the address of a service of their cluster; each makes a connection of its own.
    Service {
        /// Where it goes.
        #[schemars(transform = names("kubernetes_services"))]
        to: String,
        /// The port of the service.
        #[schemars(transform = within(&limits::PORTS))]
        port: Count,
        /// After so long without a connection it has failed.
        #[schemars(transform = default(limits::CALL_CONNECT_TIMEOUT).assumed())]
        connect_timeout: Option<Text<SimDuration>>,
        /// After so long without an answer it has failed.
        timeout: Text<SimDuration>,
    },
    /// A statement that reads.
    Read {
        /// Of which database.
        #[schemars(transform = names("databases"))]
        database: String,
        /// Which instance answers.
        from: ReadFrom,
        /// How long a worker of the database is busy with it.
        work: Distribution,
        /// What is sent and received, for the bill: between zones it costs.
        #[schemars(transform = default(limits::STATEMENT_SIZE).within(&limits::SIZES).assumed())]
        size: Option<Text<Bytes>>,
        /// After so long without an answer it has failed.
        timeout: Text<SimDuration>,
    },
    /// A statement that writes, and its commit.
    Write {
        /// Of which database.
        #[schemars(transform = names("databases"))]
        database: String,
        /// How long a worker of the database is busy with it.
        work: Distribution,
        /// What is sent and received, for the bill: between zones it costs.
        #[schemars(transform = default(limits::STATEMENT_SIZE).within(&limits::SIZES).assumed())]
        size: Option<Text<Bytes>>,
        /// After so long without an answer it has failed.
        timeout: Text<SimDuration>,
    },
    /// Reads an item of a table, in the region of the server.
    GetItem {
        /// Of which table.
        #[schemars(transform = names("tables"))]
        table: String,
        /// After so long without an answer it has failed.
        timeout: Text<SimDuration>,
    },
    /// Writes an item of a table, in the region of the server.
    PutItem {
        /// Of which table.
        #[schemars(transform = names("tables"))]
        table: String,
        /// After so long without an answer it has failed.
        timeout: Text<SimDuration>,
    },
    /// A call to the internet; it takes the route of the server's subnet.
    External {
        /// Whom.
        #[schemars(transform = names("endpoints"))]
        endpoint: String,
        /// For the bill.
        #[schemars(transform = default(limits::EXTERNAL_SIZE).within(&limits::SIZES).assumed())]
        size: Option<Text<Bytes>>,
        /// How long a connection is kept for the next call.
        #[schemars(transform = by_default("a connection for each call"))]
        keep_alive: Option<Text<SimDuration>>,
        /// After so long without an answer it has failed.
        timeout: Text<SimDuration>,
    },
}

/// Which instance a statement reads from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum ReadFrom {
    /// The writer.
    Primary,
    /// A replica, or the writer if there is none that answers.
    ReplicaThenPrimary,
}

/// What users see, and what is measured.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Service {
    /// What it is called.
    pub(crate) name: String,
    /// The classes that it is measured by.
    #[schemars(transform = names("classes"))]
    pub(crate) classes: Vec<String>,
    /// Below this share of good requests it is degraded.
    #[schemars(transform = default(limits::THRESHOLD).assumed())]
    pub(crate) threshold: Option<Text<Ratio>>,
    /// How long it must stay good to count as restored.
    #[schemars(transform = default(limits::STABLE_FOR).assumed())]
    pub(crate) stable_for: Option<Text<SimDuration>>,
    /// What is lost with each request that fails, in dollars: with it a run says what outages cost.
    #[schemars(transform = by_default("nothing is said of what outages cost"))]
    pub(crate) request_value: Option<Text<NanoUsd>>,
}

/// Where requests come from.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) enum Traffic {
    /// Requests arrive whether or not earlier ones were answered.
    OpenLoop {
        /// What it is called.
        name: String,
        /// How many requests come.
        rate: Text<Rate>,
        /// The gaps between them.
        #[schemars(transform = default("Poisson"))]
        arrivals: Option<Arrivals>,
        /// From when on they come.
        #[schemars(transform = default(SimDuration::ZERO))]
        from: Option<Text<SimDuration>>,
        /// Until when they come.
        #[schemars(transform = by_default("the end of the run"))]
        until: Option<Text<SimDuration>>,
        /// Of which classes, by weight.
        #[schemars(transform = within(&limits::WEIGHTS).and(names("classes")))]
        mix: Mix,
    },
}

/// The gaps between requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum Arrivals {
    /// Exponential gaps: each request comes by itself.
    Poisson,
    /// Even gaps.
    Constant,
}

/// Classes and their weights, in the order of the file.
#[derive(Debug, JsonSchema)]
#[schemars(inline, with = "BTreeMap<String, Count>")]
pub(crate) struct Mix(pub(crate) Vec<(String, Count)>);

impl<'de> Deserialize<'de> for Mix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Expected;
        impl<'de> Visitor<'de> for Expected {
            type Value = Mix;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("classes with weights, as in { \"browse\": 90 }")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Mix, A::Error> {
                let mut mix = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    mix.push(entry);
                }
                Ok(Mix(mix))
            }
        }
        deserializer.deserialize_map(Expected)
    }
}
