//! The stored forms as wholes.

use super::batch::{push_batch, take_batch};
use super::context::{push_context, take_context};
use super::event::{push_events, take_events};
use super::read::{Bytes, NotEncoded};
use super::state::{push_latest, push_state, take_latest, take_state};
use super::write::Form;
use crate::batch::{Batch, SentContext, SentEvent};
use crate::state::{InstallationState, LatestReport};

/// The stored form of a batch.
#[must_use]
pub fn batch(batch: &Batch) -> Vec<u8> {
    let mut form = Form::default();
    push_batch(&mut form, batch);
    form.into_bytes()
}

/// The batch of a stored form.
///
/// # Errors
/// Where the bytes are no such form.
pub fn read_batch(bytes: &[u8]) -> Result<Batch, NotEncoded> {
    Bytes::whole(bytes, take_batch)
}

/// The stored form of events.
#[must_use]
pub fn events(events: &[SentEvent]) -> Vec<u8> {
    let mut form = Form::default();
    push_events(&mut form, events);
    form.into_bytes()
}

/// The events of a stored form.
///
/// # Errors
/// Where the bytes are no such form.
pub fn read_events(bytes: &[u8]) -> Result<Vec<SentEvent>, NotEncoded> {
    Bytes::whole(bytes, take_events)
}

/// The stored form of what recorded something.
#[must_use]
pub fn context(context: &SentContext) -> Vec<u8> {
    let mut form = Form::default();
    push_context(&mut form, context);
    form.into_bytes()
}

/// What recorded something, of a stored form.
///
/// # Errors
/// Where the bytes are no such form.
pub fn read_context(bytes: &[u8]) -> Result<SentContext, NotEncoded> {
    Bytes::whole(bytes, take_context)
}

/// The stored form of a state, with its last report.
#[must_use]
pub fn state(state: &InstallationState) -> Vec<u8> {
    let mut form = Form::default();
    push_state(&mut form, state);
    form.into_bytes()
}

/// The state of a stored form.
///
/// # Errors
/// Where the bytes are no such form.
pub fn read_state(bytes: &[u8]) -> Result<InstallationState, NotEncoded> {
    Bytes::whole(bytes, take_state)
}

/// The stored form of a last report.
#[must_use]
pub fn latest(latest: &LatestReport) -> Vec<u8> {
    let mut form = Form::default();
    push_latest(&mut form, latest);
    form.into_bytes()
}

/// The last report of a stored form.
///
/// # Errors
/// Where the bytes are no such form.
pub fn read_latest(bytes: &[u8]) -> Result<LatestReport, NotEncoded> {
    Bytes::whole(bytes, take_latest)
}
