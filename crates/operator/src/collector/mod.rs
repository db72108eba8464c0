//! `aboveboard collector`: what an operator does with a running collector, and with its data.

mod backup;
mod client;
mod data_directory;
mod doctor;
mod erase;
mod export;
mod import;
mod progress;
mod rebuild;
mod target;
mod verb;

pub(crate) use client::CollectorClient;
pub(crate) use verb::{Verb, run};
