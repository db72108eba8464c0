//! An endpoint of a collector that has data: whether it may still be dialled is decided anew each time.

use aboveboard_core::consent::{Reading, reading};
use aboveboard_core::endpoint::{Endpoint, Unusable};

use crate::verbs::Context;

/// Reads the endpoint. It may be at a private address where the host or the user's variable says so.
pub(super) fn read(context: &Context<'_>, text: &str) -> Result<Endpoint, Unusable> {
    let variable = context.settings.variable("TELEMETRY_ALLOW_PRIVATE");
    let allows_private =
        context.settings.allow_private || variable.is_some_and(|value| reading(&value) == Reading::On);
    Endpoint::parse(text, allows_private)
}
