//! The program itself, which knows nothing of telemetry.

use clap::{Parser, Subcommand, ValueEnum};

/// Draws with what is plugged in
#[derive(Parser)]
#[command(name = "plug-ins", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Draw
    Draw { colour: Colour, shapes: u64 },
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Colour {
    Red,
    Blue,
}
