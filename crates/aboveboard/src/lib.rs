//! Product-usage telemetry that both sides can see: the crate that adopters add.
//!
//! A product declares in `telemetry.toml` what it may collect; [`manifest!`] makes a typed API of it, and the
//! agents behind the features `server`, `cli` and `console` record, ask and deliver.
//!
//! The feature `telemetry` is on by default. A host forwards it as a feature of its own; without it the same API
//! is an empty shell: no agent and no network crate is compiled, nothing is recorded, and no manifest lies in the
//! binary.
#![forbid(unsafe_code)]

pub use aboveboard_macros::manifest;
#[cfg(feature = "testing")]
pub use aboveboard_testing::{self as testing, assert_silent};
pub use aboveboard_types::declaration::Declaration;
pub use aboveboard_types::typed::{Bounded, Counts, Record};
#[cfg(feature = "telemetry")]
pub use aboveboard_types::typed::{Meter, Timings};
pub use aboveboard_types::{declaration, event, id, value};

#[cfg(all(feature = "telemetry", feature = "cli"))]
pub use aboveboard_enabled::cli;
#[cfg(all(feature = "telemetry", feature = "console"))]
pub use aboveboard_enabled::console;
#[cfg(all(feature = "telemetry", feature = "server"))]
pub use aboveboard_enabled::server;

// Tests compare both builds, so theirs holds both.
#[cfg(any(test, not(feature = "telemetry")))]
#[cfg_attr(
    feature = "telemetry",
    allow(dead_code, unreachable_pub, unused_imports, reason = "only compared")
)]
mod disabled;
#[cfg(all(not(feature = "telemetry"), feature = "cli"))]
pub use disabled::cli;
#[cfg(all(not(feature = "telemetry"), feature = "console"))]
pub use disabled::console;
#[cfg(all(not(feature = "telemetry"), feature = "server"))]
pub use disabled::server;
#[cfg(not(feature = "telemetry"))]
pub use disabled::{Meter, Timings};

/// The declaration that `manifest!` writes.
#[cfg(feature = "telemetry")]
#[doc(hidden)]
#[macro_export]
macro_rules! __product {
    (embedded: $embedded:literal, declaration: { $($field:ident: $value:expr,)* }) => {
        $crate::Declaration { hash: $crate::__private::hash_of($embedded), $($field: $value,)* }
    };
}

/// The declaration that `manifest!` writes: nothing of the manifest, since there is no telemetry.
#[cfg(not(feature = "telemetry"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __product {
    ($($of_the_manifest:tt)*) => {
        $crate::__private::NOTHING
    };
}

#[doc(hidden)]
pub mod __private;

#[cfg(test)]
mod tests;
