//! Clients, classes of requests, services and traffic.

use super::{Count, Distribution, Text};
use cloudsim_units::{Bytes, Rate, Ratio, SimDuration};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use std::fmt;
use std::net::Ipv4Addr;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Endpoint {
    pub(crate) name: String,
    pub(crate) address: Text<Ipv4Addr>,
    pub(crate) port: Count,
    pub(crate) response: Distribution,
    /// None by default.
    pub(crate) error_rate: Option<Text<Ratio>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Client {
    pub(crate) name: String,
    pub(crate) connect_timeout: Option<Text<SimDuration>>,
    pub(crate) try_timeout: Option<Text<SimDuration>>,
    pub(crate) tries: Option<Count>,
    pub(crate) timeout: Option<Text<SimDuration>>,
    pub(crate) backoff: Option<Backoff>,
    pub(crate) latency: Option<Distribution>,
    /// What security groups and network ACLs see; one of the range for documentation by default.
    pub(crate) address: Option<Text<Ipv4Addr>>,
    pub(crate) resolvers: Option<Resolvers>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Backoff {
    pub(crate) base: Option<Text<SimDuration>>,
    pub(crate) max: Option<Text<SimDuration>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resolvers {
    pub(crate) count: Option<Count>,
    pub(crate) ttl_violators: Option<Text<Ratio>>,
    pub(crate) ttl_stretch_max: Option<Count>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Class {
    pub(crate) name: String,
    /// A DNS record or a load balancer.
    pub(crate) enter: String,
    pub(crate) port: Count,
    pub(crate) client: String,
    pub(crate) request_size: Option<Text<Bytes>>,
    pub(crate) response_size: Option<Text<Bytes>>,
    pub(crate) handlers: Vec<Handler>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Handler {
    /// A target group.
    pub(crate) at: String,
    pub(crate) work: Distribution,
    #[serde(default)]
    pub(crate) calls: Vec<Call>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum Call {
    Http {
        to: String,
        port: Count,
        connect_timeout: Option<Text<SimDuration>>,
        timeout: Text<SimDuration>,
    },
    Read {
        database: String,
        from: ReadFrom,
        work: Distribution,
        timeout: Text<SimDuration>,
    },
    Write {
        database: String,
        work: Distribution,
        timeout: Text<SimDuration>,
    },
    External {
        endpoint: String,
        size: Option<Text<Bytes>>,
        /// A connection for each call by default.
        keep_alive: Option<Text<SimDuration>>,
        timeout: Text<SimDuration>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum ReadFrom {
    Primary,
    ReplicaThenPrimary,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) classes: Vec<String>,
    pub(crate) threshold: Option<Text<Ratio>>,
    pub(crate) stable_for: Option<Text<SimDuration>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum Traffic {
    OpenLoop { name: String, rate: Text<Rate>, arrivals: Option<Arrivals>, mix: Mix },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Arrivals {
    Poisson,
    Constant,
}

/// Classes and their weights, in the order of the file.
#[derive(Debug)]
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
