//! `aboveboard collector`: what an operator does with a running collector, and with its data.

mod amend;
mod audit;
mod backup;
mod client;
mod clock;
mod cluster;
mod data_directory;
mod digest;
mod doctor;
mod erase;
mod export;
mod import;
mod migrate;
mod pause;
mod progress;
mod rebuild;
mod socket;
mod target;
mod token;
mod verb;
mod versions;

use data_directory::{configuration, place_of};
use progress::Progress;

pub(crate) use client::CollectorClient;
pub(crate) use data_directory::{DataDirectory, refused};
pub(crate) use target::{CollectorArguments, Target};
pub(crate) use verb::{Verb, run};
