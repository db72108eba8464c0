//! A host of plug-ins, as it was before telemetry.

mod cli;

use clap::Parser as _;
use cli::{Cli, Colour, Command};

/// What is plugged in.
trait PlugIn {
    fn draw(&self, shapes: u64) -> String;
}

struct Red;

impl PlugIn for Red {
    fn draw(&self, shapes: u64) -> String {
        format!("{shapes} in red")
    }
}

struct Blue;

impl PlugIn for Blue {
    fn draw(&self, shapes: u64) -> String {
        format!("{shapes} in blue")
    }
}

fn main() {
    let Command::Draw { colour, shapes } = Cli::parse().command;
    let drawn = match colour {
        Colour::Red => Red.draw(shapes),
        Colour::Blue => Blue.draw(shapes),
    };
    println!("{drawn}");
}
