//! The fields of an event, and what they may hold.

use super::made::made_by_manifest;
use super::text::{List, Text};
use crate::value::{OTHER, Value};

made_by_manifest! {
    /// A declared field of an event.
    pub struct FieldDeclaration {
        /// Its name.
        pub name: Text,
        /// What it may hold.
        pub kind: FieldKind,
        /// What it is, in the words that its user can read; empty where its name says it.
        pub words: Text,
    }
}

/// What a field may hold. There is no text among these.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// True or false.
    Flag,
    /// A whole number from 0 to the bound, inclusive.
    Count(u64),
    /// A number known only by the edge at or below it; the edges ascend and 0 is always one.
    Bucket(List<u64>),
    /// A time in milliseconds known only by the edge at or below it; the edges ascend and 0 is always one.
    Duration(List<u64>),
    /// One of a list, or `other`.
    Choice(List<Text>),
    /// Several of a list, or `other` among them.
    Set(List<Text>),
    /// Three numbers and a closed channel.
    Version,
    /// A whole number between two bounds, inclusive: an exit code, an HTTP status.
    Code(u64, u64),
    /// A country of ISO 3166-1.
    Country,
}

impl FieldKind {
    /// Whether this kind of field may hold `value`. All three checkpoints (API, spool, ingest) ask here.
    #[must_use]
    pub fn allows(&self, value: &Value<'_>) -> bool {
        match (self, value) {
            (Self::Flag, Value::Flag(_))
            | (Self::Version, Value::Version(_))
            | (Self::Country, Value::Country(_)) => true,
            (Self::Count(bound), Value::Number(number)) => number <= bound,
            (Self::Code(least, most), Value::Number(number)) => (least..=most).contains(&number),
            (Self::Bucket(edges) | Self::Duration(edges), Value::Number(number)) => {
                *number == 0 || edges.contains(number)
            }
            (Self::Choice(list), Value::Choice(choice)) => place(list, choice).is_some(),
            (Self::Set(list), Value::Set(members)) => {
                let mut after = None;
                members.iter().all(|member| {
                    let place = place(list, member);
                    let ascends = place.is_some() && place > after;
                    after = place;
                    ascends
                })
            }
            _ => false,
        }
    }
}

/// Where a declared list has this name; `other` comes after all.
fn place(list: &[Text], name: &str) -> Option<usize> {
    match list.iter().position(|known| known == name) {
        None if name == OTHER => Some(list.len()),
        found => found,
    }
}

/// The edge at or below `number`: what a bucket or duration field records of it.
#[must_use]
pub fn edge_below(edges: &[u64], number: u64) -> u64 {
    edges.iter().copied().take_while(|edge| *edge <= number).last().unwrap_or(0)
}
