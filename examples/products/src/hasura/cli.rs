//! The CLI: commands that talk to the server.

use std::process::ExitCode;

use aboveboard::cli::Link;

use super::telemetry;

/// Manages the metadata of a server.
#[derive(clap::Parser)]
#[command(name = "hasura", version)]
struct Cli {
    /// The server's address
    #[arg(long, global = true, default_value = "http://127.0.0.1:8080")]
    endpoint: String,
    /// The server's admin secret
    #[arg(long, global = true)]
    admin_secret: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Moves metadata to the server
    #[command(subcommand)]
    Metadata(Metadata),
    /// Applies everything in a project
    Deploy {
        /// The project
        project: Option<String>,
    },
}

#[derive(clap::Subcommand)]
enum Metadata {
    /// Applies the project's metadata
    #[command(alias = "a")]
    Apply,
    /// Shows the difference
    Diff {
        /// Two files
        files: Vec<String>,
    },
}

pub(crate) fn main() -> ExitCode {
    let telemetry = aboveboard::cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let (cli, command) = telemetry.parse::<Cli>();
    match command.run(|link| run(&cli, &link)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            crate::output::error(&format!("hasura: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli, link: &Link) -> anyhow::Result<()> {
    match &cli.command {
        Command::Metadata(Metadata::Apply) => reach(cli, link),
        Command::Metadata(Metadata::Diff { files }) => {
            anyhow::ensure!(files.len() == 2, "cannot compare {}", files.join(" with "));
            reach(cli, link)
        }
        Command::Deploy { project } => {
            anyhow::ensure!(project.is_none(), "no project at {}", project.as_deref().unwrap_or_default());
            reach(cli, link)
        }
    }
}

fn reach(cli: &Cli, link: &Link) -> anyhow::Result<()> {
    let secret = cli.admin_secret.as_deref().unwrap_or_default();
    let answer =
        ureq::get(format!("{}/v1/version", cli.endpoint)).header("x-hasura-admin-secret", secret).call()?;
    link.headers(answer.headers());
    Ok(())
}
