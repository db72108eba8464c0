//! A delivery in the foreground, as hosts ask for one.

use aboveboard_core::consent::Host;
use aboveboard_types::outcome::Delivery;

use crate::settings::Settings;

/// Delivers what is due, as the helper would.
#[cfg(feature = "uploader")]
pub(crate) fn now(settings: &Settings<'_>, host: &Host) -> Delivery {
    use std::time::Instant;

    use aboveboard_core::consent::{self, Permit};
    use aboveboard_delivery::limits;

    use crate::helper::{self, Hindrance};

    let deadline = Instant::now() + limits::REQUEST_TIMEOUT;
    let Some(paths) = settings.paths() else { return Delivery::Off };
    let decision = consent::decide(&settings.question(host, Some(&paths)));
    let Some(permit) = decision.permit().filter(Permit::may_send) else { return Delivery::Off };
    if !helper::is_turn(settings, &permit, &paths) {
        return Delivery::NotDue;
    }
    match helper::turn(settings, &permit, &paths, settings.interval(), deadline) {
        Ok(delivered) if delivered.left == 0 => Delivery::Done,
        Ok(_) | Err(Hindrance::Erasure) => Delivery::Later,
        Err(Hindrance::Busy) => Delivery::Busy,
        Err(Hindrance::Nothing) => Delivery::Done,
    }
}

/// A build without the uploader delivers nothing.
#[cfg(not(feature = "uploader"))]
pub(crate) fn now(_settings: &Settings<'_>, _host: &Host) -> Delivery {
    Delivery::Off
}
