//! `exec`: runs a program in another language as one command of its product.
//!
//! The program keeps its exit code, its signals, its streams and its terminal. Its arguments are handed on and
//! never recorded; what is recorded is the command that `--command` names, if the manifest declares it.

#[cfg(target_os = "linux")]
mod environment;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod not_started;
#[cfg(target_os = "linux")]
mod own_pid;
#[cfg(not(target_os = "linux"))]
mod portable;
#[cfg(target_os = "linux")]
mod start;
mod verb;

pub(crate) use verb::{Options, run};

#[cfg(target_os = "linux")]
pub use own_pid::become_program_if_called;
#[cfg(not(target_os = "linux"))]
pub use portable::become_program_if_called;
