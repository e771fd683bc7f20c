//! What models assume, and what a scenario assumes instead.
//!
//! A layer owns its assumptions ([`Assumptions`](cloudsim_units::Assumptions)): their defaults, their ends, and why those.
//! Here they become a block of the language, a field for each, and part of a plan.

use crate::diagnostics::codes;
use crate::limits::{Failures, Outages, People, Regions, Requests, SIZES, SPAN_MAX, Terraform};
use crate::place::At;
use crate::plan::Plan;
use crate::resolve::Context;
use crate::spec::facts::{Facts, default};
use crate::spec::{Count, Distribution, Text};
use cloudsim_aws::services::{
    auto_scaling_group, dynamodb, ec2_instance, load_balancer, nat_gateway, rds, route53, s3,
};
use cloudsim_units::{Assumed, Assumption, Assumptions as OfLayer, Bytes, Ratio, SimDuration};
use schemars::transform::Transform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::RangeInclusive;

/// So far beyond its ends a value may be: nobody means more, and no interval becomes nothing.
const BEYOND: u64 = 100;

macro_rules! layers {
    ($($(#[$doc:meta])* $layer:ident: $type:ty, $is_there:expr;)+) => {
        /// What a plan assumes.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Assumptions {
            $($(#[$doc])* pub $layer: $type,)+
        }

        /// What is assumed instead of what models assume where nothing is published; `sweep --sensitivity` says what rests on it.
        #[derive(Debug, Default, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        #[schemars(rename = "Assumptions")]
        pub(crate) struct Given {
            $($(#[$doc])* pub(crate) $layer: Option<Values<$type>>,)+
        }

        /// All assumptions, in the order of the language.
        pub fn assumptions() -> impl Iterator<Item = LayerAssumption> {
            let layers = [$((stringify!($layer), <$type>::ALL),)+];
            layers.into_iter().flat_map(|(layer, all)| all.iter().map(move |of| LayerAssumption { layer, of }))
        }

        impl Assumptions {
            /// The value of one of them.
            ///
            /// # Panics
            /// If there is none of that name.
            #[must_use]
            pub fn value(&self, of: &LayerAssumption) -> Assumed {
                let value = match of.layer {
                    $(stringify!($layer) => self.$layer.assumed(of.of.name),)+
                    _ => None,
                };
                value.expect("it is one of them")
            }
        }

        /// Whether a plan has anything that a layer's assumptions are about.
        #[must_use]
        pub fn is_about(plan: &Plan, of: &LayerAssumption) -> bool {
            match of.layer {
                $(stringify!($layer) => {
                    let is_there: fn(&Plan) -> bool = $is_there;
                    is_there(plan)
                })+
                _ => false,
            }
        }

        /// What a scenario assumes.
        pub(crate) fn resolve(cx: &mut Context<'_>) -> Assumptions {
            let at = At::new(cx.root).field("assumptions");
            let given = cx.spec.assumptions.as_ref();
            Assumptions {
                $($layer: values(cx, at.field(stringify!($layer)), given.and_then(|given| given.$layer.as_ref())),)+
            }
        }
    };
}

layers! {
    /// Databases.
    rds: rds::limits::Assumed, |plan| !plan.databases.is_empty();
    /// Backups, and what is restored from them.
    backups: rds::limits::Backups, |plan| plan.databases.iter().any(|database| !database.backups.is_empty());
    /// S3, where dumps are.
    s3: s3::limits::Assumed, |plan| {
        let mut backups = plan.databases.iter().flat_map(|database| &database.backups);
        backups.any(|backup| matches!(backup.keeps, rds::Keeps::Dumps { .. }))
    };
    /// Tables.
    dynamodb: dynamodb::limits::Assumed, |plan| !plan.tables.is_empty();
    /// Instances.
    ec2_instance: ec2_instance::limits::Assumed, |plan| !plan.auto_scaling_groups.is_empty();
    /// Quotas.
    quotas: ec2_instance::limits::Quotas, |plan| !plan.vcpu_quotas.is_empty();
    /// Machine images.
    machine_images: ec2_instance::limits::Images, |plan| !plan.machine_images.is_empty();
    /// Auto Scaling groups.
    auto_scaling_group: auto_scaling_group::limits::Assumed, |plan| !plan.auto_scaling_groups.is_empty();
    /// Load balancers.
    load_balancer: load_balancer::limits::Assumed, |plan| !plan.load_balancers.is_empty();
    /// NAT gateways.
    nat_gateway: nat_gateway::limits::Assumed, |plan| !plan.nat_gateways.is_empty();
    /// Kubernetes.
    kube: cloudsim_kube::limits::Assumed, |plan| !plan.clusters.is_empty();
    /// Resolvers.
    route53: route53::limits::Assumed, |plan| !plan.dns_names.is_empty() && !plan.traffic.is_empty();
    /// Health checks.
    health_checks: route53::limits::Checks, |plan| !plan.health_checks.is_empty();
    /// Clients.
    clients: cloudsim_workload::limits::Assumed, |plan| !plan.traffic.is_empty();
    /// Requests.
    requests: Requests, |plan| !plan.traffic.is_empty();
    /// Several regions.
    regions: Regions, |plan| plan.regions().len() > 1;
    /// Prices that were recalled.
    prices: cloudsim_aws::prices::Assumed, |_| true;
    /// Outages.
    outages: Outages, |_| true;
    /// Terraform.
    terraform: Terraform, |plan| !plan.stacks.is_empty();
    /// People and their runbooks.
    people: People, |plan| !plan.runbooks.is_empty();
    /// Failures over years.
    failures: Failures, |plan| !plan.failures.is_empty();
}

/// An assumption, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerAssumption {
    /// The layer that owns it, as the language calls it.
    pub layer: &'static str,
    /// What it is.
    pub of: &'static Assumption,
}

impl LayerAssumption {
    /// Its path, as `--set` takes it.
    #[must_use]
    pub fn path(&self) -> String {
        format!("assumptions.{}.{}", self.layer, self.of.name)
    }

    /// Whether it is about what years do, and no run rests on it.
    #[must_use]
    pub fn is_of_years(&self) -> bool {
        self.layer == "failures"
    }
}

/// A value that a scenario gives.
#[derive(Debug)]
enum Value {
    Span(Text<SimDuration>),
    Distribution(Distribution),
    Size(Text<Bytes>),
    Count(Count),
    Share(Text<Ratio>),
}

/// The values that a scenario gives to the assumptions of a layer.
#[derive(Debug)]
pub(crate) struct Values<T>(Vec<(&'static Assumption, Value)>, PhantomData<T>);

impl<'de, T: OfLayer> Deserialize<'de> for Values<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("", T::NAMES, Fields(PhantomData))
    }
}

struct Fields<T>(PhantomData<T>);

impl<'de, T: OfLayer> Visitor<'de> for Fields<T> {
    type Value = Values<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a struct in parentheses")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Values<T>, A::Error> {
        let mut all = Vec::new();
        while let Some(of) = map.next_key_seed(Name::<T>(PhantomData))? {
            let value = match T::default().assumed(of.name) {
                Some(Assumed::Span(_)) => Value::Span(map.next_value()?),
                Some(Assumed::Distribution(_)) => Value::Distribution(map.next_value()?),
                Some(Assumed::Size(_)) => Value::Size(map.next_value()?),
                Some(Assumed::Count(_)) => Value::Count(map.next_value()?),
                Some(Assumed::Share(_)) => Value::Share(map.next_value()?),
                None => unreachable!("it is one of them"),
            };
            all.push((of, value));
        }
        Ok(Values(all, PhantomData))
    }
}

struct Name<T>(PhantomData<T>);

impl<'de, T: OfLayer> DeserializeSeed<'de> for Name<T> {
    type Value = &'static Assumption;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<&'static Assumption, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<T: OfLayer> Visitor<'_> for Name<T> {
    type Value = &'static Assumption;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the name of an assumption")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<&'static Assumption, E> {
        let known = T::ALL.iter().find(|of| of.name == name);
        known.ok_or_else(|| E::unknown_field(name, T::NAMES))
    }
}

impl<T: OfLayer> JsonSchema for Values<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Values".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let defaults = T::default();
        let mut properties = serde_json::Map::new();
        for of in T::ALL {
            let (mut schema, by_default) = match defaults.assumed(of.name) {
                Some(Assumed::Span(span)) => (generator.subschema_for::<Text<SimDuration>>(), default(span)),
                Some(Assumed::Distribution(of)) => (generator.subschema_for::<Distribution>(), default(of)),
                Some(Assumed::Size(size)) => (generator.subschema_for::<Text<Bytes>>(), default(size)),
                Some(Assumed::Count(count)) => (generator.subschema_for::<Count>(), default(count)),
                Some(Assumed::Share(share)) => (generator.subschema_for::<Text<Ratio>>(), default(share)),
                None => continue,
            };
            let mut facts: Facts = by_default.assumed();
            facts.transform(&mut schema);
            let meaning = format!("{} Ends: `{}` and `{}`.", of.why.trim(), of.low, of.high);
            schema.insert("description".to_owned(), meaning.into());
            properties.insert(of.name.to_owned(), schema.to_value());
        }
        json_schema!({ "type": "object", "properties": properties, "additionalProperties": false })
    }
}

/// The assumptions of a layer with what a scenario says of them.
fn values<T: OfLayer>(cx: &mut Context<'_>, at: At<'_>, given: Option<&Values<T>>) -> T {
    let mut values = T::default();
    for (of, value) in given.into_iter().flat_map(|given| &given.0) {
        let at = at.field(of.name);
        let value = match value {
            Value::Span(text) => {
                let nanos = |text: &str| SimDuration::parse(text).map_or(1, SimDuration::as_nanos);
                let [least, most] = beyond(of, nanos, SPAN_MAX.as_nanos()).map(SimDuration::from_nanos);
                let span = cx.value(at, text);
                Assumed::Span(cx.within(at, span, &(least..=most)))
            }
            Value::Size(text) => {
                let [least, most] =
                    beyond(of, |text| Bytes::parse(text).map_or(1, |size| size.0), SIZES.end().0).map(Bytes);
                let size = cx.value(at, text);
                Assumed::Size(cx.within(at, size, &(least..=most)))
            }
            Value::Count(count) => {
                let [least, most] = beyond(of, |text| text.parse().unwrap_or(1), u32::MAX.into());
                let range: RangeInclusive<u64> = least..=most;
                Assumed::Count(cx.within(at, count.0, &range))
            }
            Value::Share(text) => Assumed::Share(cx.value(at, text)),
            Value::Distribution(spec) => {
                let distribution = cx.distribution(at, spec);
                let mean = distribution.mean();
                if mean > SPAN_MAX {
                    cx.error(&codes::RANGE, at.span(), format!("a mean of {mean} is longer than any run"));
                }
                Assumed::Distribution(distribution)
            }
        };
        values.assume(of.name, value);
    }
    values
}

/// What a value may be, from its ends.
fn beyond(of: &Assumption, read: impl Fn(&str) -> u64, most: u64) -> [u64; 2] {
    [(read(of.low) / BEYOND).max(1), read(of.high).saturating_mul(BEYOND).min(most)]
}
