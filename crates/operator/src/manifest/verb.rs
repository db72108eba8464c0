//! The verbs, and who does them.

use std::process::ExitCode;

use super::{check, commands, diff, generate, push, seal};

/// What a maintainer asks for.
#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    /// Checks a manifest: grammar, lints and last days
    Check(check::Options),
    /// Shows what a new revision collects that the old one did not, and whether users must be asked again
    Diff(diff::Options),
    /// Writes the disclosure page for users
    Disclose(generate::DiscloseOptions),
    /// Writes the types of a program, or of the pages of a console, in their language
    Types(generate::TypesOptions),
    /// Compares the declared commands with a program's, or writes them
    Commands(commands::Options),
    /// Writes the form that a program in another language carries, as a release or for its development
    Seal(seal::Options),
    /// Installs a revision in a running collector
    Push(push::Options),
    /// Prints the JSON schema of manifests, for editors
    Schema(generate::SchemaOptions),
}

pub(crate) fn run(verb: &Verb) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::Check(options) => check::run(options),
        Verb::Diff(options) => diff::run(options),
        Verb::Disclose(options) => generate::disclose(options),
        Verb::Types(options) => generate::types(options),
        Verb::Commands(options) => commands::run(options),
        Verb::Seal(options) => seal::run(options),
        Verb::Push(options) => push::run(options),
        Verb::Schema(options) => generate::schema(options),
    }
}
