//! The tree to types of the Kubernetes API, without a detour by text.
//!
//! Each type of the API says which fields it has when it is read, so that one pass finds all fields that it does not have.
//! A value of a wrong type ends a pass; the way to it is known then.

use crate::diagnostics::{Problem, Sources, Span, codes};
use crate::syntax::{Field, Node, Value};
use cloudsim_kube::objects::Malformed;
use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use std::cell::RefCell;
use std::fmt::{self, Display};

/// A field that a type of the API does not have.
pub(crate) struct UnknownField {
    /// The way to the struct that has it.
    pub(crate) way: Vec<usize>,
    /// What it is called.
    pub(crate) name: String,
    /// What the fields of that struct are called.
    pub(crate) expected: &'static [&'static str],
}

/// A field that a type of the API needs.
pub(crate) struct MissingField {
    /// The way to the struct that lacks it.
    pub(crate) way: Vec<usize>,
    /// What it is called.
    pub(crate) name: &'static str,
}

/// What one pass over a value found.
pub(crate) struct Pass<T> {
    pub(crate) value: Result<T, Wrong>,
    pub(crate) unknown: Vec<UnknownField>,
    pub(crate) missing: Vec<MissingField>,
}

/// A value that cannot be what it should.
#[derive(Debug)]
pub(crate) struct Wrong {
    /// The way to it.
    pub(crate) way: Vec<usize>,
    /// What is wrong, with its place.
    pub(crate) problem: Problem,
}

/// Reads a value once.
pub(crate) fn pass<T: de::DeserializeOwned>(node: &Node, sources: &Sources) -> Pass<T> {
    let seen = RefCell::new(Seen::default());
    let value = T::deserialize(Here { node, sources, seen: &seen, is_amount: false });
    let Seen { way, unknown, missing } = seen.into_inner();
    Pass { value: value.map_err(|error| Wrong { way, problem: error.problem(node) }), unknown, missing }
}

/// What is seen on the way through a value.
#[derive(Default)]
struct Seen {
    /// Where the pass is; after an error, where that happened.
    way: Vec<usize>,
    unknown: Vec<UnknownField>,
    missing: Vec<MissingField>,
}

/// Fields that the API server insists on, by the type that has them, of those that something is made of here. The types
/// themselves take a default where one is absent.
///
/// Source: Kubernetes' `OpenAPI` specification of 1.34, `required`; `image` of a container, and the template of a
/// replica set: API server, validation of pods and replica sets.
const REQUIRED: &[(&str, &[&str])] = &[
    ("DeploymentSpec", &["selector", "template"]),
    ("ReplicaSetSpec", &["selector", "template"]),
    ("StatefulSetSpec", &["selector", "template"]),
    ("DaemonSetSpec", &["selector", "template"]),
    ("JobSpec", &["template"]),
    ("CronJobSpec", &["schedule", "jobTemplate"]),
    ("JobTemplateSpec", &["spec"]),
    ("PodTemplateSpec", &["spec"]),
    ("PodSpec", &["containers"]),
    ("Container", &["name", "image"]),
    ("ContainerPort", &["containerPort"]),
    ("EnvVar", &["name"]),
    ("Volume", &["name"]),
    ("VolumeMount", &["name", "mountPath"]),
    ("HTTPGetAction", &["port"]),
    ("TCPSocketAction", &["port"]),
    ("GRPCAction", &["port"]),
    ("SleepAction", &["seconds"]),
    ("TopologySpreadConstraint", &["maxSkew", "topologyKey", "whenUnsatisfiable"]),
    ("PodAffinityTerm", &["topologyKey"]),
    ("WeightedPodAffinityTerm", &["weight", "podAffinityTerm"]),
    ("PreferredSchedulingTerm", &["weight", "preference"]),
    ("NodeSelector", &["nodeSelectorTerms"]),
    ("NodeSelectorRequirement", &["key", "operator"]),
    ("LabelSelectorRequirement", &["key", "operator"]),
    ("PersistentVolumeClaimVolumeSource", &["claimName"]),
    ("ServicePort", &["port"]),
    ("HorizontalPodAutoscalerSpec", &["scaleTargetRef", "maxReplicas"]),
    ("CrossVersionObjectReference", &["kind", "name"]),
    ("MetricSpec", &["type"]),
    ("ResourceMetricSource", &["name", "target"]),
    ("StorageClass", &["provisioner"]),
    ("CSIPersistentVolumeSource", &["driver", "volumeHandle"]),
];

/// What a value is, for messages.
pub(crate) fn described(node: &Node) -> String {
    match &node.value {
        Value::Word(word) => format!("the word `{word}`"),
        Value::Number(number) => format!("the number `{number}`"),
        Value::Text(text) => format!("the text `{text}`"),
        Value::Char(_) => "a character".into(),
        Value::List(_) => "a list".into(),
        Value::Map(_) => "a map".into(),
        Value::Struct(Some(name), _) => format!("`{name}` with fields"),
        Value::Tuple(Some(name), _) => format!("`{name}` with values"),
        Value::Tuple(None, _) => "values in parentheses".into(),
        Value::Struct(None, _) => "a struct".into(),
    }
}

/// An error on its way up.
#[derive(Debug)]
enum Error {
    /// Found here, so that the place is known.
    Placed(Box<Problem>),
    /// Found by a type of the API.
    OfApi(String),
}

impl Error {
    fn problem(self, whole: &Node) -> Problem {
        match self {
            Self::Placed(problem) => *problem,
            Self::OfApi(message) => Problem::error(&codes::WRONG_TYPE, message).at(whole.span),
        }
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Placed(problem) => f.write_str(&problem.message),
            Self::OfApi(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        Self::OfApi(message.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::OfApi(format!("expected {expected}"))
    }
}

/// A value that is being read.
#[derive(Clone, Copy)]
struct Here<'a> {
    node: &'a Node,
    sources: &'a Sources,
    seen: &'a RefCell<Seen>,
    /// Whether it is an amount of a resource, where a number is as good as a text.
    is_amount: bool,
}

impl<'a> Here<'a> {
    fn wrong(self, expected: &str) -> Error {
        let message = format!("expected {expected}, found {}", described(self.node));
        Error::Placed(Box::new(Problem::error(&codes::WRONG_TYPE, message).at(self.node.span)))
    }

    /// Gives a place to what a type of the API says is wrong.
    fn placed<T>(self, result: Result<T, Error>) -> Result<T, Error> {
        result.map_err(|error| match error {
            Error::OfApi(message) => {
                Error::Placed(Box::new(Problem::error(&codes::WRONG_TYPE, message).at(self.node.span)))
            }
            placed @ Error::Placed(_) => placed,
        })
    }

    /// The text of what was given on the command line without quotes.
    fn bare(self) -> Option<&'a str> {
        let bare = matches!(self.node.value, Value::Word(_) | Value::Number(_))
            && !self.sources.is_file(self.node.span.source);
        bare.then(|| self.sources.text(self.node.span))
    }

    fn text(self) -> Option<&'a str> {
        match &self.node.value {
            Value::Text(text) => Some(text),
            Value::Number(number) if self.is_amount => Some(number),
            _ => self.bare(),
        }
    }

    /// Goes into a part.
    fn enter<T>(
        self,
        step: usize,
        node: &'a Node,
        read: impl FnOnce(Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.seen.borrow_mut().way.push(step);
        let read = read(Self { node, is_amount: false, ..self })?;
        // After an error the way stays, for it leads there.
        self.seen.borrow_mut().way.pop();
        Ok(read)
    }

    fn integer<'de, V: Visitor<'de>>(self, visitor: V, least: i64, most: i64) -> Result<V::Value, Error> {
        let Value::Number(number) = &self.node.value else { return Err(self.wrong("a whole number")) };
        let digits = number.trim_start_matches(['-', '+']);
        if !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
            return Err(self.wrong("a whole number"));
        }
        let plain = number.replace('_', "");
        match plain.parse::<i64>() {
            Ok(number) if (least..=most).contains(&number) => self.placed(visitor.visit_i64(number)),
            _ => {
                let (message, hint) = if number.starts_with('-') {
                    (format!("{number} is below the least, {least}"), "take a larger number")
                } else {
                    (format!("{number} is above the most, {most}"), "take a smaller number")
                };
                Err(Error::Placed(Box::new(
                    Problem::error(&codes::RANGE, message).at(self.node.span).hint(hint),
                )))
            }
        }
    }
}

impl<'de> de::Deserializer<'de> for Here<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.value {
            Value::Number(number) if number.contains(['.', 'e', 'E']) => self.deserialize_f64(visitor),
            Value::Number(_) => self.deserialize_i64(visitor),
            Value::Word(word) if word == "true" || word == "false" => self.deserialize_bool(visitor),
            Value::Text(_) | Value::Word(_) | Value::Char(_) => self.deserialize_str(visitor),
            Value::List(_) => self.deserialize_seq(visitor),
            Value::Map(_) => self.deserialize_map(visitor),
            Value::Struct(..) | Value::Tuple(..) => Err(self.wrong("a text or a number")),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.value {
            Value::Word(word) if word == "true" => self.placed(visitor.visit_bool(true)),
            Value::Word(word) if word == "false" => self.placed(visitor.visit_bool(false)),
            _ => Err(self.wrong("`true` or `false`")),
        }
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.integer(visitor, i32::MIN.into(), i32::MAX.into())
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.integer(visitor, i64::MIN, i64::MAX)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let Value::Number(number) = &self.node.value else { return Err(self.wrong("a number")) };
        match number.replace('_', "").parse::<f64>() {
            Ok(number) => self.placed(visitor.visit_f64(number)),
            Err(_) => Err(self.wrong("a number")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.text() {
            Some(text) => self.placed(visitor.visit_str(text)),
            None if self.is_amount => Err(self.wrong("an amount, as in \"500m\", \"2Gi\" or 4")),
            None => Err(self.wrong("a text in double quotes")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.value {
            Value::Word(word) if word == "None" => visitor.visit_none(),
            Value::Tuple(Some(name), parts) if name == "Some" && parts.len() == 1 => {
                self.enter(0, &parts[0], |here| visitor.visit_some(here))
            }
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(Self { is_amount: name == "Quantity", ..self })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let Value::List(items) = &self.node.value else { return Err(self.wrong("a list in brackets")) };
        visitor.visit_seq(Items { here: self, all: items, next: 0 })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let Value::Map(entries) = &self.node.value else { return Err(self.wrong("a map in braces")) };
        visitor.visit_map(Entries { here: self, all: entries, next: 0 })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let unnamed = !matches!(self.node.value, Value::Struct(Some(_), _));
        let Some(fields) = self.node.fields().filter(|_| unnamed) else {
            return Err(self.wrong("a struct in parentheses"));
        };
        let mut seen = self.seen.borrow_mut();
        let way = seen.way.clone();
        let unknown = fields.iter().filter(|field| !known.contains(&field.name.as_str()));
        seen.unknown.extend(unknown.map(|field| UnknownField {
            way: way.clone(),
            name: field.name.clone(),
            expected: known,
        }));
        let required = REQUIRED.iter().find(|(of, _)| *of == name).map_or(&[][..], |(_, required)| required);
        let missing = required.iter().filter(|name| fields.iter().all(|field| field.name != **name));
        seen.missing.extend(missing.map(|name| MissingField { way: way.clone(), name }));
        drop(seen);
        visitor.visit_map(Fields { here: self, all: fields, known, next: 0 })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u8 u16 u32 u64 u128 f32 char bytes byte_buf unit unit_struct tuple tuple_struct enum identifier
    }
}

struct Items<'a> {
    here: Here<'a>,
    all: &'a [Node],
    next: usize,
}

impl<'de> de::SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(item) = self.all.get(self.next) else { return Ok(None) };
        self.next += 1;
        self.here.enter(self.next - 1, item, |here| seed.deserialize(here)).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.all.len() - self.next)
    }
}

struct Entries<'a> {
    here: Here<'a>,
    all: &'a [(Node, Node)],
    next: usize,
}

impl<'de> de::MapAccess<'de> for Entries<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some((key, _)) = self.all.get(self.next) else { return Ok(None) };
        // A key is led to by its entry.
        self.here.enter(self.next, key, |here| seed.deserialize(here)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let (_, value) = &self.all[self.next];
        self.next += 1;
        self.here.enter(self.next - 1, value, |here| seed.deserialize(here))
    }
}

struct Fields<'a> {
    here: Here<'a>,
    all: &'a [Field],
    known: &'static [&'static str],
    next: usize,
}

impl<'de> de::MapAccess<'de> for Fields<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        while let Some(field) = self.all.get(self.next) {
            if self.known.contains(&field.name.as_str()) {
                let name: StrDeserializer<'_, Error> = field.name.as_str().into_deserializer();
                return seed.deserialize(name).map(Some);
            }
            self.next += 1;
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let field = &self.all[self.next];
        self.next += 1;
        self.here.enter(self.next - 1, &field.value, |here| seed.deserialize(here))
    }
}

/// Where the field stands in a value, as far as the way to it is written.
pub(crate) fn place(node: &Node, malformed: &Malformed) -> Span {
    let here = malformed.steps().into_iter().try_fold(node, |node, step| match &node.value {
        Value::List(items) => step.parse::<usize>().ok().and_then(|index| items.get(index)).ok_or(node),
        Value::Map(entries) => {
            let entry = entries.iter().find(|(key, _)| key.text() == Some(step));
            entry.map(|(_, value)| value).ok_or(node)
        }
        _ => node.field(step).ok_or(node),
    });
    crate::place::At::new(here.unwrap_or_else(|last| last)).span()
}
