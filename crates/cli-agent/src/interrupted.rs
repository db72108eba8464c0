//! An erasure that was killed between its tickets and the end of the id.
//!
//! A ticket of the installation that is still here says that its person asked to forget. What is left of that is done
//! before anything is sent or handed over. Recording does not look: what is recorded until then belongs to the id that
//! ends, and is deleted with it.

use std::error::Error;

use aboveboard_core::consent;
use aboveboard_core::identity;
use aboveboard_core::paths::Paths;
use aboveboard_delivery::collectors;

use crate::tickets::{self, Ticket};

/// Finishes an erasure that was interrupted, if there is one. Costs one look at a name where no ticket waits.
///
/// # Errors
/// Where it cannot be finished. Nothing may be sent then: it would go out under an id that is being erased.
pub fn finish(product: &str, paths: &Paths) -> Result<(), Box<dyn Error>> {
    let waiting = tickets::waiting(paths).tickets;
    if waiting.is_empty() {
        return Ok(());
    }
    let Some(secret) = identity::stored_secret(paths)? else { return Ok(()) };
    if !waiting.iter().any(|ticket| ticket.is_of(product, &secret)) {
        return Ok(());
    }
    // It may have been killed before the last ticket.
    let known = collectors(paths)?;
    let tickets: Vec<Ticket> =
        known.iter().filter_map(|collector| Ticket::of(product, &secret, collector)).collect();
    tickets::add(paths, &tickets)?;
    Ok(consent::purge(paths)?)
}
