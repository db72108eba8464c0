//! The verbs, and who does them.

use std::process::ExitCode;

use super::data_directory::DataDirectory;
use super::{backup, doctor, erase, export, healthcheck, import, rebuild, restore};

/// One for each file beside this one.
#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    /// Erases one installation and what still arrives from it, or everything synthetic
    Erase(erase::Options),
    /// Says by its exit code whether the collector is ready: 0 if it is, 1 if not
    Healthcheck(healthcheck::Options),
    /// Reads the whole database and says by its exit code whether it is sound: 0 if it is, 1 if not
    Doctor(doctor::Options),
    /// Writes every event of a product as a line of CSV or JSON, for DuckDB and notebooks
    Export(export::Options),
    /// Imports a file that a user exported on a machine without a network; each batch counts once
    Import(import::Options),
    /// Copies the database to a file; the collector may run meanwhile
    Backup(backup::Options),
    /// Replaces the database by a copy; the collector must be stopped
    Restore(restore::Options),
    /// Computes the figures anew from the rows; the collector must be stopped
    Rebuild(DataDirectory),
    /// Makes a new database of the readable part of a damaged one; the collector must be stopped
    Repair(DataDirectory),
}

pub(crate) fn run(verb: &Verb) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::Erase(options) => erase::run(options),
        Verb::Healthcheck(options) => healthcheck::run(options),
        Verb::Doctor(options) => doctor::run(options),
        Verb::Export(options) => export::run(options),
        Verb::Import(options) => import::run(options),
        Verb::Backup(options) => backup::run(options),
        Verb::Restore(options) => restore::run(options),
        Verb::Rebuild(directory) => rebuild::rebuild(directory),
        Verb::Repair(directory) => rebuild::repair(directory),
    }
}
