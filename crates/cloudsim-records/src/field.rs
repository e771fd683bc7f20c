//! What stands under the keys of a line: how it is written, read and described.

use crate::jsonl::Index;
use crate::{
    BillItem, BillShare, Blame, Candidate, ClientInfo, CommitClasses, Decimal, EntityId, EntityInfo,
    FaultInfo, LineError, ObjectiveInfo, OwnPrices, Placed, PluginScore, PricesInfo, Rejection, Room,
    ServiceInfo, SettingInfo,
};
use cloudsim_units::{NanoUsd, Ratio, SimDuration, SimTime};
use serde_json::{Map, Value, json};

/// A line, or an object in one.
pub type Object = Map<String, Value>;

/// A value under a key.
pub(crate) trait Field: Sized {
    /// What its key ends with.
    const UNIT: &'static str = "";

    fn value(&self, index: &Index) -> Value;

    /// `None` if that is no such value.
    fn of(index: &Index, value: &Value) -> Option<Self>;

    fn schema() -> Value;

    fn put(&self, key: &str, index: &Index, line: &mut Object) {
        line.insert(format!("{key}{}", Self::UNIT), self.value(index));
    }

    fn take(key: &str, index: &Index, line: &Object) -> Result<Self, LineError> {
        let key = format!("{key}{}", Self::UNIT);
        let value = line.get(&key).ok_or_else(|| LineError::new(format!("`{key}` is missing")))?;
        Self::of(index, value).ok_or_else(|| LineError::new(format!("`{key}` is not as it should be")))
    }

    fn describe(key: &str, about: &str, fields: &mut Object) {
        fields.insert(format!("{key}{}", Self::UNIT), about_it(Self::schema(), about));
    }
}

/// An object with several keys, such as a line.
pub(crate) trait Fields: Sized {
    fn put(&self, index: &Index, line: &mut Object);

    fn take(index: &Index, line: &Object) -> Result<Self, LineError>;

    fn describe(fields: &mut Object);
}

impl<T: Fields> Fields for Box<T> {
    fn put(&self, index: &Index, line: &mut Object) {
        T::put(self, index, line);
    }

    fn take(index: &Index, line: &Object) -> Result<Self, LineError> {
        T::take(index, line).map(Self::new)
    }

    fn describe(fields: &mut Object) {
        T::describe(fields);
    }
}

/// A schema with what its value means, before what its type says of it.
pub(crate) fn about_it(mut schema: Value, about: &str) -> Value {
    let of_type = schema["description"].as_str().map(|text| format!(" {text}")).unwrap_or_default();
    schema["description"] = format!("{}{of_type}", plain_text(about)).into();
    schema
}

/// Documentation without links.
pub(crate) fn plain_text(about: &str) -> String {
    let mut text = String::new();
    let mut rest = about.trim();
    while let Some(at) = rest.find('[') {
        let (before, link) = rest.split_at(at);
        text.push_str(before);
        let end = link.find(']').unwrap_or(link.len() - 1);
        text.push_str(&link[1..end]);
        rest = &link[end + 1..];
        if rest.starts_with('(') {
            rest = rest.split_once(')').map_or("", |(_, rest)| rest);
        }
    }
    text.push_str(rest);
    text
}

/// Of these an objective has those that its kind has.
const LIMITS: [&str; 4] = ["percentile", "at_most_s", "at_least", "at_most_usd"];

/// The schema of an object that has these keys and no others. Numbers of entities stand where they are needed.
pub(crate) fn closed(properties: Object) -> Value {
    let optional =
        |key: &String| key.ends_with("_id") || key.ends_with("_ids") || LIMITS.contains(&key.as_str());
    let required: Vec<&String> = properties.keys().filter(|key| !optional(key)).collect();
    json!({
        "type": "object",
        "required": required,
        "additionalProperties": false,
        "properties": properties,
    })
}

/// What stands under a key as an object of its own keys.
macro_rules! as_object {
    () => {
        fn value(&self, index: &Index) -> Value {
            let mut object = Object::new();
            Fields::put(self, index, &mut object);
            object.into()
        }

        fn of(index: &Index, value: &Value) -> Option<Self> {
            <Self as Fields>::take(index, value.as_object()?).ok()
        }

        fn schema() -> Value {
            let mut properties = Object::new();
            <Self as Fields>::describe(&mut properties);
            closed(properties)
        }
    };
}

macro_rules! nested {
    ($($type:ty),* $(,)?) => {
        $(impl Field for $type {
            as_object!();
        })*
    };
}

nested!(
    BillItem,
    BillShare,
    Blame,
    Candidate,
    ClientInfo,
    EntityInfo,
    FaultInfo,
    ObjectiveInfo,
    OwnPrices,
    Placed,
    PluginScore,
    PricesInfo,
    Rejection,
    Room,
    ServiceInfo,
    SettingInfo,
);

/// Its classes stand beside what they are of.
impl Field for CommitClasses {
    as_object!();

    fn put(&self, _: &str, index: &Index, line: &mut Object) {
        Fields::put(self, index, line);
    }

    fn take(_: &str, index: &Index, line: &Object) -> Result<Self, LineError> {
        <Self as Fields>::take(index, line)
    }

    fn describe(_: &str, _: &str, fields: &mut Object) {
        <Self as Fields>::describe(fields);
    }
}

/// By its name; its number stands beside it where the name leads elsewhere.
impl Field for EntityId {
    fn value(&self, index: &Index) -> Value {
        index.names().name(*self).into()
    }

    fn of(_: &Index, value: &Value) -> Option<Self> {
        value.as_u64().and_then(|id| u32::try_from(id).ok()).map(Self)
    }

    fn schema() -> Value {
        json!({ "type": "string" })
    }

    fn put(&self, key: &str, index: &Index, line: &mut Object) {
        line.insert(key.to_owned(), self.value(index));
        if !index.leads_to(key, *self) {
            line.insert(format!("{key}_id"), self.0.into());
        }
    }

    fn take(key: &str, index: &Index, line: &Object) -> Result<Self, LineError> {
        if let Some(id) = line.get(&format!("{key}_id")) {
            return Self::of(index, id)
                .ok_or_else(|| LineError::new(format!("`{key}_id` is no number of an entity")));
        }
        let name = line.get(key).and_then(Value::as_str);
        let name = name.ok_or_else(|| LineError::new(format!("`{key}` is missing, or no name")))?;
        index
            .find(key, name)
            .ok_or_else(|| LineError::new(format!("`{key}`: nothing is called `{}`", name.escape_debug())))
    }

    fn describe(key: &str, about: &str, fields: &mut Object) {
        fields.insert(key.to_owned(), about_it(Self::schema(), about));
        let id = json!({
            "type": "integer",
            "minimum": 0,
            "description": format!("Which `{key}`, by `id`, where several have that name."),
        });
        fields.insert(format!("{key}_id"), id);
    }
}

impl<T: Field> Field for Option<T> {
    const UNIT: &'static str = T::UNIT;

    fn value(&self, index: &Index) -> Value {
        self.as_ref().map_or(Value::Null, |value| value.value(index))
    }

    fn of(index: &Index, value: &Value) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::of(index, value).map(Some) }
    }

    fn schema() -> Value {
        let mut schema = T::schema();
        if let Some(words) = schema.get_mut("enum").and_then(Value::as_array_mut) {
            words.push(Value::Null);
        }
        schema["type"] = json!([schema["type"], "null"]);
        schema
    }

    fn put(&self, key: &str, index: &Index, line: &mut Object) {
        match self {
            Some(value) => value.put(key, index, line),
            None => {
                line.insert(format!("{key}{}", T::UNIT), Value::Null);
            }
        }
    }

    fn take(key: &str, index: &Index, line: &Object) -> Result<Self, LineError> {
        match line.get(&format!("{key}{}", T::UNIT)) {
            Some(Value::Null) => Ok(None),
            _ => T::take(key, index, line).map(Some),
        }
    }

    fn describe(key: &str, about: &str, fields: &mut Object) {
        T::describe(key, about, fields);
        let own = &mut fields[&format!("{key}{}", T::UNIT)];
        let description = own["description"].take();
        *own = Self::schema();
        own["description"] = description;
    }
}

impl<T: Field> Field for Vec<T> {
    fn value(&self, index: &Index) -> Value {
        self.iter().map(|value| value.value(index)).collect()
    }

    fn of(index: &Index, value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(|value| T::of(index, value)).collect()
    }

    fn schema() -> Value {
        json!({ "type": "array", "items": T::schema() })
    }
}

macro_rules! numbers {
    ($($type:ty: $read:ident, $range:tt;)*) => {
        $(impl Field for $type {
            fn value(&self, _: &Index) -> Value {
                (*self).into()
            }

            fn of(_: &Index, value: &Value) -> Option<Self> {
                value.$read().and_then(|number| Self::try_from(number).ok())
            }

            fn schema() -> Value {
                json!($range)
            }
        })*
    };
}

numbers! {
    u8: as_u64, { "type": "integer", "minimum": 0 };
    u16: as_u64, { "type": "integer", "minimum": 0 };
    u32: as_u64, { "type": "integer", "minimum": 0 };
    u64: as_u64, { "type": "integer", "minimum": 0 };
    i64: as_i64, { "type": "integer" };
    bool: as_bool, { "type": "boolean" };
}

macro_rules! texts {
    ($($type:ty),*) => {
        $(impl Field for $type {
            fn value(&self, _: &Index) -> Value {
                Value::String(self.clone().into())
            }

            fn of(_: &Index, value: &Value) -> Option<Self> {
                value.as_str().map(Self::from)
            }

            fn schema() -> Value {
                json!({ "type": "string" })
            }
        })*
    };
}

texts!(String, Box<str>);

/// A decimal in billionths.
fn billionths(value: &Value) -> Option<i128> {
    let Value::Number(number) = value else { return None };
    Decimal::units(&number.to_string(), 9)
}

macro_rules! decimals {
    ($($type:ty: $unit:literal, $write:ident, $read:ident, $about:literal;)*) => {
        $(impl Field for $type {
            const UNIT: &'static str = $unit;

            fn value(&self, _: &Index) -> Value {
                Decimal::$write(*self).to_json()
            }

            fn of(_: &Index, value: &Value) -> Option<Self> {
                billionths(value)?.try_into().ok().map(Self::$read)
            }

            fn schema() -> Value {
                json!({ "type": "number", "description": $about })
            }
        })*
    };
}

decimals! {
    SimTime: "_s", instant, from_nanos, "In seconds since the start, exact to the nanosecond.";
    SimDuration: "_s", seconds, from_nanos, "In seconds, exact to the nanosecond.";
    NanoUsd: "_usd", dollars, from_nanos, "In dollars, exact to the billionth.";
    Ratio: "", share, from_billionths, "A share, from 0 to 1.";
}
