//! Values with their place: what is wrong is kept with the path of its field, and reading goes on.

use crate::objects::Malformed;
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::ops::RangeInclusive;

/// What is wrong so far.
#[derive(Default)]
pub(super) struct Problems(RefCell<Vec<Malformed>>);

impl Problems {
    pub(super) fn into_list(self) -> Vec<Malformed> {
        self.0.into_inner()
    }
}

/// A value and where it stands.
#[derive(Clone)]
pub(super) struct Place<'v> {
    path: String,
    value: &'v Value,
    problems: &'v Problems,
}

impl<'v> Place<'v> {
    pub(super) fn root(value: &'v Value, problems: &'v Problems) -> Place<'v> {
        Place { path: String::new(), value, problems }
    }

    pub(super) fn wrong(&self, problem: impl Into<String>) {
        self.problems.0.borrow_mut().push(Malformed::new(&*self.path, problem));
    }

    /// The fields of what may be an object, unchecked.
    pub(super) fn any_fields(&self) -> Fields<'v> {
        Fields { path: self.path.clone(), object: self.value.as_object(), problems: self.problems }
    }

    /// The fields of an object; none, if it is not one. A field that is not `known` is wrong.
    pub(super) fn fields(&self, known: &[&str]) -> Fields<'v> {
        let object = self.value.as_object();
        if object.is_none() {
            self.wrong("this is to be an object");
        }
        for (name, value) in object.into_iter().flatten() {
            if !known.contains(&name.as_str()) {
                let place = Place { path: join(&self.path, name), value, problems: self.problems };
                place.wrong(format!("there is no such field{}", did_you_mean(name, known.iter().copied())));
            }
        }
        self.any_fields()
    }

    pub(super) fn items(&self) -> Vec<Place<'v>> {
        let Some(items) = self.value.as_array() else {
            self.wrong("this is to be a list");
            return Vec::new();
        };
        let item = |(i, value)| Place { path: format!("{}[{i}]", self.path), value, problems: self.problems };
        items.iter().enumerate().map(item).collect()
    }

    pub(super) fn text(&self) -> Option<&'v str> {
        let text = self.value.as_str();
        if text.is_none() {
            self.wrong("this is to be a text");
        }
        text
    }

    pub(super) fn flag(&self) -> Option<bool> {
        let flag = self.value.as_bool();
        if flag.is_none() {
            self.wrong("this is to be true or false");
        }
        flag
    }

    pub(super) fn number(&self) -> Option<f64> {
        let number = self.value.as_f64();
        if number.is_none() {
            self.wrong("this is to be a number");
        }
        number
    }

    pub(super) fn integer(&self, range: RangeInclusive<i64>) -> Option<i64> {
        let Some(number) = self.value.as_i64() else {
            self.wrong("this is to be a whole number");
            return None;
        };
        if range.contains(&number) {
            return Some(number);
        }
        self.wrong(if *range.end() >= i64::from(i32::MAX) {
            format!("{number} is not from {} up, in the range of the field", range.start())
        } else {
            format!("{number} is not from {} to {}", range.start(), range.end())
        });
        None
    }

    pub(super) fn one_of(&self, known: &[&str]) -> Option<&'v str> {
        let text = self.text()?;
        if known.contains(&text) {
            return Some(text);
        }
        let hint = did_you_mean(text, known.iter().copied());
        self.wrong(format!("`{}` is none of {}{hint}", text.escape_debug(), known.join(", ")));
        None
    }
}

/// The fields of an object. One that is null is absent.
pub(super) struct Fields<'v> {
    path: String,
    object: Option<&'v Map<String, Value>>,
    problems: &'v Problems,
}

impl<'v> Fields<'v> {
    pub(super) fn get(&self, name: &str) -> Option<Place<'v>> {
        let value = self.object?.get(name).filter(|value| !value.is_null())?;
        Some(Place { path: join(&self.path, name), value, problems: self.problems })
    }

    pub(super) fn items(&self, name: &str) -> Vec<Place<'v>> {
        self.get(name).map_or_else(Vec::new, |place| place.items())
    }

    pub(super) fn text(&self, name: &str) -> Option<&'v str> {
        self.get(name)?.text()
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.get(name)?.flag()
    }

    pub(super) fn integer(&self, name: &str, range: RangeInclusive<i64>) -> Option<i64> {
        self.get(name)?.integer(range)
    }

    pub(super) fn integer32(&self, name: &str, range: RangeInclusive<i32>) -> Option<i32> {
        let number = self.integer(name, i64::from(*range.start())..=i64::from(*range.end()))?;
        Some(i32::try_from(number).expect("in a range of i32"))
    }

    /// What is wrong with a field, there or not.
    pub(super) fn wrong(&self, name: &str, problem: impl Into<String>) {
        self.problems.0.borrow_mut().push(Malformed::new(join(&self.path, name), problem));
    }

    /// How many problems there are so far, wherever.
    pub(super) fn problems(&self) -> usize {
        self.problems.0.borrow().len()
    }

    /// A text that must be there.
    pub(super) fn needed(&self, name: &str) -> Option<&'v str> {
        let place = self.get(name);
        if place.is_none() && self.object.is_some() {
            self.wrong(name, "this is needed");
        }
        let text = place?.text()?;
        if text.is_empty() {
            self.wrong(name, "this is needed");
            return None;
        }
        Some(text)
    }
}

fn join(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}

/// A hint at the nearest of the known words, if one is near.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    const CHARS_MAX: usize = 48;
    let short: String = word.chars().take(CHARS_MAX).collect::<String>().to_lowercase();
    known
        .map(|candidate| (strsim::jaro_winkler(&short, &candidate.to_lowercase()), candidate))
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .filter(|(likeness, _)| *likeness > 0.8)
        .map_or_else(String::new, |(_, candidate)| format!("; did you mean `{candidate}`?"))
}
