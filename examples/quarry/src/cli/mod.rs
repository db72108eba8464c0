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

pub use program::main;
