//! Reading: typed, straight from the bytes, without a generic tree. Unknown and repeated keys are errors.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{MAX_ENTRIES, MAX_EVENTS};
use crate::envelope::Marks;
use crate::id::Id;

/// A batch as it stands in the body of a request.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch<'a> {
    /// Version of the wire.
    pub wire: u32,
    /// Product id.
    #[serde(borrow)]
    pub product: Text<'a>,
    /// Revision of the manifest.
    pub revision: u32,
    /// Hash of the manifest.
    pub manifest: Text<'a>,
    /// The batch's id.
    pub batch: Id,
    /// The installation's id.
    pub installation: Id,
    /// Recording component.
    pub component: Text<'a>,
    /// The product's version.
    pub version: Text<'a>,
    /// Operating system.
    pub os: Text<'a>,
    /// Architecture.
    pub arch: Text<'a>,
    /// Marks.
    #[serde(deserialize_with = "at_most::<MAX_MARKS, _, _>")]
    pub marks: Vec<Text<'a>>,
    /// Batches sealed before.
    pub sequence: u64,
    /// What happened.
    #[serde(deserialize_with = "at_most::<MAX_EVENTS, _, _>")]
    pub events: Vec<Event<'a>>,
    /// What was dropped, by reason.
    pub outcomes: Entries<'a, u64>,
}

/// The first line of a segment of the spool.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentHeader<'a> {
    /// Version of the segment's format.
    pub segment: u32,
    /// Product id.
    #[serde(borrow)]
    pub product: Text<'a>,
    /// Revision of the manifest.
    pub revision: u32,
    /// Hash of the manifest.
    pub manifest: Text<'a>,
    /// Recording component.
    pub component: Text<'a>,
    /// The product's version.
    pub version: Text<'a>,
    /// Operating system.
    pub os: Text<'a>,
    /// Architecture.
    pub arch: Text<'a>,
    /// Marks.
    #[serde(deserialize_with = "at_most::<MAX_MARKS, _, _>")]
    pub marks: Vec<Text<'a>>,
}

/// One event. Which keys belong together is settled by the check, not here.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event<'a> {
    /// `command`, `console`, `report` or the name of a declared event.
    #[serde(borrow)]
    pub name: Text<'a>,
    /// Whole seconds since 1970 UTC.
    pub time: u64,
    /// Command path.
    #[serde(default, deserialize_with = "given")]
    pub command: Option<Text<'a>>,
    /// Run id; in a report, the restart tag of its timings.
    #[serde(default, deserialize_with = "given")]
    pub run: Option<Id>,
    /// Whether the command failed.
    #[serde(default, deserialize_with = "given")]
    pub error: Option<bool>,
    /// True where the command never said how it ended.
    #[serde(default, deserialize_with = "given")]
    pub unfinished: Option<bool>,
    /// Server id.
    #[serde(default, deserialize_with = "given")]
    pub server: Option<Id>,
    /// Server version.
    #[serde(default, deserialize_with = "given")]
    pub server_version: Option<Text<'a>>,
    /// CLI id.
    #[serde(default, deserialize_with = "given")]
    pub cli: Option<Id>,
    /// Page session.
    #[serde(default, deserialize_with = "given")]
    pub session: Option<Id>,
    /// Console action.
    #[serde(default, deserialize_with = "given")]
    pub action: Option<Text<'a>>,
    /// Console route pattern.
    #[serde(default, deserialize_with = "given")]
    pub route: Option<Text<'a>>,
    /// Counts of a report.
    #[serde(default, deserialize_with = "given")]
    pub counts: Option<Entries<'a, Cells<'a>>>,
    /// Timings of a report.
    #[serde(default, deserialize_with = "given")]
    pub timings: Option<Entries<'a, Rows<'a>>>,
    /// Fields of a declared event.
    #[serde(default, deserialize_with = "given")]
    pub fields: Option<Entries<'a, Value<'a>>>,
    /// How many repeats a declared event stands for.
    #[serde(default, deserialize_with = "given")]
    pub times: Option<u64>,
}

/// The cells of a timing.
#[derive(Debug, serde::Deserialize)]
pub struct Rows<'a>(
    /// Each with its kind, edge and sums.
    #[serde(borrow, deserialize_with = "at_most::<MAX_ENTRIES, _, _>")]
    pub Vec<Entries<'a, Value<'a>>>,
);

/// A key that may be left out but, where it stands, has a value: `null` is none.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Each mark once.
const MAX_MARKS: usize = Marks::ALL.len();

/// A list that is refused at the first item too many, not when all of a hostile body is in memory: an empty event takes
/// twenty bytes on the wire and twenty times that once read.
fn at_most<'de, const MAX: usize, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    struct Read<const MAX: usize, T>(PhantomData<T>);
    impl<'de, const MAX: usize, T: Deserialize<'de>> Visitor<'de> for Read<MAX, T> {
        type Value = Vec<T>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of at most {MAX}")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
            let mut items = Vec::new();
            while let Some(item) = list.next_element()? {
                if items.len() == MAX {
                    return Err(A::Error::custom("too many items"));
                }
                items.push(item);
            }
            Ok(items)
        }
    }
    deserializer.deserialize_seq(Read::<MAX, T>(PhantomData))
}

/// A text that borrows from the body unless it was written with escapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<'a>(pub Cow<'a, str>);

impl std::ops::Deref for Text<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

/// A map in the order of the body, with every key once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entries<'a, T>(pub Vec<(Text<'a>, T)>);

/// The value of a declared field as JSON has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// `true`, `false`
    Flag(bool),
    /// A whole number.
    Number(u64),
    /// A text.
    Text(Text<'a>),
    /// A list of texts.
    List(Vec<Text<'a>>),
}

/// The value of a count as JSON has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cells<'a> {
    /// One number.
    One(u64),
    /// A number for each name.
    By(Entries<'a, u64>),
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl Visitor<'_> for Read {
            type Value = Id;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a lower-case hyphenated UUID")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Id, E> {
                Id::parse(text).ok_or_else(|| E::custom("not a lower-case hyphenated UUID"))
            }
        }
        deserializer.deserialize_str(Read)
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

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Entries<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Read<T> {
            type Value = Entries<'de, T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                entries(map)
            }
        }
        deserializer.deserialize_map(Read(PhantomData))
    }
}

fn entries<'de, T: Deserialize<'de>, A: MapAccess<'de>>(mut map: A) -> Result<Entries<'de, T>, A::Error> {
    let mut entries: Vec<(Text<'de>, T)> = Vec::new();
    while let Some((key, value)) = map.next_entry::<Text<'de>, T>()? {
        if entries.iter().any(|(known, _)| *known == key) {
            return Err(A::Error::custom("a key stands twice"));
        }
        if entries.len() == MAX_ENTRIES {
            return Err(A::Error::custom("too many entries"));
        }
        entries.push((key, value));
    }
    Ok(Entries(entries))
}

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Value<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false, a whole number, a text or a list of texts")
            }
            fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
                Ok(Value::Flag(flag))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Value::Number(number))
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Value::Text(Text(Cow::Borrowed(text))))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Value::Text(Text(Cow::Owned(text.to_owned()))))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = list.next_element()? {
                    if members.len() == MAX_ENTRIES {
                        return Err(A::Error::custom("too many entries"));
                    }
                    members.push(member);
                }
                Ok(Value::List(members))
            }
        }
        deserializer.deserialize_any(Read)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Cells<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Cells<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number or an object of whole numbers")
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Cells::One(number))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                entries(map).map(Cells::By)
            }
        }
        deserializer.deserialize_any(Read)
    }
}
