//! A host of plug-ins.

mod cli;
mod handle;

use aboveboard::Bounded;
use cli::{Cli, Colour, Command};
use handle::{EventOf, Telemetry};
use telemetry::events;

aboveboard::manifest!("plug-ins/telemetry.toml");

// Which events belong to whom.
impl EventOf<Red> for events::RedDrawn {}
impl EventOf<Blue> for events::BlueDrawn {}

/// What is plugged in.
trait PlugIn: Sized {
    fn draw(&self, shapes: u64, telemetry: &Telemetry<Self>) -> String;
}

struct Red;

impl PlugIn for Red {
    fn draw(&self, shapes: u64, telemetry: &Telemetry<Self>) -> String {
        telemetry.record(events::RedDrawn { shapes: Some(Bounded::clamped(shapes)) });
        format!("{shapes} in red")
    }
}

struct Blue;

impl PlugIn for Blue {
    fn draw(&self, shapes: u64, telemetry: &Telemetry<Self>) -> String {
        telemetry.record(events::BlueDrawn {});
        format!("{shapes} in blue")
    }
}

fn main() {
    let telemetry = aboveboard::cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let (cli, command) = telemetry.parse::<Cli>();
    command.run(|link| {
        let Command::Draw { colour, shapes } = cli.command;
        let drawn = match colour {
            Colour::Red => Red.draw(shapes, &Telemetry::new(&link)),
            Colour::Blue => Blue.draw(shapes, &Telemetry::new(&link)),
        };
        println!("{drawn}");
    });
}
