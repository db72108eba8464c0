//! By which way this program's requests leave.

use aboveboard_core::endpoint::Endpoint;
use aboveboard_delivery::proxy::{Way, Why};

use crate::roots::{self, Roots};
use crate::settings::{READS_SYSTEM_ROOTS, SYSTEM_ROOTS, Settings};

/// The way to an endpoint. Where the roots come from the environment too, no proxy of it is used: whoever sets variables
/// is not always the person whose data it is.
pub(crate) fn to(endpoint: &Endpoint, settings: &Settings<'_>) -> Way {
    let way = Way::to(endpoint, &settings.environment);
    let has_roots = matches!(roots::named(settings, endpoint), Roots::File(_)) || has_moved_roots(settings);
    if endpoint.is_tls() && has_roots { way.without_proxy(Why::Roots) } else { way }
}

/// Whether the environment says where the system's roots are.
fn has_moved_roots(settings: &Settings<'_>) -> bool {
    READS_SYSTEM_ROOTS && SYSTEM_ROOTS.iter().any(|variable| settings.environment.var(variable).is_some())
}
