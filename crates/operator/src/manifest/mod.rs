//! `aboveboard manifest`: what maintainers do with a manifest. One file a verb.

mod check;
mod commands;
mod diff;
mod disclose;
mod push;
mod schema;
mod types;

use std::path::Path;
use std::process::ExitCode;

use aboveboard_manifest::{Manifest, Problem};
use anyhow::Context as _;

use crate::say;

/// One for each file beside this one.
#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    /// Checks a manifest: grammar, lints and last days
    Check(check::Options),
    /// Tells what a new revision collects that the old one did not, and whether users must be asked again
    Diff(diff::Options),
    /// Writes the page for users
    Disclose(disclose::Options),
    /// Writes the TypeScript types of the console
    Types(types::Options),
    /// Compares the declared commands with a program's, or writes them
    Commands(commands::Options),
    /// Installs a revision in a running collector
    Push(push::Options),
    /// Prints the JSON schema of manifests, for editors
    Schema(schema::Options),
}

pub(crate) fn run(verb: &Verb) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::Check(options) => check::run(options),
        Verb::Diff(options) => diff::run(options),
        Verb::Disclose(options) => disclose::run(options),
        Verb::Types(options) => types::run(options),
        Verb::Commands(options) => commands::run(options),
        Verb::Push(options) => push::run(options),
        Verb::Schema(options) => schema::run(options),
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

/// Reads a manifest; `None` after its problems were told.
fn load(file: &Path) -> anyhow::Result<Option<Manifest>> {
    match aboveboard_manifest::parse(&read(file)?, &file.display().to_string()) {
        Ok(manifest) => Ok(Some(manifest)),
        Err(problems) => {
            tell(&problems);
            Ok(None)
        }
    }
}

fn tell(problems: &[Problem]) {
    for problem in problems {
        say::word(&format!("{problem}\n"));
    }
}

/// Writes data to a file, or to stdout where none is named.
fn write(file: Option<&Path>, data: &str) -> anyhow::Result<()> {
    match file {
        Some(file) => std::fs::write(file, data).with_context(|| format!("cannot write {}", file.display())),
        None => {
            say::data(data.trim_end_matches('\n'));
            Ok(())
        }
    }
}
