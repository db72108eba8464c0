//! The program `quarry`: which command does what.

use std::process::ExitCode;

use aboveboard::cli::Link;
use anyhow::Context as _;

use super::{
    Cli, Client, Command, MetadataCommand, MigrateCommand, Project, UserConfig, console, metadata, migrate,
    output,
};
use crate::telemetry;

/// Runs the program `quarry`: 0 for success, 1 for a failure, 2 for wrong usage, 3 for a migration that failed.
#[must_use]
pub fn main() -> ExitCode {
    let telemetry = aboveboard::cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let (cli, command) = telemetry.config_with(UserConfig::enable_telemetry).parse::<Cli>();
    command.run(|link| finish(run(&cli, &link)))
}

fn finish(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => output::error(&error),
    }
}

fn run(cli: &Cli, link: &Link) -> anyhow::Result<()> {
    let config = UserConfig::read()?;
    let project = Project::at(&cli.project);
    let find = || Client::find(cli, link, &project, &config);
    let client = || find()?.context("no server: give --endpoint or run inside a project");
    match &cli.command {
        Command::Init { directory } => Project::init(directory),
        Command::Metadata { command } => match command {
            MetadataCommand::Apply => metadata::apply(&project, &client()?),
            MetadataCommand::Export => metadata::export(&project, &client()?),
            MetadataCommand::Clear => metadata::clear(&client()?),
        },
        Command::Migrate { command } => match command {
            MigrateCommand::Create { name } => migrate::create(&project, name),
            MigrateCommand::Apply { source, down } => {
                let ended = migrate::apply(&project, &client()?, source, *down)?;
                link.record(ended);
                Ok(())
            }
            MigrateCommand::Status { source } => migrate::status(&project, &client()?, source),
        },
        Command::Console { port } => console::run(&client()?, link, *port),
        Command::Version => version(find()?),
    }
}

/// Prints the program's version and, where a server is known, the server's.
fn version(client: Option<Client>) -> anyhow::Result<()> {
    output::result(&format!("quarry {}", env!("CARGO_PKG_VERSION")));
    if let Some(client) = client {
        let server: crate::server::Version = client.get("/v1/version")?;
        output::result(&format!("quarry-server {}", server.version));
    }
    Ok(())
}
