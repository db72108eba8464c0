//! What `manifest!` makes, without telemetry.

use std::fmt::Debug;
use std::time::Duration;

use aboveboard_types::declaration::Declaration;

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
