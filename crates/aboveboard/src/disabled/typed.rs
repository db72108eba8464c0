//! What `manifest!` makes, without telemetry.

use std::borrow::Cow;
use std::fmt::Debug;
use std::time::Duration;

use aboveboard_types::declaration::{Declaration, List, Policy, Text};

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
    terms: BLANK,
    family: BLANK,
    release: false,
    server: Policy::Off,
    cli: Policy::Off,
    app: Policy::Off,
    report_every: 0,
    commands_until: u32::MAX,
    console_until: u32::MAX,
    counts: Cow::Borrowed(&[]),
    timings: Cow::Borrowed(&[]),
    commands: NONE,
    actions: Cow::Borrowed(&[]),
    routes: NONE,
    events: Cow::Borrowed(&[]),
};

/// The numbers of one timing, without telemetry: none.
#[derive(Debug)]
pub struct Meter<const CELLS: usize, const TIMES: usize>(());

impl<const CELLS: usize, const TIMES: usize> Meter<CELLS, TIMES> {
    /// Counts nothing.
    #[must_use]
    pub const fn new(_edges: &'static [u64]) -> Self {
        Self(())
    }

    /// Drops the times.
    pub fn record(&self, _kind: usize, _times: [Duration; TIMES]) {}
}

/// The numbers of a timing, whatever its size.
pub type AnyMeter = dyn Debug + Sync;

/// Every timing of a product, without telemetry: none.
#[derive(Debug)]
pub struct Timings(());

impl Timings {
    /// Takes nothing.
    #[must_use]
    pub const fn new(
        _declaration: &'static Declaration,
        _meters: &'static [(&'static str, &'static AnyMeter)],
    ) -> Self {
        Self(())
    }
}
