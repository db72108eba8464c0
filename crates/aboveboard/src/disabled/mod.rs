//! The same API for builds without telemetry, in which it does nothing.
//!
//! Settings are taken and dropped, what records does nothing, and what asks learns that telemetry is off. What has no
//! place in a host (the verbs as a library, the transports) is not here. `tests/face/host.rs` calls everything that is, and
//! compiles against both builds; `tests/disabled.rs` proves that it leaves nothing out.

#[cfg(feature = "recorder")]
pub mod cli;
#[cfg(feature = "console")]
pub mod console;
#[cfg(feature = "server")]
pub mod server;
mod typed;

pub use typed::{AnyMeter, Meter, Timings};

/// Methods of a builder that take a setting and drop it.
#[cfg(any(feature = "recorder", feature = "server"))]
macro_rules! ignored_settings {
    ($($name:ident($($value:ty),*);)*) => {
        $(
            /// Does nothing in a build without telemetry.
            pub fn $name(self, $(_: $value),*) -> Self {
                self
            }
        )*
    };
}
#[cfg(any(feature = "recorder", feature = "server"))]
use ignored_settings;
