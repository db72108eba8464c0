//! The command line program.

mod args;
mod client;
mod config;
mod console;
mod metadata;
mod migrate;
mod output;
mod program;
mod project;

use args::{Cli, Command, MetadataCommand, MigrateCommand};
use client::Client;
use config::UserConfig;
use project::{LocalMigration, Project};

pub use program::main;
