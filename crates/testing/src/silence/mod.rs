//! Off means nothing: a program is run under every way to opt out, and strace records what it does to the machine.

mod check;
mod opt_out;
mod own;
mod report;
mod trace;
mod watch;

pub use self::{
    check::Silence,
    opt_out::OptOut,
    report::{SilenceReport, SilenceRun},
    trace::{Effect, EffectKind},
    watch::{Watched, watch},
};
