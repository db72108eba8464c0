//! Everything that is to be said of the health of one product.

use aboveboard_store::calendar::day_of;
use aboveboard_store::figures::health::Health;

use super::message::{HealthMessage, sorted};
use super::{arrivals, collector, noted, refused};
use crate::awaited::Awaited;
use crate::dates::iso;
use crate::page::format::counted;
use crate::page::scope::Scope;
use crate::page::state::PageState;

/// What is said of a product, most severe first. The last is calm and always there: when the last batch came.
pub(crate) fn of_product(state: &PageState, scope: &Scope, health: &Health) -> Vec<HealthMessage> {
    let now = (state.now)();
    let product = scope.question.product.as_str();
    let is_believed = state.clock.check().is_ok();
    let is_closed = state.closed.iter().any(|closed| *closed == *product);
    let mut messages = Vec::new();
    if is_closed {
        messages.push(HealthMessage::calm("This product is closed: nothing of it is taken in."));
    } else if is_believed {
        messages.extend(arrivals::silences(health, now));
    }
    messages.extend(collector::rejected(state, |rejected| rejected.product.as_deref() == Some(product)));
    let awaited = awaited(scope);
    messages.extend(refused::of_product(state, product, awaited.is_some()));
    messages.extend(awaited);
    messages.extend(noted::messages(&health.noted));
    messages.extend(paused(state, product));
    // It stands in front of what else is calm.
    let calm = messages.iter().position(HealthMessage::is_calm).unwrap_or(messages.len());
    messages.insert(calm, arrivals::calm(health, now, is_believed));
    sorted(messages)
}

/// Which newer revisions arrive. Their batches wait where they were recorded, so nothing is lost yet.
fn awaited(scope: &Scope) -> Option<HealthMessage> {
    let Awaited { named, more } = &scope.awaited;
    let mut revisions: Vec<_> = named
        .iter()
        .map(|(revision, n)| format!("revision {revision} ({})", counted(*n, "network", "networks")))
        .collect();
    if *more > 0 && revisions.is_empty() {
        revisions.push(counted(*more, "newer revision", "newer revisions"));
    } else if *more > 0 {
        revisions.push(format!("and {more} more"));
    }
    let here = scope.manifest.as_ref().map_or(0, |manifest| manifest.product.revision);
    let words = format!(
        "Agents send {} of the manifest; the newest here is {here}. They keep their batches until it is here too: \
         aboveboard manifest push installs it.",
        revisions.join(", ")
    );
    (!revisions.is_empty()).then(|| HealthMessage::notice(words))
}

fn paused(state: &PageState, product: &str) -> Vec<HealthMessage> {
    let paused = state.paused.list().into_iter().filter(|paused| paused.product == product);
    let words = paused.map(|paused| {
        format!(
            "{} of {product} is paused since {}: {} left out since the collector started.",
            paused.item,
            iso(day_of(paused.since)),
            counted(paused.left_out, "event or part of one was", "events or parts of one were"),
        )
    });
    words.map(HealthMessage::notice).collect()
}
