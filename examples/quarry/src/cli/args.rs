//! The command line.

use std::path::PathBuf;

const TELEMETRY: &str = "\
Telemetry:
  Each of these turns it off: --enable-telemetry=false, QUARRY_ENABLE_TELEMETRY=false, ENABLE_TELEMETRY=false or
  DO_NOT_TRACK=1 for one command; `quarry telemetry off`, or \"enable_telemetry\": false in
  $XDG_CONFIG_HOME/quarry/config.json, for good. `quarry telemetry status` shows what was decided and why.
  QUARRY_TELEMETRY_ENDPOINT       where it is sent instead, https only
  QUARRY_TELEMETRY_ALLOW_PRIVATE  `true` lets that be a private or loopback address, also by http
  QUARRY_TELEMETRY_PERIOD         seconds between two deliveries, in builds that are no release";

/// Manages the catalog of a Quarry server.
#[derive(clap::Parser)]
#[command(name = "quarry", version, after_long_help = TELEMETRY)]
pub(super) struct Cli {
    /// The server's address [env: QUARRY_ENDPOINT; default: the project's]
    #[arg(long, global = true, value_name = "URL")]
    pub(super) endpoint: Option<String>,
    /// The server's admin secret; better given as QUARRY_ADMIN_SECRET
    #[arg(long, global = true, value_name = "SECRET")]
    pub(super) admin_secret: Option<String>,
    /// The project's directory
    #[arg(long, global = true, value_name = "DIR", default_value = ".")]
    pub(super) project: PathBuf,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Makes a new project
    Init {
        /// Where; the directory is made
        directory: PathBuf,
    },
    /// Moves metadata between the project and the server
    Metadata {
        #[command(subcommand)]
        command: MetadataCommand,
    },
    /// Makes and applies migrations
    Migrate {
        #[command(subcommand)]
        command: MigrateCommand,
    },
    /// Serves the console on this machine until Ctrl-C
    Console {
        /// Port to serve on; 0 takes a free one
        #[arg(long, default_value_t = 9695)]
        port: u16,
    },
    /// Prints the versions of this program and of the server
    Version,
}

#[derive(clap::Subcommand)]
pub(super) enum MetadataCommand {
    /// Replaces the server's metadata by the project's
    Apply,
    /// Writes the server's metadata into the project
    Export,
    /// Untracks everything on the server
    Clear,
}

#[derive(clap::Subcommand)]
pub(super) enum MigrateCommand {
    /// Makes an empty migration
    Create {
        /// A few words, joined by `_`
        name: String,
    },
    /// Runs the migrations that the server has not seen, or reverts some
    Apply {
        /// The data source
        #[arg(long, default_value = "default")]
        source: String,
        /// Revert this many instead, newest first
        #[arg(long, value_name = "N")]
        down: Option<usize>,
    },
    /// Shows which migrations the server has seen
    Status {
        /// The data source
        #[arg(long, default_value = "default")]
        source: String,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_manifest_names_every_command() {
        assert_eq!(aboveboard::cli::command_paths(&Cli::command()), *crate::telemetry::PRODUCT.commands);
    }
}
