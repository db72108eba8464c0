//! The host's value parsers run as often as without telemetry, on the same values: some read standard input or make files.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use std::cell::RefCell;
use std::ffi::OsString;

use aboveboard_command_line::{Program, Read, Texts, read};
use clap::builder::{
    BoolValueParser, PossibleValuesParser, StringValueParser, TypedValueParser, ValueParser,
};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Command};

const TEXTS: Texts = Texts { switch: "SWITCH", verbs: "VERBS" };

thread_local! {
    /// What value parsers were run on.
    static RUNS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// A value parser that is seen, and rejects `bad`.
fn seen(value: &str) -> Result<String, String> {
    RUNS.with_borrow_mut(|runs| runs.push(value.to_owned()));
    if value == "bad" { Err("it is bad".to_owned()) } else { Ok(value.to_owned()) }
}

fn input() -> Arg {
    Arg::new("input").long("input").short('i').value_parser(seen)
}

fn words() -> Arg {
    Arg::new("words").num_args(0..).value_parser(seen)
}

/// What `work` runs value parsers on.
fn runs<T>(work: impl FnOnce() -> T) -> (T, Vec<String>) {
    RUNS.take();
    let outcome = work();
    (outcome, RUNS.take())
}

fn arguments(line: &str) -> Vec<OsString> {
    line.split(' ').map(OsString::from).collect()
}

fn called(tree: &Command, line: &str) -> (Result<Read, clap::Error>, Vec<String>) {
    let arguments = arguments(line);
    let program = Program::new(tree.clone(), arguments.first().map(|called| &**called));
    runs(|| read(&program, arguments, TEXTS))
}

/// The first of each pair reads as the second does without telemetry, by the same runs.
fn same(tree: &Command, lines: &[(&str, &str)]) {
    for (ours, hosts) in lines {
        let (host, expected) = runs(|| tree.clone().try_get_matches_from(arguments(hosts)));
        let (read, runs) = called(tree, ours);
        assert_eq!(runs, expected, "{ours}");
        match (read, host) {
            (Ok(Read::Command(parsed)), Ok(host)) => assert_eq!(parsed.matches, host, "{ours}"),
            (Err(error), Err(host)) if error.kind() == ErrorKind::DisplayHelp => {
                let host = host.to_string();
                assert!(error.to_string().starts_with(host.trim_end()), "{ours}: {error}");
            }
            (Err(error), Err(host)) => assert_eq!(error.to_string(), host.to_string(), "{ours}"),
            (read, host) => panic!("{ours}: {read:?}\nbut without telemetry: {host:?}"),
        }
    }
}

/// Lines that mean what they mean without telemetry.
fn unchanged(tree: &Command, lines: &[&str]) {
    let pairs: Vec<_> = lines.iter().map(|line| (*line, *line)).collect();
    same(tree, &pairs);
}

/// Lines that call a verb run nothing of the host's.
fn verbs(tree: &Command, lines: &[&str]) {
    for line in lines {
        let (read, runs) = called(tree, line);
        assert!(matches!(read, Ok(Read::Verb(..))), "{line}: {read:?}");
        assert!(runs.is_empty(), "{line}: {runs:?}");
    }
}

#[test]
fn of_a_program_without_subcommands() {
    let tree = Command::new("cat").version("1").arg(input()).arg(words());
    unchanged(
        &tree,
        &[
            "cat -i - a",
            "cat -i - telemetry",
            "cat -i - --help",
            "cat -i - -h",
            "cat -i - --version",
            "cat -i - --bogus --telemetry=off",
            "cat -i bad a",
            "cat -i - -- --telemetry=off --enable-telemetry=false",
        ],
    );
    same(
        &tree,
        &[
            ("cat -i - --enable-telemetry=false a", "cat -i - a"),
            ("cat --enable-telemetry -i - a --enable-telemetry=no telemetry", "cat -i - a telemetry"),
            ("cat -i bad --enable-telemetry a", "cat -i bad a"),
            ("cat -i - --enable-telemetry --help", "cat -i - --help"),
            ("cat -i - --enable-telemetry --bogus", "cat -i - --bogus"),
        ],
    );
    verbs(&tree, &["cat -i - --telemetry=off", "cat -i - a --enable-telemetry=no --telemetry status"]);
    let (program, runs) = runs(|| Program::new(tree, None).verbs(None));
    assert!(program.is_some() && runs.is_empty(), "{runs:?}");
}

#[test]
fn of_a_program_with_subcommands() {
    let tree = Command::new("prog")
        .infer_subcommands(true)
        .arg(Arg::new("config").long("config").global(true).value_parser(seen).default_value("none"))
        .arg(Arg::new("path").long("path").env("PATH").value_parser(seen))
        .arg(Arg::new("loud").long("loud").short('v').action(ArgAction::Count))
        .arg(
            Arg::new("strict")
                .long("strict")
                .action(ArgAction::SetTrue)
                .value_parser(BoolValueParser::new().map(|strict| (strict, seen("strict")))),
        )
        .subcommand(Command::new("search").arg(input()).arg(words().value_delimiter(',')))
        .subcommand(Command::new("telemetry-export").arg(input()));
    let tree = tree.mut_arg("path", |path| path.hide_env_values(true));
    let lines = [
        "prog search --input - telemetry",
        "prog --strict -vv search --input - telemetry,two",
        "prog search --input - --help",
        "prog help search",
        "prog help telemetry",
        "prog --config telemetry search",
        "prog telemetry --input x",
        "prog --config bad search telemetry",
        "prog --help",
    ];
    unchanged(&tree, &lines);
    same(
        &tree,
        &[
            ("prog search --input - --enable-telemetry=false a", "prog search --input - a"),
            ("prog -v --enable-telemetry=false -v search telemetry", "prog -vv search telemetry"),
            ("prog --strict --enable-telemetry search -i bad", "prog --strict search -i bad"),
        ],
    );
    let tree = tree.infer_subcommands(false);
    verbs(
        &tree,
        &[
            "prog --config a -v telemetry off",
            "prog --config a --enable-telemetry=no telemetry status --json",
        ],
    );
    let (read, runs) = called(&tree, "prog --config a help telemetry");
    assert!(read.is_err() && runs.is_empty(), "{runs:?}");
}

#[test]
fn of_arguments_between_which_the_switch_stands() {
    let files = Arg::new("files").long("files").num_args(1..).value_parser(seen);
    let tree = Command::new("x").arg(files).arg(Arg::new("place").value_parser(seen));
    let (read, runs) = called(&tree, "x --files a --enable-telemetry=false b");
    let Ok(Read::Command(parsed)) = read else { panic!("{read:?}") };
    assert_eq!(parsed.matches.get_one::<String>("place").unwrap(), "b");
    assert_eq!(runs, ["a", "b"]);
}

#[test]
fn of_commands_that_are_deferred() {
    let tree = Command::new("prog")
        .subcommand(Command::new("search").defer(|search| search.arg(input()).arg(words())))
        .subcommand(Command::new("list"));
    unchanged(&tree, &["prog search -i - telemetry", "prog search -i - --help", "prog search -i bad"]);
    same(&tree, &[("prog search -i - --enable-telemetry=false a", "prog search -i - a")]);
}

#[test]
fn of_plug_ins_applets_and_shells() {
    let search = || Command::new("search").arg(input()).arg(words());
    let plug_in = Command::new("cargo").bin_name("cargo").subcommand(search());
    unchanged(&plug_in, &["cargo-search search -i - telemetry", "cargo-search search -i - --help"]);
    same(&plug_in, &[("cargo-search search -i - --enable-telemetry=false a", "cargo-search search -i - a")]);
    verbs(&plug_in, &["cargo-search search -i - --telemetry=off"]);

    let applets = Command::new("box").multicall(true).subcommands([search(), Command::new("true")]);
    unchanged(&applets, &["search -i - telemetry", "search -i - --help"]);
    same(&applets, &[("search -i - --enable-telemetry=false a", "search -i - a")]);
    verbs(&applets, &["search -i - --telemetry=off"]);

    let shell = Command::new("shell").no_binary_name(true).subcommands([search(), Command::new("list")]);
    unchanged(&shell, &["search -i - telemetry", "search -i - --help"]);
    same(&shell, &[("search -i - --enable-telemetry=false a", "search -i - a")]);
}

#[test]
fn of_what_belongs_to_other_programs() {
    let rest = Arg::new("command").num_args(1..).trailing_var_arg(true).value_parser(seen);
    let open = Command::new("env").arg(input()).arg(rest.clone().allow_hyphen_values(true));
    unchanged(
        &open,
        &["env -i - ls --telemetry=off", "env --enable-telemetry=false ls", "env -i - telemetry"],
    );
    let closed = Command::new("time").arg(input()).arg(rest);
    same(
        &closed,
        &[(
            "time -i - --enable-telemetry ls --enable-telemetry=false",
            "time -i - ls --enable-telemetry=false",
        )],
    );
    let external = Command::new("multi").subcommand(Command::new("build")).arg(input());
    let external = external.external_subcommand_value_parser(ValueParser::from(seen));
    unchanged(&external, &["multi -i - foo telemetry --enable-telemetry=false", "multi -i - build"]);
    same(&external, &[("multi --enable-telemetry=false -i - foo a", "multi -i - foo a")]);
    verbs(&external, &["multi -i - telemetry off"]);
}

#[test]
fn of_names_that_are_the_hosts_own() {
    let own = Arg::new("mine").long("enable-telemetry").value_parser(seen).require_equals(true);
    let telemetry = Command::new("telemetry").arg(words());
    let tree = Command::new("x").arg(own).subcommands([telemetry, Command::new("run").arg(input())]);
    unchanged(
        &tree,
        &["x --enable-telemetry=off run -i -", "x telemetry off", "x run -i - --enable-telemetry=off"],
    );
}

/// What help says of values comes from their parsers.
#[test]
fn of_which_help_names_the_values() {
    let names = PossibleValuesParser::new(["red", "green"]).map(|name| seen(&name));
    let color = Arg::new("color").long("color").value_parser(names).default_value("red");
    let flag = Arg::new("sure").long("sure").value_parser(BoolValueParser::new());
    let text = Arg::new("text").value_parser(StringValueParser::new().try_map(|text| seen(&text)));
    let tree = Command::new("paint").args([color, flag, text]);
    unchanged(&tree, &["paint --color green --help", "paint --color green -h", "paint --color blue --help"]);
    same(&tree, &[("paint --color green --enable-telemetry=false x", "paint --color green x")]);
}
