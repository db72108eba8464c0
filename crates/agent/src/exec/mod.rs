//! `exec`: runs a program in another language as one command of its product.
//!
//! The program keeps its exit code, its signals, its streams and its terminal. Its arguments are handed on and
//! never recorded; what is recorded is the command that `--command` names, if the manifest declares it.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod portable;
#[cfg(target_os = "linux")]
mod start;
mod verb;

pub(crate) use verb::{Options, run};
