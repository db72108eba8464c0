//! The same API as an empty shell, for builds without telemetry.
//!
//! Settings are taken and dropped, what records does nothing, and what asks is told that telemetry is off. What
//! has no place in a host (the verbs as a library, the transports) is not here.

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "console")]
pub mod console;
#[cfg(feature = "server")]
pub mod server;

use std::borrow::Cow;

use crate::declaration::{Declaration, List, Policy, Text};

const BLANK: Text = Cow::Borrowed("");
const NONE: List<Text> = Cow::Borrowed(&[]);

/// A declaration that declares nothing.
pub const NOTHING: Declaration = Declaration {
    product: BLANK,
    name: BLANK,
    revision: 0,
    hash: BLANK,
    endpoint: BLANK,
    ingest_key: BLANK,
    controller: BLANK,
    policy_url: BLANK,
    retention: BLANK,
    family: BLANK,
    release: false,
    server: Policy::Off,
    cli: Policy::Off,
    app: Policy::Off,
    report_every: 0,
    counts: Cow::Borrowed(&[]),
    commands: NONE,
    actions: Cow::Borrowed(&[]),
    routes: NONE,
    events: Cow::Borrowed(&[]),
};
