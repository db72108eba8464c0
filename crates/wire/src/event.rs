//! An event of a batch from any sender: typed, straight from the bytes. Unknown, repeated and null keys are errors.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use aboveboard_types::id::Id;
use aboveboard_types::limits::MAX_ENTRIES;
use aboveboard_types::read::{RawCells, RawEvent, RawMap, RawValue};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// What serde reads of a batch. The types are those of `aboveboard-types`, which knows no serde.
pub(crate) trait OnWire<'de>: Sized {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// Carries a value past serde, which reads only what implements its own trait.
struct Wire<T>(T);

impl<'de, T: OnWire<'de>> Deserialize<'de> for Wire<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Self)
    }
}

/// An event as serde reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireEvent<'a>(pub RawEvent<'a>);

impl<'a> std::ops::Deref for WireEvent<'a> {
    type Target = RawEvent<'a>;
    fn deref(&self) -> &RawEvent<'a> {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for WireEvent<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        RawEvent::read(deserializer).map(Self)
    }
}

impl<'de: 'a, 'a> OnWire<'de> for RawEvent<'a> {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = RawEvent<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                event(map)
            }
        }
        deserializer.deserialize_map(Read)
    }
}

fn event<'de, A: MapAccess<'de>>(mut map: A) -> Result<RawEvent<'de>, A::Error> {
    let mut event = RawEvent::default();
    let mut name = None;
    let mut time = None;
    while let Some(Wire(key)) = map.next_key::<Wire<Cow<'de, str>>>()? {
        let map = &mut map;
        match &*key {
            "name" => once(&mut name, map)?,
            "time" => once(&mut time, map)?,
            "command" => once(&mut event.command, map)?,
            "run" => once(&mut event.run, map)?,
            "error" => once(&mut event.error, map)?,
            "unfinished" => once(&mut event.unfinished, map)?,
            "server" => once(&mut event.server, map)?,
            "server_version" => once(&mut event.server_version, map)?,
            "cli" => once(&mut event.cli, map)?,
            "session" => once(&mut event.session, map)?,
            "action" => once(&mut event.action, map)?,
            "route" => once(&mut event.route, map)?,
            "counts" => once(&mut event.counts, map)?,
            "timings" => once(&mut event.timings, map)?,
            "fields" => once(&mut event.fields, map)?,
            "times" => once(&mut event.times, map)?,
            _ => return Err(A::Error::custom("a key that no event has")),
        }
    }
    event.name = name.ok_or_else(|| A::Error::missing_field("name"))?;
    event.time = time.ok_or_else(|| A::Error::missing_field("time"))?;
    Ok(event)
}

/// Takes the value of a key that may be left out but, where it stands, stands once and is not `null`.
fn once<'de, T: OnWire<'de>, A: MapAccess<'de>>(slot: &mut Option<T>, map: &mut A) -> Result<(), A::Error> {
    if slot.is_some() {
        return Err(A::Error::custom("a key stands twice"));
    }
    let Wire(value) = map.next_value()?;
    *slot = Some(value);
    Ok(())
}

impl<'de> OnWire<'de> for bool {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

impl<'de> OnWire<'de> for u64 {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

impl<'de> OnWire<'de> for Id {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::id::deserialize(deserializer)
    }
}

/// A text that borrows from the body unless it was written with escapes.
impl<'de: 'a, 'a> OnWire<'de> for Cow<'a, str> {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Cow<'de, str>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(Read)
    }
}

/// The cells of a timing.
impl<'de: 'a, 'a> OnWire<'de> for Vec<RawMap<'a, RawValue<'a>>> {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        at_most::<MAX_ENTRIES, _, D>(deserializer)
    }
}

/// Reads a list that is refused at the first item too many, not when all of a hostile body is in memory: an empty event
/// takes twenty bytes on the wire and twenty times that once read.
pub(crate) fn at_most<'de, const MAX: usize, T: OnWire<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    struct Read<const MAX: usize, T>(PhantomData<T>);
    impl<'de, const MAX: usize, T: OnWire<'de>> Visitor<'de> for Read<MAX, T> {
        type Value = Vec<T>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of at most {MAX}")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Vec<T>, A::Error> {
            items::<MAX, T, A>(list)
        }
    }
    deserializer.deserialize_seq(Read::<MAX, T>(PhantomData))
}

fn items<'de, const MAX: usize, T: OnWire<'de>, A: SeqAccess<'de>>(mut list: A) -> Result<Vec<T>, A::Error> {
    let mut items = Vec::new();
    while let Some(Wire(item)) = list.next_element()? {
        if items.len() == MAX {
            return Err(A::Error::custom("too many items"));
        }
        items.push(item);
    }
    Ok(items)
}

/// A map in the order of the body, with every key once.
impl<'de: 'a, 'a, T: OnWire<'de>> OnWire<'de> for RawMap<'a, T> {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read<T>(PhantomData<T>);
        impl<'de, T: OnWire<'de>> Visitor<'de> for Read<T> {
            type Value = RawMap<'de, T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                entries(map)
            }
        }
        deserializer.deserialize_map(Read::<T>(PhantomData))
    }
}

/// Most entries of a map that are looked through for a key that stands twice; the keys of a longer one are hashed.
const MAX_SCANNED: usize = 8;

fn entries<'de, T: OnWire<'de>, A: MapAccess<'de>>(mut map: A) -> Result<RawMap<'de, T>, A::Error> {
    let mut entries: RawMap<'de, T> = Vec::new();
    let mut seen = HashSet::new();
    while let Some((Wire(key), Wire(value))) = map.next_entry::<Wire<Cow<'de, str>>, Wire<T>>()? {
        if entries.len() == MAX_SCANNED {
            seen.extend(entries.iter().map(|(known, _)| known.clone()));
        }
        let stands_twice = if entries.len() < MAX_SCANNED {
            entries.iter().any(|(known, _)| *known == key)
        } else {
            !seen.insert(key.clone())
        };
        if stands_twice {
            return Err(A::Error::custom("a key stands twice"));
        }
        if entries.len() == MAX_ENTRIES {
            return Err(A::Error::custom("too many entries"));
        }
        entries.push((key, value));
    }
    Ok(entries)
}

impl<'de: 'a, 'a> OnWire<'de> for RawValue<'a> {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
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
                items::<MAX_ENTRIES, _, A>(list).map(RawValue::List)
            }
        }
        deserializer.deserialize_any(Read)
    }
}

impl<'de: 'a, 'a> OnWire<'de> for RawCells<'a> {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
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
                entries(map).map(RawCells::By)
            }
        }
        deserializer.deserialize_any(Read)
    }
}
