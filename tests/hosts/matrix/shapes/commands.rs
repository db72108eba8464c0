//! Programs whose command line is a clap tree with subcommands.

use crate::line::{line, usage};
use crate::shape::Shape;

#[test]
fn subcommands_by_derive() {
    Shape {
        name: "derive",
        program: "derive",
        plain: env!("CARGO_BIN_EXE_hosts-derive-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-derive"),
        lines: vec![
            line(&["list"]),
            line(&["add", "write the tests"]),
            line(&["new", "run them", "--verbose"]),
            line(&["-v", "list"]),
            line(&["remote", "set", "ssh://example.org/list"]),
            line(&["remote", "show"]),
            line(&["add", "--", "--enable-telemetry"]),
            line(&["add", "--", "--enable-telemetry=false"]),
            line(&["list"]).called("another-name"),
            line(&["--version"]),
            line(&["-V"]),
            line(&[]),
            usage(&["--help"]),
            line(&["help", "add"]),
            line(&["add", "--help"]),
            line(&["remote"]),
            line(&["add"]),
            line(&["add", "one", "two"]),
            line(&["frobnicate"]),
            line(&["lis"]),
            line(&["list", "--wrong"]),
            usage(&["telemetry"]),
        ],
        recorded: &["add", "add", "add", "list", "list", "list failed", "remote set", "remote show"],
    }
    .hold();
}

#[test]
fn value_parsers_that_read_and_make_files() {
    let input = "one telemetry\ntwo\n";
    Shape {
        name: "reading",
        program: "reading",
        plain: env!("CARGO_BIN_EXE_hosts-reading-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-reading"),
        lines: vec![
            line(&["--input", "-", "count"]).input(input),
            line(&["search", "--input", "-", "telemetry"]).input(input),
            line(&["search", "telemetry", "--keep", "first", "--input", "-"]).input(input),
            line(&["search", "telemetry", "--keep", "first"]),
            line(&["search", "--input", "-", "two", "--keep", "second"])
                .input(input)
                .ours(&["--enable-telemetry=false"]),
            line(&["search", "--keep", "third", "two", "--wrong"]).ours(&["--enable-telemetry=false"]),
            line(&["search", "--keep", "fourth", "--help"]),
            usage(&["--input", "-", "--help", "telemetry"]).input(input),
        ],
        recorded: &["count", "search", "search"],
    }
    .hold();
}

#[test]
fn subcommands_by_the_builder() {
    Shape {
        name: "builder",
        program: "builder",
        plain: env!("CARGO_BIN_EXE_hosts-builder-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-builder"),
        lines: vec![
            line(&["ls"]),
            line(&["add", "write the tests", "-v"]),
            line(&["list"]),
            line(&["remote", "set", "ssh://example.org/list"]),
            line(&["-v", "remote", "show"]),
            line(&["--version"]),
            line(&[]),
            usage(&["--help"]),
            line(&["help", "remote"]),
            line(&["remote"]),
            line(&["add"]),
            line(&["frobnicate"]),
            usage(&["telemetry"]),
        ],
        recorded: &["add", "list", "list failed", "remote set", "remote show"],
    }
    .hold();
}

#[test]
fn subcommands_beside_external_ones() {
    Shape {
        name: "external",
        program: "external",
        plain: env!("CARGO_BIN_EXE_hosts-external-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-external"),
        lines: vec![
            line(&["status"]),
            line(&["frobnicate"]),
            line(&["frobnicate", "--enable-telemetry=false", "-x"]),
            line(&["frobnicate", "help"]),
            line(&["--", "frobnicate"]),
            line(&["--version"]),
            line(&[]),
            usage(&["--help"]),
            usage(&["telemetry"]),
            line(&["help", "status"]),
            line(&["--wrong"]),
        ],
        recorded: &["status"],
    }
    .hold();
}

#[test]
fn subcommands_that_may_be_cut_short() {
    Shape {
        name: "inferred",
        program: "inferred",
        plain: env!("CARGO_BIN_EXE_hosts-inferred-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-inferred"),
        lines: vec![
            line(&["start"]),
            line(&["s"]),
            line(&["sta"]),
            line(&["t"]),
            line(&["te"]),
            line(&["tel"]),
            line(&["tell", "tales"]),
            line(&["--version"]),
            usage(&["--help"]),
            usage(&["telemetry"]),
            line(&["x"]),
            line(&["start", "now"]),
        ],
        recorded: &["start", "start", "start", "tell", "tell", "tell", "tell"],
    }
    .hold();
}

#[test]
fn arguments_or_a_subcommand() {
    Shape {
        name: "conflicts",
        program: "conflicts",
        plain: env!("CARGO_BIN_EXE_hosts-conflicts-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-conflicts"),
        lines: vec![
            line(&[]),
            line(&["here"]),
            line(&["--here", "there"]),
            line(&["show"]),
            line(&["there", "show"]),
            line(&["--version"]),
            line(&["--here", "show"]),
            usage(&["--help"]),
            line(&["show", "there"]),
            line(&["--wrong"]),
            usage(&["help"]),
            usage(&["telemetry"]),
        ],
        recorded: &["conflicts", "conflicts", "conflicts", "conflicts", "show"],
    }
    .hold();
}

#[test]
fn a_subcommand_telemetry_of_its_own() {
    Shape {
        name: "own-verbs",
        program: "own-verbs",
        plain: env!("CARGO_BIN_EXE_hosts-own-verbs-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-own-verbs"),
        lines: vec![
            line(&["telemetry", "disable"]),
            line(&["list"]),
            line(&["telemetry", "enable"]),
            line(&["list"]),
            line(&["telemetry", "enable"]),
            line(&["telemetry", "disable", "--help"]),
            line(&["telemetry", "status"]),
            line(&["--version"]),
            line(&[]),
            usage(&["--help"]),
            line(&["telemetry"]),
            line(&["help", "telemetry"]),
        ],
        recorded: &["list", "telemetry enable"],
    }
    .hold();
}

#[test]
fn a_switch_of_its_own() {
    Shape {
        name: "own-switch",
        program: "own-switch",
        plain: env!("CARGO_BIN_EXE_hosts-own-switch-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-own-switch"),
        lines: vec![
            line(&["list"]),
            line(&["list", "--enable-telemetry", "false"]),
            line(&["--enable-telemetry=false", "list"]),
            line(&["--version"]),
            usage(&["--help"]),
            line(&["list", "--enable-telemetry", "off"]),
            line(&["list", "--enable-telemetry"]),
            usage(&["telemetry"]),
        ],
        recorded: &["list"],
    }
    .hold();
}

#[test]
fn completions_and_man_pages() {
    Shape {
        name: "papers",
        program: "papers",
        plain: env!("CARGO_BIN_EXE_hosts-papers-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-papers"),
        lines: vec![line(&["list"]), usage(&["completions", "fish"]), usage(&["man"])],
        recorded: &["completions", "list", "man"],
    }
    .hold();
}

#[test]
fn two_programs_of_one_manifest() {
    Shape {
        name: "several/fetch",
        program: "fetch",
        plain: env!("CARGO_BIN_EXE_hosts-fetch-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-fetch"),
        lines: vec![line(&["now"]), line(&["later"]), usage(&["--help"]), usage(&["telemetry"])],
        recorded: &["later", "now"],
    }
    .hold();
    Shape {
        name: "several/show",
        program: "show",
        plain: env!("CARGO_BIN_EXE_hosts-show-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-show"),
        lines: vec![line(&[]), line(&["--all"]), line(&["telemetry"]), usage(&["--help"]), line(&["help"])],
        recorded: &["show", "show"],
    }
    .hold();
}

#[test]
fn plug_ins_with_events_of_their_own() {
    Shape {
        name: "plug-ins",
        program: "plug-ins",
        plain: env!("CARGO_BIN_EXE_hosts-plug-ins-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-plug-ins"),
        lines: vec![line(&["draw", "red", "3"]), line(&["draw", "blue", "4"]), line(&["draw", "green", "1"])],
        recorded: &["blue-drawn", "draw", "draw", "red-drawn"],
    }
    .hold();
}
