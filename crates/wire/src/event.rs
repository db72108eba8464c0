//! An event of a batch, whoever sent it: typed, straight from the bytes. Unknown, repeated and null keys are errors.
//!
//! The types that come out are those of `aboveboard-types`, which knows no serde; the wrappers here are passing.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use aboveboard_types::id::Id;
use aboveboard_types::limits::MAX_ENTRIES;
use aboveboard_types::read::{RawCells, RawEvent, RawMap, RawValue};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// An event as serde reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireEvent<'a>(pub RawEvent<'a>);

impl<'a> std::ops::Deref for WireEvent<'a> {
    type Target = RawEvent<'a>;
    fn deref(&self) -> &RawEvent<'a> {
        &self.0
    }
}

impl<'a> From<WireEvent<'a>> for RawEvent<'a> {
    fn from(event: WireEvent<'a>) -> Self {
        event.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for WireEvent<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = WireEvent<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                event(map).map(WireEvent)
            }
        }
        deserializer.deserialize_map(Read)
    }
}

fn event<'de, A: MapAccess<'de>>(mut map: A) -> Result<RawEvent<'de>, A::Error> {
    let mut event = RawEvent::default();
    let mut name = None;
    let mut time = None;
    while let Some(Text(key)) = map.next_key()? {
        let map = &mut map;
        match &*key {
            "name" => once::<Text<'de>, _, A>(&mut name, map)?,
            "time" => once::<u64, _, A>(&mut time, map)?,
            "command" => once::<Text<'de>, _, A>(&mut event.command, map)?,
            "run" => once::<WireId, _, A>(&mut event.run, map)?,
            "error" => once::<bool, _, A>(&mut event.error, map)?,
            "unfinished" => once::<bool, _, A>(&mut event.unfinished, map)?,
            "server" => once::<WireId, _, A>(&mut event.server, map)?,
            "server_version" => once::<Text<'de>, _, A>(&mut event.server_version, map)?,
            "cli" => once::<WireId, _, A>(&mut event.cli, map)?,
            "session" => once::<WireId, _, A>(&mut event.session, map)?,
            "action" => once::<Text<'de>, _, A>(&mut event.action, map)?,
            "route" => once::<Text<'de>, _, A>(&mut event.route, map)?,
            "counts" => once::<Entries<'de, Cells<'de>, _>, _, A>(&mut event.counts, map)?,
            "timings" => once::<Entries<'de, Rows<'de>, _>, _, A>(&mut event.timings, map)?,
            "fields" => once::<Entries<'de, WireValue<'de>, _>, _, A>(&mut event.fields, map)?,
            "times" => once::<u64, _, A>(&mut event.times, map)?,
            _ => return Err(A::Error::custom("a key that no event has")),
        }
    }
    event.name = name.ok_or_else(|| A::Error::missing_field("name"))?;
    event.time = time.ok_or_else(|| A::Error::missing_field("time"))?;
    Ok(event)
}

/// Takes the value of a key that may be left out but, where it stands, stands once and is not `null`.
fn once<'de, W: Deserialize<'de> + Into<T>, T, A: MapAccess<'de>>(
    slot: &mut Option<T>,
    map: &mut A,
) -> Result<(), A::Error> {
    if slot.is_some() {
        return Err(A::Error::custom("a key stands twice"));
    }
    *slot = Some(map.next_value::<W>()?.into());
    Ok(())
}

/// A text that borrows from the body unless it was written with escapes.
pub(crate) struct Text<'a>(Cow<'a, str>);

impl<'a> From<Text<'a>> for Cow<'a, str> {
    fn from(text: Text<'a>) -> Self {
        text.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Read)
    }
}

struct WireId(Id);

impl From<WireId> for Id {
    fn from(id: WireId) -> Self {
        id.0
    }
}

impl<'de> Deserialize<'de> for WireId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::id::deserialize(deserializer).map(Self)
    }
}

/// A list that is refused at the first item too many, not when all of a hostile body is in memory: an empty event takes
/// twenty bytes on the wire and twenty times that once read.
pub(crate) fn at_most<'de, const MAX: usize, W: Deserialize<'de> + Into<T>, T, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    struct Read<const MAX: usize, W, T>(PhantomData<(W, T)>);
    impl<'de, const MAX: usize, W: Deserialize<'de> + Into<T>, T> Visitor<'de> for Read<MAX, W, T> {
        type Value = Vec<T>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of at most {MAX}")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Vec<T>, A::Error> {
            items::<MAX, W, T, A>(list)
        }
    }
    deserializer.deserialize_seq(Read::<MAX, W, T>(PhantomData))
}

fn items<'de, const MAX: usize, W: Deserialize<'de> + Into<T>, T, A: SeqAccess<'de>>(
    mut list: A,
) -> Result<Vec<T>, A::Error> {
    let mut items = Vec::new();
    while let Some(item) = list.next_element::<W>()? {
        if items.len() == MAX {
            return Err(A::Error::custom("too many items"));
        }
        items.push(item.into());
    }
    Ok(items)
}

/// A map of numbers.
pub(crate) fn numbers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RawMap<'de, u64>, D::Error> {
    Entries::<'de, u64, u64>::deserialize(deserializer).map(Into::into)
}

/// A map in the order of the body, with every key once; its values are read as `W`.
struct Entries<'a, W, T>(RawMap<'a, T>, PhantomData<W>);

impl<'a, W, T> From<Entries<'a, W, T>> for RawMap<'a, T> {
    fn from(entries: Entries<'a, W, T>) -> Self {
        entries.0
    }
}

impl<'de: 'a, 'a, W: Deserialize<'de> + Into<T>, T> Deserialize<'de> for Entries<'a, W, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read<W, T>(PhantomData<(W, T)>);
        impl<'de, W: Deserialize<'de> + Into<T>, T> Visitor<'de> for Read<W, T> {
            type Value = RawMap<'de, T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                entries::<W, T, A>(map)
            }
        }
        let entries = deserializer.deserialize_map(Read::<W, T>(PhantomData))?;
        Ok(Self(entries, PhantomData))
    }
}

fn entries<'de, W: Deserialize<'de> + Into<T>, T, A: MapAccess<'de>>(
    mut map: A,
) -> Result<RawMap<'de, T>, A::Error> {
    let mut entries: RawMap<'de, T> = Vec::new();
    while let Some((Text(key), value)) = map.next_entry::<Text<'de>, W>()? {
        if entries.iter().any(|(known, _)| *known == key) {
            return Err(A::Error::custom("a key stands twice"));
        }
        if entries.len() == MAX_ENTRIES {
            return Err(A::Error::custom("too many entries"));
        }
        entries.push((key, value.into()));
    }
    Ok(entries)
}

/// The cells of a timing.
struct Rows<'a>(Vec<RawMap<'a, RawValue<'a>>>);

impl<'a> From<Rows<'a>> for Vec<RawMap<'a, RawValue<'a>>> {
    fn from(rows: Rows<'a>) -> Self {
        rows.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Rows<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        at_most::<MAX_ENTRIES, Entries<'de, WireValue<'de>, _>, _, D>(deserializer).map(Self)
    }
}

struct WireValue<'a>(RawValue<'a>);

impl<'a> From<WireValue<'a>> for RawValue<'a> {
    fn from(value: WireValue<'a>) -> Self {
        value.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for WireValue<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = RawValue<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false, a whole number, a text or a list of texts")
            }
            fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
                Ok(RawValue::Flag(flag))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                Ok(RawValue::Number(number))
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(RawValue::Text(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(RawValue::Text(Cow::Owned(text.to_owned())))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
                items::<MAX_ENTRIES, Text<'de>, _, A>(list).map(RawValue::List)
            }
        }
        deserializer.deserialize_any(Read).map(Self)
    }
}

struct Cells<'a>(RawCells<'a>);

impl<'a> From<Cells<'a>> for RawCells<'a> {
    fn from(cells: Cells<'a>) -> Self {
        cells.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Cells<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = RawCells<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number or an object of whole numbers")
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                Ok(RawCells::One(number))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                entries::<u64, u64, A>(map).map(RawCells::By)
            }
        }
        deserializer.deserialize_any(Read).map(Self)
    }
}
