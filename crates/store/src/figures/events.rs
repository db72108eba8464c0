//! Declared events and what their fields held.

use std::collections::BTreeMap;

use super::super::read::{FieldValue, ReadResult, Snapshot};
use super::by_name::update;
use super::question::Question;
use crate::calendar::Day;

/// Declared events, in the window.
#[derive(Debug, Default)]
pub struct Events {
    /// By name; also those that the manifest does not declare any more.
    pub by_event: BTreeMap<String, EventFigures>,
}

/// One declared event.
#[derive(Debug, Default)]
pub struct EventFigures {
    /// How often it happened, by day.
    pub days: BTreeMap<Day, u64>,
    /// How often each value of each field was recorded, by the field's name.
    pub fields: BTreeMap<String, BTreeMap<FieldValue, u64>>,
}

impl EventFigures {
    /// How often it happened in the window.
    #[must_use]
    pub fn times(&self) -> u64 {
        self.days.values().sum()
    }
}

impl Events {
    pub(super) fn gather(snapshot: &dyn Snapshot, question: &Question) -> ReadResult<Self> {
        let mut events = Self::default();
        snapshot.events(&question.selection(), &mut |cell| {
            update(&mut events.by_event, cell.event, |event: &mut EventFigures| {
                *event.days.entry(cell.day).or_default() += cell.times;
            });
        })?;
        snapshot.fields(&question.selection(), &mut |cell| {
            if let Some(event) = events.by_event.get_mut(cell.event) {
                update(&mut event.fields, cell.field, |values: &mut BTreeMap<_, u64>| {
                    *values.entry(cell.value).or_default() += cell.times;
                });
            }
        })?;
        Ok(events)
    }

    /// How often an event happened on a day.
    #[must_use]
    pub fn on(&self, event: &str, day: Day) -> u64 {
        self.by_event.get(event).and_then(|event| event.days.get(&day)).copied().unwrap_or(0)
    }
}
