//! Batches.

use std::sync::Arc;

use aboveboard_manifest::PublishEvery;
use aboveboard_store::contributions::ShownPresence;
use aboveboard_store::entry::Position;
use aboveboard_store::facts::BatchKey;
use aboveboard_store::read::InstallationKey;
use aboveboard_types::outcome::DropReason;

use super::context::{place, push_context, push_version, take_context, take_version};
use super::event::{push_events, take_events};
use super::read::{Bytes, NotEncoded};
use super::write::Form;
use crate::batch::Batch;
use crate::order::{NodeId, Order};

/// How often figures are published, each at its stored number.
const INTERVALS: [(PublishEvery, ()); 2] = [(PublishEvery::Month, ()), (PublishEvery::Quarter, ())];

pub(super) fn push_batch(form: &mut Form, batch: &Batch) {
    form.text(&batch.product);
    push_order(form, batch.order);
    form.bytes(&batch.installation.0.to_be_bytes());
    form.bytes(batch.key.bytes());
    form.bytes(&batch.events_hash.to_be_bytes());
    form.signed(batch.received_at);
    form.number(batch.sequence);
    push_context(form, &batch.context);
    push_version(form, batch.sent_version);
    for number in [batch.sent, batch.refused, batch.unplaced, batch.max_reports] {
        form.number(number);
    }
    form.list(batch.drops.iter(), |form, (reason, number, left)| {
        form.number(place(&DropReason::ALL, reason));
        form.number(*number);
        form.number(*left);
    });
    form.flag(batch.publishes);
    form.option(batch.presence.as_ref(), |form, shown| {
        form.bytes(&shown.value);
        form.number(shown.revision.into());
        form.number(place(&INTERVALS, &shown.every));
    });
    push_events(form, &batch.events);
}

pub(super) fn take_batch(bytes: &mut Bytes<'_>) -> Result<Batch, NotEncoded> {
    let product = bytes.text()?;
    let order = take_order(bytes)?;
    let installation = InstallationKey(u64::from_be_bytes(bytes.array()?));
    let key = BatchKey::from_bytes(bytes.array()?);
    let events_hash = i64::from_be_bytes(bytes.array()?);
    let received_at = bytes.signed()?;
    let sequence = bytes.number()?;
    let context = Arc::new(take_context(bytes)?);
    let sent_version = take_version(bytes)?;
    let sent = bytes.number()?;
    let refused = bytes.number()?;
    let unplaced = bytes.number()?;
    let max_reports = bytes.number()?;
    let drops =
        bytes.list(|bytes| Ok((bytes.one_of(&DropReason::ALL)?, bytes.number()?, bytes.number()?)))?;
    let publishes = bytes.flag()?;
    let presence = bytes.option(|bytes| {
        let value = bytes.array()?;
        Ok(ShownPresence { value, revision: bytes.small()?, every: bytes.one_of(&INTERVALS)? })
    })?;
    let events = take_events(bytes)?;
    Ok(Batch {
        product,
        order,
        installation,
        key,
        events_hash,
        received_at,
        sequence,
        context,
        sent_version,
        sent,
        refused,
        unplaced,
        drops,
        max_reports,
        publishes,
        presence,
        events,
    })
}

pub(super) fn push_order(form: &mut Form, order: Order) {
    form.signed(order.at);
    form.bytes(&order.node.0.to_be_bytes());
    form.number(order.position.0);
}

pub(super) fn take_order(bytes: &mut Bytes<'_>) -> Result<Order, NotEncoded> {
    let at = bytes.signed()?;
    let node = NodeId(u64::from_be_bytes(bytes.array()?));
    Ok(Order { at, node, position: Position(bytes.number()?) })
}
