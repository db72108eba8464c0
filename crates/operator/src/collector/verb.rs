//! The verbs, and who does them.

use std::process::ExitCode;

use super::{
    DataDirectory, audit, backup, clock, cluster, digest, doctor, erase, export, import, migrate, pause,
    rebuild, token, versions,
};

/// What an operator asks for.
#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    /// Prints what the page says of each product: health, numbers, what changed; as text, Markdown or HTML for mail
    Digest(digest::Options),
    /// Erases one installation and what still arrives from it, or what strangers sent, or an item
    Erase(erase::Options),
    /// Stops taking in an item of a product at once: an event, a command, a field, a count
    Pause(pause::Options),
    /// Takes a paused item in again
    Resume(pause::Options),
    /// Lists the paused items
    Paused(pause::ListOptions),
    /// Says that the collector's clock is right
    #[command(subcommand)]
    Clock(clock::Verb),
    /// Says which versions are shown by their names, and gives names to more
    #[command(subcommand)]
    Versions(versions::Verb),
    /// Says by its exit code whether the collector is ready: 0 if it is, 1 if not
    Healthcheck(doctor::HealthcheckOptions),
    /// Reads the whole database and says by its exit code whether it is sound: 0 if it is, 1 if not
    Doctor(doctor::DoctorOptions),
    /// Writes every event of a product as a line of CSV or JSON, for DuckDB and notebooks
    Export(export::Options),
    /// Imports a file that a user exported on a machine without a network; each batch counts once
    Import(import::Options),
    /// Who may read and operate the collector: makes, lists, rotates and revokes tokens
    #[command(subcommand)]
    Token(token::Verb),
    /// Prints who changed or took out what, the oldest line first
    Audit(audit::Options),
    /// Lists the collectors of a cluster, and up to when all that each took in is there
    Nodes(cluster::NodesOptions),
    /// Says that a collector of a cluster is gone for good, so that days are closed without waiting for it
    RetireNode(cluster::RetireNodeOptions),
    /// Says that a server of a cluster is gone for good, so that nothing waits for it to have what the others have
    RetireReplica(cluster::RetireReplicaOptions),
    /// Makes the key of a cluster, which all its collectors have
    Key(cluster::KeyOptions),
    /// Copies the database to a file; the collector may run meanwhile
    Backup(backup::BackupOptions),
    /// Replaces the database by a copy, or makes a data directory that was put back that of a new collector of a cluster; the
    /// collector must be stopped
    Restore(backup::RestoreOptions),
    /// Moves the database to a cluster, for good: every day of it, and every figure is compared; the collector must be stopped
    Migrate(migrate::Options),
    /// Computes the figures anew from the rows; the collector must be stopped
    Rebuild(DataDirectory),
    /// Makes a new database of the readable part of a damaged one; the collector must be stopped
    Repair(DataDirectory),
}

pub(crate) fn run(verb: &Verb) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::Digest(options) => digest::run(options),
        Verb::Erase(options) => erase::run(options),
        Verb::Pause(options) => pause::pause(options),
        Verb::Resume(options) => pause::resume(options),
        Verb::Paused(options) => pause::list(options),
        Verb::Clock(verb) => clock::run(verb),
        Verb::Versions(verb) => versions::run(verb),
        Verb::Healthcheck(options) => doctor::healthcheck(options),
        Verb::Doctor(options) => doctor::doctor(options),
        Verb::Export(options) => export::run(options),
        Verb::Import(options) => import::run(options),
        Verb::Token(verb) => token::run(verb),
        Verb::Audit(options) => audit::run(options),
        Verb::Nodes(options) => cluster::nodes(options),
        Verb::RetireNode(options) => cluster::retire_node(options),
        Verb::RetireReplica(options) => cluster::retire_replica(options),
        Verb::Key(options) => cluster::key(options),
        Verb::Backup(options) => backup::backup(options),
        Verb::Restore(options) => backup::restore(options),
        Verb::Migrate(options) => migrate::run(options),
        Verb::Rebuild(directory) => rebuild::rebuild(directory),
        Verb::Repair(directory) => rebuild::repair(directory),
    }
}
