//! The JSON of a line: every key once, no key and no type but those of the protocol.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use aboveboard_types::limits::MAX_ENTRIES;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::counts::Numbers;
use crate::values::Given;

/// A text, borrowed from the line where nothing in it is escaped.
#[derive(Debug, PartialEq, serde::Deserialize)]
pub(super) struct Text<'l>(#[serde(borrow)] pub(super) Cow<'l, str>);

impl AsRef<str> for Text<'_> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// The entries of an object.
#[derive(Debug, PartialEq)]
pub(super) struct Object<'l, T>(pub(super) Vec<(Text<'l>, T)>);

impl<T> Object<'_, T> {
    /// What stands under this name.
    pub(super) fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(known, _)| known.as_ref() == name).map(|(_, value)| value)
    }
}

impl<T> Default for Object<'_, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// Every key of every line.
#[derive(Debug, Default, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Keys<'l> {
    #[serde(deserialize_with = "some")]
    pub(super) relay: Option<u64>,
    #[serde(borrow, deserialize_with = "some")]
    pub(super) event: Option<Text<'l>>,
    #[serde(borrow, deserialize_with = "some")]
    pub(super) fields: Option<Object<'l, Given<'l>>>,
    #[serde(borrow, deserialize_with = "some")]
    pub(super) begin: Option<Text<'l>>,
    #[serde(deserialize_with = "some")]
    pub(super) run: Option<u64>,
    #[serde(deserialize_with = "some")]
    pub(super) end: Option<u64>,
    #[serde(borrow, deserialize_with = "some")]
    pub(super) outcome: Option<Text<'l>>,
    #[serde(borrow, deserialize_with = "some")]
    pub(super) link: Option<Text<'l>>,
    #[serde(deserialize_with = "some")]
    pub(super) dropped: Option<u64>,
    #[serde(borrow, deserialize_with = "some")]
    pub(super) counts: Option<Object<'l, Numbers<Text<'l>>>>,
    #[serde(borrow, deserialize_with = "some")]
    pub(super) timing: Option<Text<'l>>,
    #[serde(borrow, deserialize_with = "some")]
    pub(super) kind: Option<Object<'l, Text<'l>>>,
    #[serde(deserialize_with = "some")]
    pub(super) took: Option<f64>,
    #[serde(borrow, deserialize_with = "some")]
    pub(super) parts: Option<Object<'l, f64>>,
}

/// A value that is there; `null` is none.
fn some<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl<'de: 'l, 'l, T: Deserialize<'de>> Deserialize<'de> for Object<'l, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData)).map(Object)
    }
}

struct Entries<'l, T>(PhantomData<(&'l (), T)>);

impl<'de: 'l, 'l, T: Deserialize<'de>> Visitor<'de> for Entries<'l, T> {
    type Value = Vec<(Text<'l>, T)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with each key once")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries: Self::Value = Vec::new();
        while let Some((name, value)) = map.next_entry::<Text<'l>, T>()? {
            if entries.len() == MAX_ENTRIES || entries.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom("a key twice, or too many"));
            }
            entries.push((name, value));
        }
        Ok(entries)
    }
}

impl<'de: 'l, 'l> Deserialize<'de> for Given<'l> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyGiven(PhantomData))
    }
}

struct AnyGiven<'l>(PhantomData<&'l ()>);

impl<'de: 'l, 'l> Visitor<'de> for AnyGiven<'l> {
    type Value = Given<'l>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of a field")
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Given::Flag(flag))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Given::Number(number))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Given::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Given::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(Text(member)) = list.next_element()? {
            if members.len() == MAX_ENTRIES {
                return Err(A::Error::custom("too many members"));
            }
            members.push(member);
        }
        Ok(Given::List(members))
    }
}

impl<'de: 'l, 'l> Deserialize<'de> for Numbers<Text<'l>> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrBy(PhantomData))
    }
}

struct OneOrBy<'l>(PhantomData<&'l ()>);

impl<'de: 'l, 'l> Visitor<'de> for OneOrBy<'l> {
    type Value = Numbers<Text<'l>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or an object of numbers")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Numbers::One(number))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Entries(PhantomData).visit_map(map).map(Numbers::By)
    }
}
