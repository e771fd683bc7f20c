//! Values with units, as texts that know what they should be.

use crate::sweep::{Seeds, Variation};
use cloudsim_aws::services::vpc::PortRange;
use cloudsim_units::{Bytes, NanoUsd, ParseUnitError, Rate, Ratio, SimDuration};
use ipnet::Ipv4Net;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::net::Ipv4Addr;

/// Something that is written as a text.
pub(crate) trait Quantity: Sized {
    /// What it is called.
    const NAME: &'static str;

    /// What to write, for messages.
    const EXPECTED: &'static str;

    /// Stands in for a text that is wrong, so that everything else can be looked at; it never leaves this crate.
    const PLACEHOLDER: Self;

    /// Reads it.
    fn read(text: &str) -> Result<Self, ParseUnitError>;
}

macro_rules! quantities {
    ($($type:ty, $name:literal, $expected:literal, $placeholder:expr, $read:expr;)+) => {$(
        impl Quantity for $type {
            const NAME: &'static str = $name;
            const EXPECTED: &'static str = $expected;
            const PLACEHOLDER: Self = $placeholder;
            fn read(text: &str) -> Result<Self, ParseUnitError> {
                $read(text)
            }
        }
    )+};
}

quantities! {
    SimDuration, "duration", "a duration, as in \"30s\"", Self::from_secs(1), SimDuration::parse;
    Interval, "interval", "a duration, as in \"10s\", or \"never\"", Self(None), Interval::parse;
    Bytes, "size", "an amount of data, as in \"30KiB\"", Self(1), Bytes::parse;
    Rate, "rate", "a rate, as in \"1000/s\"", Self::new(1, SimDuration::from_secs(1)), Rate::parse;
    Ratio, "share", "a share, as in \"99.9%\"", Self::ONE, Ratio::parse;
    NanoUsd, "money", "an amount of dollars, as in \"1234.50\"", Self::ZERO, NanoUsd::parse;
    Ipv4Net, "range", "a range of addresses, as in \"10.0.0.0/16\"", Self::new_assert(Ipv4Addr::UNSPECIFIED, 0), range;
    Ipv4Addr, "address", "an address, as in \"203.0.113.10\"", Self::UNSPECIFIED, address;
    PortRange, "ports", "ports, as in \"443\" or \"1024-65535\"", Self::ALL, ports;
    Seeds, "seeds", "seeds, as in \"0..200\"", Self { from: 0, until: 1 }, Self::parse;
    Variation, "variation", "a setting and its values, as in \"target_groups.web.interval=5s,10s\"",
        Self { path: String::new(), values: Vec::new() }, Self::parse;
}

fn ports(text: &str) -> Result<PortRange, ParseUnitError> {
    let port = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u16>().ok()).flatten()
    };
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (port(first.trim()), port(last.trim())) {
        (Some(first), Some(last)) if first <= last => Ok(PortRange { first, last }),
        (Some(first), Some(last)) => Err(ParseUnitError {
            message: format!("`{text}` starts above its end"),
            hint: format!("write \"{last}-{first}\""),
        }),
        _ => Err(ParseUnitError {
            message: format!("`{}` is no port and no range of ports", text.escape_debug()),
            hint: "write one port or two, each from 0 to 65535, as in \"443\" or \"1024-65535\"".into(),
        }),
    }
}

fn range(text: &str) -> Result<Ipv4Net, ParseUnitError> {
    let net: Ipv4Net = text.parse().map_err(|_| ParseUnitError {
        message: format!("`{text}` is not a range of IPv4 addresses"),
        hint: "write an address and the length of the prefix, as in \"10.0.0.0/16\"".into(),
    })?;
    if net.trunc() != net {
        return Err(ParseUnitError {
            message: format!("`{text}` does not start at the first address of its range"),
            hint: format!("write `{}`", net.trunc()),
        });
    }
    Ok(net)
}

fn address(text: &str) -> Result<Ipv4Addr, ParseUnitError> {
    text.parse().map_err(|_| ParseUnitError {
        message: format!("`{text}` is not an IPv4 address"),
        hint: "write four numbers, as in \"203.0.113.10\"".into(),
    })
}

/// A duration between two things that happen, or that they never do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interval(pub(crate) Option<SimDuration>);

impl Interval {
    fn parse(text: &str) -> Result<Self, ParseUnitError> {
        if text == "never" { Ok(Self(None)) } else { SimDuration::parse(text).map(Some).map(Self) }
    }
}

/// A text that should be a `T`.
#[derive(Clone, Debug)]
pub(crate) struct Text<T> {
    text: String,
    kind: PhantomData<T>,
}

impl<T: Quantity> Text<T> {
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), kind: PhantomData }
    }

    /// As it is written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn read(&self) -> Result<T, ParseUnitError> {
        T::read(&self.text)
    }
}

impl<'de, T: Quantity> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Expected<T>(PhantomData<T>);
        impl<T: Quantity> Visitor<'_> for Expected<T> {
            type Value = Text<T>;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(T::EXPECTED)
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Text<T>, E> {
                Ok(Text::new(text))
            }
        }
        // Not `deserialize_str`: asked that way, `ron` refuses a number without saying what would be right.
        deserializer.deserialize_any(Expected(PhantomData))
    }
}

impl<T: Quantity> JsonSchema for Text<T> {
    fn schema_name() -> Cow<'static, str> {
        T::NAME.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": T::EXPECTED })
    }
}

/// What to write where a [`Count`] is wanted, for messages.
pub(crate) const COUNT: &str = "a whole number";

/// A whole number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count(pub(crate) u64);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Expected;
        impl Visitor<'_> for Expected {
            type Value = Count;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(COUNT)
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Count, E> {
                Ok(Count(number))
            }
        }
        deserializer.deserialize_any(Expected)
    }
}

impl JsonSchema for Count {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "count".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 0 })
    }
}

/// How long something takes when it does not always take the same time.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) enum Distribution {
    /// Always the same.
    Constant(Text<SimDuration>),
    /// Anywhere between the two.
    Uniform(Text<SimDuration>, Text<SimDuration>),
    /// Memoryless, with this mean.
    Exponential(Text<SimDuration>),
    /// The logarithm is normal; by median and 95th percentile.
    LogNormal {
        /// Half of the samples are shorter.
        median: Text<SimDuration>,
        /// 95 of 100 samples are shorter.
        p95: Text<SimDuration>,
    },
}

/// A whole number that may be negative.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Whole(pub(crate) i64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Expected;
        impl Visitor<'_> for Expected {
            type Value = Whole;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a whole number, which may be negative")
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Whole, E> {
                Ok(Whole(number))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Whole, E> {
                Ok(Whole(i64::try_from(number).unwrap_or(i64::MAX)))
            }
        }
        deserializer.deserialize_any(Expected)
    }
}

impl JsonSchema for Whole {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "whole".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer" })
    }
}

/// A text, or a number that stands for the same text.
macro_rules! text_or_number {
    ($($(#[$doc:meta])* $type:ident, $name:literal, $expected:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub(crate) struct $type(pub(crate) String);

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Expected;
                impl Visitor<'_> for Expected {
                    type Value = $type;
                    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                        out.write_str($expected)
                    }
                    fn visit_str<E: Error>(self, text: &str) -> Result<$type, E> {
                        Ok($type(text.to_owned()))
                    }
                    fn visit_u64<E: Error>(self, number: u64) -> Result<$type, E> {
                        Ok($type(number.to_string()))
                    }
                    fn visit_i64<E: Error>(self, number: i64) -> Result<$type, E> {
                        Ok($type(number.to_string()))
                    }
                    fn visit_f64<E: Error>(self, number: f64) -> Result<$type, E> {
                        Ok($type(number.to_string()))
                    }
                }
                deserializer.deserialize_any(Expected)
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": ["string", "number"], "description": $expected })
            }
        }
    )+};
}

text_or_number! {
    /// An amount of a resource, as Kubernetes writes it.
    Amount, "amount", "an amount, as in \"500m\", \"2Gi\" or 4";
    /// A number of pods, or a share of those that are wanted.
    Need, "need", "a number of pods, or a share, as in \"50%\"";
}
