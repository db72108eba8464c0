//! How the command line of a program and that of its telemetry live together.
//!
//! The host's own tree reads every command line as it is, and what it accepts is the host's. Only what it rejects as unknown,
//! and the subcommand `telemetry` of a program that has subcommands, is looked at here. So a program accepts, rejects and
//! prints what it would without telemetry, but for the lines about telemetry at the end of its `--help`. The host's tree parses
//! once: which words are ours is found out by a copy of it that runs nothing of the host's.
//!
//! Builds with and without telemetry read by this one crate.
#![forbid(unsafe_code)]

mod exit;
mod help;
mod inert;
mod instrument;
mod level;
mod path;
mod program;
mod read;
mod switch;
mod tree;

pub use self::{
    exit::Exit,
    help::Texts,
    instrument::instrument,
    path::{Trees, command_paths, is_quiet},
    program::Program,
    read::{Parsed, Read, read, verb},
    switch::{Switch, enable_telemetry},
    tree::{NAME, command, file_of, verbs},
};
