//! `doctor`: what keeps telemetry from working as decided, each with its place and its remedy.
//!
//! It looks and changes nothing. The collector is asked only where telemetry is on.

mod delivery;
mod files;
mod problem;
mod run;
mod sources;

pub(super) use self::problem::Problem;
pub(super) use self::run::run;
