//! Delivering what a program recorded: by a helper that it starts, or in the foreground where it asks for that.

use aboveboard_core::consent::{Host, Permit};
use aboveboard_core::paths::Paths;
use aboveboard_core::process::{self, Process};
use aboveboard_types::outcome::Delivery;

use crate::helper::{self, Next};
use crate::settings::Settings;

/// Sees to a delivery, if the permit allows to send and one is due. `consents` is what [`helper::consents`] says, `next` what
/// becomes of this process, `began` the process whose end it is to see to, and `flush` writes what was only counted so far.
pub(crate) fn if_due(
    settings: &Settings<'_>,
    permit: &Permit,
    paths: &Paths,
    consents: bool,
    next: Next,
    began: Process,
    flush: impl FnOnce(),
) {
    if next == Next::Ends && process::is_of_another(began) {
        return;
    }
    helper::reap();
    #[cfg(feature = "uploader")]
    if let (Next::Ends, Some(limit)) = (next, settings.at_exit) {
        if helper::is_turn(settings, permit, paths) {
            flush();
            let _ = foreground::deliver(settings, permit, paths, limit);
        }
        return;
    }
    if let Some(deliverer) = helper::turn_to_start(settings, permit, paths) {
        flush();
        helper::start(settings, paths, &deliverer, consents);
    }
}

/// Delivers what is due, in this process.
#[cfg(feature = "uploader")]
pub(crate) fn now(settings: &Settings<'_>, host: &Host) -> Delivery {
    use aboveboard_core::consent;
    use aboveboard_delivery::limits;

    let Some(paths) = settings.paths() else { return Delivery::Off };
    let decision = consent::decide(&settings.question(host, Some(&paths)));
    let Some(permit) = decision.permit().filter(Permit::may_send) else { return Delivery::Off };
    if !helper::is_turn(settings, &permit, &paths) {
        return Delivery::NotDue;
    }
    foreground::deliver(settings, &permit, &paths, limits::REQUEST_TIMEOUT)
}

/// A build without the uploader delivers nothing.
#[cfg(not(feature = "uploader"))]
pub(crate) fn now(_settings: &Settings<'_>, _host: &Host) -> Delivery {
    Delivery::Off
}

#[cfg(feature = "uploader")]
mod foreground {
    use std::time::{Duration, Instant};

    use aboveboard_delivery::limits;

    use super::{Delivery, Paths, Permit, Settings};
    use crate::helper::{self, Hindrance};

    /// Delivers in this process for `limit` at most, as the helper would.
    pub(super) fn deliver(
        settings: &Settings<'_>,
        permit: &Permit,
        paths: &Paths,
        limit: Duration,
    ) -> Delivery {
        let deadline = Instant::now() + limit.min(limits::REQUEST_TIMEOUT);
        match helper::turn(settings, permit, paths, settings.interval(), deadline) {
            Ok(delivered) if delivered.left == 0 => Delivery::Done,
            Ok(_) => Delivery::Later,
            Err(Hindrance::Erasure | Hindrance::Lock(_) | Hindrance::Unreadable(_) | Hindrance::Secret) => {
                Delivery::Later
            }
            Err(Hindrance::Busy) => Delivery::Busy,
            Err(Hindrance::Nothing) => Delivery::Done,
        }
    }
}
