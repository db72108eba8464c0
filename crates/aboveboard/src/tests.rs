//! What both builds must say in the same words.
#![cfg(all(feature = "telemetry", feature = "cli"))]

use clap::Command;

use crate::{cli, disabled};

#[test]
fn both_builds_add_the_same_switch_and_report_the_same_command_paths() {
    let enabled = cli::enable_telemetry().help("");
    let without = disabled::cli::enable_telemetry().help("");
    assert_eq!(format!("{enabled:?}"), format!("{without:?}"));
    let migrate = Command::new("migrate").subcommand(Command::new("status"));
    let metadata = Command::new("metadata").subcommand_required(true).subcommand(Command::new("apply"));
    let own = [Command::new("telemetry").subcommand(Command::new("on")), Command::new("help")];
    let tree = Command::new("quarry").subcommand(migrate).subcommand(metadata).subcommands(own);
    assert_eq!(cli::command_paths(&tree), ["metadata apply", "migrate", "migrate status"]);
    assert_eq!(cli::command_paths(&tree), disabled::cli::command_paths(&tree));
}
