//! What both builds must say in the same words.
#![cfg(all(feature = "telemetry", feature = "cli"))]

use clap::Command;

use crate::{cli, disabled};

/// Everything that a tree accepts, without what it says of it.
fn accepts(tree: &Command) -> String {
    let arguments = tree.get_arguments().map(|arg| format!("{:?}", arg.clone().help("")));
    let inner = tree.get_subcommands().map(|inner| format!("{}{{{}}}", inner.get_name(), accepts(inner)));
    arguments.chain(inner).collect()
}

#[test]
fn both_builds_add_the_same_to_a_tree() {
    let plain = || Command::new("rg").arg(clap::Arg::new("pattern"));
    let deep =
        || Command::new("quarry").subcommand(Command::new("migrate").subcommand(Command::new("status")));
    for tree in [plain, deep] {
        let enabled = accepts(&cli::instrument(tree()));
        assert_eq!(enabled, accepts(&disabled::cli::instrument(tree())));
        assert!(enabled.contains("enable-telemetry"), "{enabled}");
    }
}
