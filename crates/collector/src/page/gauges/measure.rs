//! The figures that the gauges of a product are made of.

use std::collections::BTreeMap;

use aboveboard_store::calendar::hour_of;
use aboveboard_store::figures::Share;
use aboveboard_store::figures::headline::Headline;
use aboveboard_store::figures::health::Health;
use aboveboard_store::figures::releases::{ReleaseFigure, ReleaseValue};
use aboveboard_store::read::{Days, QualityNote, ReadResult, Snapshot};
use aboveboard_types::declaration::Component;
use aboveboard_types::outcome::DropReason;

use super::samples::Samples;
use crate::access::Access;
use crate::page::error::PageError;
use crate::page::health::of_product;
use crate::page::query::PageQuery;
use crate::page::state::PageState;
use crate::page::window::{Window, answer};

/// The days in which [`Health`] counts what agents dropped.
const NOTED: &str = "7";

/// What a product comes to; none where it is not there any more.
pub(super) fn measure(
    state: &PageState,
    access: &Access,
    product: &str,
) -> Result<Option<Samples>, PageError> {
    let query = PageQuery { product: Some(product.to_owned()), ..PageQuery::default() };
    Ok(answer(state, access, &query, |snapshot, windows| samples(snapshot, &windows.shown, state))?)
}

fn samples(snapshot: &dyn Snapshot, window: &Window<'_>, state: &PageState) -> ReadResult<Samples> {
    let now = (state.now)();
    let health = window.answers.health(now, &state.outages.list())?;
    let mut all = Samples::default();
    all.push("product_info", &[("name", window.scope.title())], 1);
    installations(&mut all, window)?;
    release(&mut all, window)?;
    batches(&mut all, snapshot, &health, &window.scope.question.product, now)?;
    for (reason, name) in DropReason::ALL {
        let labels = [("reason", name), ("days", NOTED)];
        all.count("product_dropped_events", &labels, health.noted.of(QualityNote::Dropped(reason)));
    }
    let awaited = &window.scope.awaited;
    all.count("product_awaited_revisions", &[], awaited.named.len() as u64 + awaited.more);
    // Most severe first; one is always there.
    let severity =
        of_product(state, window.scope, &health).first().map_or(0, |message| message.severity as i64);
    all.push("product_health_severity", &[], severity);
    all.push("product_figures_timestamp_seconds", &[], now);
    Ok(all)
}

/// Those of the headline, and of its last day alone.
fn installations(all: &mut Samples, window: &Window<'_>) -> ReadResult<()> {
    let Headline { last, active_28, active_7, new_28, failing_7, .. } = window.answers.headline()?;
    if let Some(day) = window.answers.activity()?.days.get(&last) {
        day.active.into_iter().for_each(|n| all.of_days("product_active_installations", "1", n));
        day.new.into_iter().for_each(|n| all.of_days("product_new_installations", "1", n));
    }
    all.compared("product_active_installations", "7", active_7);
    all.compared("product_active_installations", "28", active_28);
    all.compared("product_new_installations", "28", new_28);
    if let Some(Share { hits, of }) = failing_7.now {
        all.of_days("product_command_installations", "7", of);
        all.of_days("product_failing_installations", "7", hits);
    }
    Ok(())
}

/// Of the newest release alone: one more series a release, and what strangers make up is none before enough of them run it.
fn release(all: &mut Samples, window: &Window<'_>) -> ReadResult<()> {
    let Some(release) = window.answers.release()? else { return Ok(()) };
    for row in &release.rows {
        if let (ReleaseFigure::ShareNow, Some(ReleaseValue::Share(share))) = (&row.what, row.newest) {
            let version = release.newest.to_string();
            all.count("product_newest_release_installations", &[("version", &version)], share.hits);
        }
    }
    Ok(())
}

/// Of each component that ever sent a batch.
fn batches(
    all: &mut Samples,
    snapshot: &dyn Snapshot,
    health: &Health,
    product: &str,
    now: i64,
) -> ReadResult<()> {
    let mut last_hour: BTreeMap<Component, u64> = BTreeMap::new();
    if let Some(over) = hour_of(now - 3_600) {
        let days = Days { first: over.day, last: over.day };
        snapshot.batches_by_hour(product, days, &mut |hour, component, batches| {
            if hour == over {
                *last_hour.entry(component).or_default() += batches;
            }
        })?;
    }
    for (component, arrivals) in &health.components {
        let labels = [("component", component.name())];
        let batches = last_hour.get(component).copied().unwrap_or_default();
        all.count("product_batches_last_hour", &labels, batches);
        all.push("product_last_batch_timestamp_seconds", &labels, arrivals.last);
        if let Some(allowed) = arrivals.allowed {
            all.push("product_usual_silence_seconds", &labels, allowed);
        }
    }
    Ok(())
}
