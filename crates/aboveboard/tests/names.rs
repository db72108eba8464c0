//! Every name that clap accepts for a command can be declared, recorded and taken in, and one line of test holds them equal.
#![cfg(all(feature = "telemetry", feature = "cli"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use aboveboard::declaration::Component;
use aboveboard::event::{Ending, Event, EventKind};
use aboveboard::id::Id;
use aboveboard_types::encode;
use clap::Command;

aboveboard::manifest!("../manifest/tests/fixtures/names.toml");

/// A program that may run without a subcommand, and has some of every name.
fn names() -> Command {
    Command::new("names")
        .subcommand(Command::new("Build").subcommand(Command::new("Sub_2")))
        .subcommand(Command::new("db").subcommand_required(true).subcommand(Command::new("migrate")))
        .subcommands(["7z", "__complete", "build", "db:migrate", "g++", "v1.2"].map(Command::new))
}

/// A program without subcommands.
fn admin() -> Command {
    Command::new("names-admin").arg(clap::Arg::new("file"))
}

#[test]
fn the_declared_commands_are_those_of_both_programs() {
    assert_eq!(telemetry::PRODUCT.commands, aboveboard::cli::command_paths(&[names(), admin()]));
}

#[test]
fn each_of_them_is_a_constant_of_its_own() {
    use telemetry::commands::{__COMPLETE, _7Z, BUILD, BUILD_, DB_MIGRATE, DB_MIGRATE_, G__, V1_2};
    assert_eq!([_7Z, BUILD, __COMPLETE, BUILD_], ["7z", "Build", "__complete", "build"]);
    assert_eq!([DB_MIGRATE, DB_MIGRATE_, G__, V1_2], ["db migrate", "db:migrate", "g++", "v1.2"]);
}

#[test]
fn each_of_them_passes_the_check_at_ingest() {
    for command in telemetry::PRODUCT.commands.iter() {
        let kind = EventKind::Command(aboveboard::event::Command {
            command,
            run: Id::from_random([7; 16]),
            ending: Ending::Success,
            server: None,
            server_version: None,
        });
        let event = Event { time: 7, kind };
        let mut json = String::new();
        encode::push_event(&mut json, &event);
        let read: aboveboard_wire::WireEvent<'_> = serde_json::from_str(&json).unwrap();
        assert_eq!(read.check(Component::Cli, &telemetry::PRODUCT).unwrap(), event, "{json}");
    }
}
