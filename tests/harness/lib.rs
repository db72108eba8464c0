//! What the tests share: a home directory for the programs of a test, a clock, a collector process, a proxy that misbehaves on
//! request, and checks of what programs left on the machine.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a harness says what it expects by panicking, as a test does"
)]

pub mod clock;
pub mod collector;
pub mod crowd;
pub mod home;
pub mod machine;
pub mod mounts;
pub mod oracle;
pub mod process;
pub mod programs;
pub mod proxy;
pub mod waiting;

pub use mounts::mounted;
pub use programs::{binary, must_run, rounds};
pub use waiting::until;
