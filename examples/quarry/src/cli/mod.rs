//! The command line program.

mod args;
mod client;
mod config;
mod console;
mod init;
mod metadata;
mod migrate;
mod output;
mod program;
mod project;

pub use program::main;
