//! Product-usage telemetry that both sides can see. This is the crate that a program adds.
//!
//! A product declares in `telemetry.toml` what it may collect, and why. [`manifest!`] makes a typed API of that file, so
//! that what is not declared does not compile. An agent for each kind of program asks for consent, records, shows and
//! sends, and its user can read every byte before it leaves.
//!
//! # A command line program
//!
//! With the feature `cli`: `start` is the first line of `main`, because the program is also its own delivery helper.
//! `parse` works as clap's own and reads the switch `--enable-telemetry` and the verbs beside it: the subcommand
//! `telemetry`, or the flag `--telemetry=VERB` of a program without subcommands.
#![cfg_attr(
    all(feature = "telemetry", feature = "cli"),
    doc = include_str!("../docs/command-line.md")
)]
//!
//! # A server
//!
//! With the feature `server`: the agent is one task on the server's tokio runtime. `start` never fails; where telemetry is
//! off, the handle does nothing.
#![cfg_attr(
    all(feature = "telemetry", feature = "server"),
    doc = include_str!("../docs/server.md")
)]
//!
//! # A web console
//!
//! With the feature `console`: the server's router above already serves its console. A command line program that serves
//! a console gets the bridge from its link, as `link.console(port)`. The npm package `@aboveboard/console` is the page's
//! side.
#![cfg_attr(
    all(
        feature = "telemetry",
        feature = "cli",
        feature = "server",
        feature = "console",
        feature = "testing"
    ),
    doc = include_str!("../docs/adopter.md")
)]
//!
//! # Builds without telemetry
//!
//! The feature `telemetry` is on by default. A host forwards it as a feature of its own. Without it the same API does
//! nothing: no agent and no network crate is compiled, nothing is recorded, and no manifest is in the binary.
#![forbid(unsafe_code)]

#[cfg(feature = "testing")]
pub use aboveboard_testing::{self as testing, assert_silent};
pub use aboveboard_types::declaration::{Component, Declaration};
pub use aboveboard_types::typed::{Bounded, Counts, Record};
#[cfg(feature = "telemetry")]
pub use aboveboard_types::typed::{Meter, Timings};
pub use aboveboard_types::{declaration, event, id, outcome, value};

#[cfg(all(feature = "telemetry", feature = "recorder"))]
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
#[cfg(all(not(feature = "telemetry"), feature = "recorder"))]
pub use disabled::cli;
#[cfg(all(not(feature = "telemetry"), feature = "console"))]
pub use disabled::console;
#[cfg(all(not(feature = "telemetry"), feature = "server"))]
pub use disabled::server;
#[cfg(not(feature = "telemetry"))]
pub use disabled::{Meter, Timings};

/// Makes `pub mod telemetry` from a manifest, given by its path relative to the package's root:
/// `manifest!("telemetry.toml")`.
///
/// The module has these items:
///
/// - `PRODUCT`, the declaration that agents are started with,
/// - `Counts`, a struct with a field for each declared count,
/// - `TIMINGS` and `timings`, what the server measures of its requests,
/// - `events`, a struct for each declared event with an enum for each closed list,
/// - `commands` and `actions`, the declared names as constants.
///
/// The expansion depends on the manifest's text alone: no clock, no version control, no network. A change of the file
/// rebuilds the crate. An item whose `until` has passed still compiles; `aboveboard manifest check` fails on it.
///
/// # Errors
///
/// A manifest that cannot be read or does not pass is a compile error that lists every problem with its line and its
/// remedy.
///
/// # Example
///
/// ```
/// aboveboard::manifest!("examples/quarry.toml");
///
/// use telemetry::events::{StartFinished, start_finished::Provider};
///
/// # fn main() {
/// assert_eq!(telemetry::PRODUCT.product, "quarry");
/// let event = StartFinished {
///     // A text that the manifest does not list becomes `Other` and goes no further.
///     provider: Some(Provider::from_external("/home/alice/bin/podman")),
///     ..StartFinished::default()
/// };
/// assert_eq!(event.provider, Some(Provider::Other));
/// # }
/// ```
#[macro_export]
macro_rules! manifest {
    ($($path:tt)*) => {
        $crate::__private::typed_api! { $crate $($path)* }
    };
}

/// The declaration that `manifest!` writes.
#[cfg(feature = "telemetry")]
#[doc(hidden)]
#[macro_export]
macro_rules! __product {
    (embedded: $embedded:literal, declaration: { $($field:ident: $value:expr,)* }) => {
        $crate::Declaration::EMPTY
            .hash($crate::__private::hash_of($embedded))
            .text($crate::__private::text_of($embedded))
            $(.$field($value))*
    };
}

/// The declaration that `manifest!` writes: nothing of the manifest, since there is no telemetry.
#[cfg(not(feature = "telemetry"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __product {
    ($($of_the_manifest:tt)*) => {
        $crate::Declaration::EMPTY
    };
}

#[doc(hidden)]
pub mod __private;

#[cfg(test)]
mod tests;
