//! Programs of every shape accept, reject and print what they would without telemetry.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use std::ffi::OsString;

use aboveboard_command_line::{Program, Read, Texts, read};
use clap::error::Error;
use clap::{Arg, ArgAction, ArgMatches, Command};

const TEXTS: Texts = Texts { switch: "SWITCH", verbs: "VERBS" };

fn arguments(line: &str) -> Vec<OsString> {
    line.split(' ').map(OsString::from).collect()
}

fn program(tree: &Command, line: &str) -> Program {
    Program::new(tree.clone(), arguments(line).first().map(|called| &**called))
}

fn called(tree: &Command, line: &str) -> Result<Read, Error> {
    read(&program(tree, line), arguments(line), TEXTS)
}

/// What the host itself makes of a line.
fn without(tree: &Command, line: &str) -> Result<ArgMatches, Error> {
    tree.clone().try_get_matches_from(arguments(line))
}

/// Each line means what it means without telemetry, byte for byte.
fn unchanged(tree: &Command, lines: &[&str]) {
    for line in lines {
        match (without(tree, line), called(tree, line)) {
            (Ok(host), Ok(Read::Command(parsed))) => assert_eq!(parsed.matches, host, "{line}"),
            (Err(host), Err(error)) => {
                let host = host.render().ansi().to_string();
                let error = error.render().ansi().to_string();
                let (page, ours) =
                    error.split_once("\n\n\u{1b}[1m\u{1b}[4mTelemetry:").unwrap_or((&error, ""));
                assert_eq!(page.trim_end(), host.trim_end(), "{line}");
                assert!(ours.is_empty() || ours.ends_with('\n'), "{line}: {ours:?}");
            }
            (host, ours) => panic!("{line}: {host:?}\nbut with telemetry: {ours:?}"),
        }
    }
}

/// The words of the verb that a line calls, as `status`.
fn verb(tree: &Command, line: &str) -> String {
    match called(tree, line) {
        Ok(Read::Verb(matches, _)) => matches.subcommand_name().unwrap().to_owned(),
        other => panic!("{line}: {other:?}"),
    }
}

fn plain() -> Command {
    Command::new("grep")
        .version("1.0")
        .arg(Arg::new("pattern").required(true))
        .arg(Arg::new("file").num_args(0..))
}

#[test]
fn a_program_without_subcommands_keeps_every_word_for_itself() {
    let lines = [
        "grep help",
        "grep telemetry",
        "grep telemetry off",
        "grep help telemetry",
        "grep",
        "grep -h",
        "grep --help",
        "grep --version",
        "grep --telemtry=off x",
        "grep --enabel-telemetry x",
        "grep x -- --telemetry=off",
        "grep -- --enable-telemetry=false",
        "grep --bogus",
        "grep --bogus --telemetry=off",
    ];
    unchanged(&plain(), &lines);
    unchanged(&plain().arg_required_else_help(true), &lines);
    unchanged(&plain().disable_help_flag(true).next_help_heading("Mine").after_help("The end."), &lines);
    unchanged(
        &plain().after_long_help("The long end.").arg(Arg::new("color").long("color").short('c')),
        &lines,
    );
    assert_eq!(verb(&plain(), "grep --telemetry=off"), "off");
    assert_eq!(verb(&plain(), "grep --telemetry=status --check"), "status");
    assert_eq!(verb(&plain(), "grep --telemetry status --json"), "status");
    assert_eq!(verb(&plain(), "grep --enable-telemetry=false --telemetry=status"), "status");
    assert_eq!(program(&plain(), "/usr/bin/grep").verbs(None).as_deref(), Some("grep --telemetry="));
    let page = called(&plain(), "grep --telemetry=").unwrap_err().to_string();
    assert!(page.contains("error:"), "{page}");
    let page = called(&plain(), "grep --telemetry").unwrap_err().to_string();
    assert!(page.contains("Usage: grep --telemetry <COMMAND>"), "{page}");
}

#[test]
fn the_help_page_gains_our_lines_and_loses_nothing() {
    let page = |tree: &Command, line| called(tree, line).unwrap_err().to_string();
    let plain = plain();
    let own = without(&plain, "grep --help").unwrap_err().to_string();
    let expected = format!(
        "{own}\nTelemetry:\n  --telemetry=<VERB>            VERBS\n  --enable-telemetry[=<VALUE>]  SWITCH\n"
    );
    assert_eq!(page(&plain, "grep --help"), expected);
    let tree = Command::new("zo").subcommand(Command::new("add")).after_help("After.");
    let own = without(&tree, "zo -h").unwrap_err().to_string();
    let expected = format!(
        "{own}\nTelemetry:\n  zo telemetry <VERB>           VERBS\n  --enable-telemetry[=<VALUE>]  SWITCH\n"
    );
    for line in ["zo -h", "zo --help", "zo help"] {
        assert_eq!(page(&tree, line), expected, "{line}");
    }
    assert_eq!(page(&tree, "zo add --help"), without(&tree, "zo add --help").unwrap_err().to_string());
}

#[test]
fn a_wrapper_of_other_programs_keeps_what_it_hands_on() {
    let rest = Arg::new("command").num_args(1..).trailing_var_arg(true);
    let open = Command::new("env").arg(rest.clone().allow_hyphen_values(true));
    unchanged(
        &open,
        &["env --telemetry=off", "env ls --telemetry=off", "env --enable-telemetry=false ls", "env"],
    );
    assert_eq!(program(&open, "env").verbs(None), None);
    let closed =
        Command::new("time").arg(Arg::new("portable").short('p').action(ArgAction::SetTrue)).arg(rest);
    unchanged(
        &closed,
        &["time ls --telemetry=off", "time ls --enable-telemetry", "time -p telemetry off", "time"],
    );
    assert_eq!(verb(&closed, "time --telemetry=off"), "off");
    // What stands before is ours, and what stands behind belongs to the other program.
    let Ok(Read::Command(parsed)) = called(&closed, "time --enable-telemetry ls --enable-telemetry=false")
    else {
        panic!("it is a command")
    };
    let handed_on: Vec<_> = parsed.matches.get_raw("command").unwrap().collect();
    assert_eq!(handed_on, ["ls", "--enable-telemetry=false"]);
    assert_eq!(parsed.switch.given, ["true"]);
}

#[test]
fn a_program_with_subcommands_gets_one_more_and_its_own_names_mean_what_they_meant() {
    let tree = Command::new("tool")
        .propagate_version(true)
        .version("2")
        .infer_subcommands(true)
        .infer_long_args(true)
        .arg(Arg::new("encoding").long("encoding").global(true))
        .subcommand(Command::new("test").arg(Arg::new("name")))
        .subcommand(Command::new("list").visible_alias("ls"));
    let lines = [
        "tool",
        "tool t",
        "tool te",
        "tool test telemetry",
        "tool test -- telemetry",
        "tool l",
        "tool ls",
        "tool --en utf8 l",
        "tool help",
        "tool help test",
        "tool test --help",
        "tool help bogus",
        "tool bogus",
        "tool test --version",
        "tool telemetr",
        "tool list --enable-tele",
        "tool --telemetry=off",
    ];
    unchanged(&tree, &lines);
    unchanged(&tree.clone().subcommand_required(true).arg_required_else_help(true), &lines);
    unchanged(&tree.clone().flatten_help(true).disable_help_subcommand(true), &lines);
    for line in [
        "tool telemetry off --forget",
        "tool --encoding utf8 telemetry off",
        "tool telemetry --enable-telemetry=false off",
        "tool --enable-telemetry=false telemetry off",
    ] {
        assert_eq!(verb(&tree, line), "off", "{line}");
        assert_eq!(
            verb(&tree.clone().args_conflicts_with_subcommands(true), &line.replace("--encoding utf8 ", "")),
            "off"
        );
    }
    for line in ["tool help telemetry", "tool telemetry --help", "tool telemetry help", "tool telemetry"] {
        let page = called(&tree, line).unwrap_err().to_string();
        assert!(page.contains("Usage: tool telemetry <COMMAND>"), "{line}: {page}");
    }
    let page = called(&tree, "tool help telemetry status").unwrap_err().to_string();
    assert!(page.contains("Usage: tool telemetry status [OPTIONS]"), "{page}");
    assert_eq!(program(&tree, "tool").verbs(Some("my tool")).as_deref(), Some("my tool telemetry "));
}

#[test]
fn what_a_host_requires_is_not_required_of_a_verb() {
    let tree = Command::new("ovc").arg(Arg::new("model").required(true)).subcommand(Command::new("train"));
    unchanged(&tree, &["ovc", "ovc m", "ovc train", "ovc m train"]);
    assert_eq!(verb(&tree, "ovc telemetry on"), "on");
    assert_eq!(verb(&tree, "ovc m telemetry on"), "on");
}

#[test]
fn external_subcommands_stay_external() {
    let launcher = Command::new("multi").allow_external_subcommands(true);
    unchanged(
        &launcher,
        &[
            "multi telemetry off",
            "multi help",
            "multi foo --telemetry=off",
            "multi foo --enable-telemetry=false",
        ],
    );
    assert_eq!(verb(&launcher, "multi --telemetry=off"), "off");
    let cargo = Command::new("cargoo").allow_external_subcommands(true).subcommand(Command::new("build"));
    unchanged(
        &cargo,
        &["cargoo build", "cargoo foo telemetry", "cargoo foo --enable-telemetry=false", "cargoo help"],
    );
    assert_eq!(verb(&cargo, "cargoo telemetry off"), "off");
}

#[test]
fn a_plug_in_has_its_verbs_where_people_call_it() {
    let flat =
        Command::new("cargo").bin_name("cargo").subcommand(Command::new("fuzz").arg(Arg::new("target")));
    let lines = [
        "cargo-fuzz fuzz x",
        "cargo-fuzz fuzz telemetry",
        "cargo-fuzz telemetry",
        "cargo-fuzz fuzz help",
        "cargo-fuzz help",
    ];
    unchanged(&flat, &lines);
    assert_eq!(verb(&flat, "cargo-fuzz fuzz --telemetry=off"), "off");
    assert_eq!(program(&flat, "/bin/cargo-fuzz").verbs(None).as_deref(), Some("cargo fuzz --telemetry="));
    let page = called(&flat, "cargo-fuzz fuzz --help").unwrap_err().to_string();
    assert!(page.contains("  --telemetry=<VERB> "), "{page}");

    let fuzz = Command::new("fuzz").subcommand_required(true).subcommand(Command::new("run"));
    let deep = Command::new("kubectl").subcommand_required(true).subcommand(fuzz);
    unchanged(
        &deep,
        &["kubectl-fuzz fuzz run", "kubectl-fuzz telemetry off", "kubectl-fuzz fuzz help", "kubectl-fuzz"],
    );
    assert_eq!(verb(&deep, "kubectl-fuzz fuzz telemetry off"), "off");
    assert_eq!(program(&deep, "kubectl-fuzz").verbs(None).as_deref(), Some("kubectl fuzz telemetry "));
    let page = called(&deep, "kubectl-fuzz fuzz help telemetry").unwrap_err().to_string();
    assert!(page.contains("Usage: kubectl fuzz telemetry <COMMAND>"), "{page}");
}

#[test]
fn a_multicall_binary_has_its_flag_at_every_applet() {
    let applets = || [Command::new("true"), Command::new("echo").arg(Arg::new("words").num_args(0..))];
    let dispatcher = Command::new("busybox").arg_required_else_help(true).subcommands(applets());
    let tree = Command::new("busybox").multicall(true).subcommand(dispatcher).subcommands(applets());
    unchanged(
        &tree,
        &[
            "/bin/true",
            "echo telemetry off",
            "echo help",
            "busybox",
            "busybox echo x",
            "busybox telemetry",
            "telemetry",
            "telemetry off",
            "other",
            "echo --help",
            "true x",
            "busybox help",
            "busybox --help",
        ],
    );
    assert_eq!(verb(&tree, "/usr/bin/echo --telemetry=off"), "off");
    assert_eq!(verb(&tree, "busybox --telemetry=off"), "off");
    assert_eq!(program(&tree, "/usr/bin/echo").verbs(None).as_deref(), Some("echo --telemetry="));
    assert_eq!(program(&tree, "telemetry").verbs(None), None);
}

#[test]
fn a_name_that_the_host_has_is_the_hosts() {
    let verbs = Command::new("telemetry").alias("metrics").subcommand(Command::new("off"));
    let tree = Command::new("x").subcommand(verbs).subcommand(Command::new("run"));
    unchanged(&tree, &["x telemetry off", "x telemetry bogus", "x --telemetry=off", "x help telemetry"]);
    assert_eq!(program(&tree, "x").verbs(None), None);
    let aliased = Command::new("x").subcommand(Command::new("metrics").alias("telemetry"));
    unchanged(&aliased, &["x telemetry", "x metrics"]);
    let inferred = Command::new("x").infer_subcommands(true).subcommand(Command::new("telemetry-export"));
    unchanged(&inferred, &["x telemetry", "x t"]);
    let not_inferred = Command::new("x").subcommand(Command::new("telemetry-export"));
    assert_eq!(verb(&not_inferred, "x telemetry off"), "off");

    let flag = Command::new("y").arg(Arg::new("telemetry").long("telemetry").action(ArgAction::SetTrue));
    unchanged(&flag, &["y --telemetry", "y --telemetry=off", "y --help"]);
    assert_eq!(program(&flag, "y").verbs(None), None);
    let inferred = Command::new("y").infer_long_args(true).arg(Arg::new("level").long("telemetry-level"));
    unchanged(&inferred, &["y --telemetry off", "y --telemetry=off"]);
}

/// The host's own switch, of any type, and what its spellings say.
#[test]
fn the_hosts_own_switch_is_the_hosts_and_what_it_says_is_read() {
    let switch = |tree: &Command, line: &str| match called(tree, line) {
        Ok(Read::Command(parsed)) => (parsed.switch.given, parsed.switch.suspect, parsed.switch.loose),
        other => panic!("{line}: {other:?}"),
    };
    let own = |arg: Arg| Command::new("x").infer_long_args(true).arg(arg).subcommand(Command::new("run"));
    let long = || Arg::new("mine").long("enable-telemetry");
    let boolean = own(long().value_parser(clap::value_parser!(bool)).default_value("true").global(true));
    unchanged(
        &boolean,
        &[
            "x",
            "x --enable-telemetry false",
            "x --enable-telemetry",
            "x --enable-telemetry=maybe",
            "x --help",
        ],
    );
    for line in [
        "x --enable-telemetry false",
        "x --enable-telemetry=false",
        "x --enable-tel false",
        "x run --enable-telemetry false",
    ] {
        let (given, suspect, _) = switch(&boolean, line);
        assert!(given.is_empty() && suspect.iter().any(|word| word == "false"), "{line}: {suspect:?}");
    }
    assert_eq!(switch(&boolean, "x run"), Default::default(), "a default is no word of a person");

    let negative = own(long().action(ArgAction::SetFalse));
    assert_eq!(switch(&negative, "x --enable-telemetry").1.last().unwrap(), "false");
    let aliased = own(Arg::new("mine").long("usage").alias("enable-telemetry").action(ArgAction::Set));
    assert_eq!(switch(&aliased, "x --usage off").1, ["off"]);
    for name in ["no-telemetry", "no-enable-telemetry", "disable-telemetry"] {
        for action in [ArgAction::SetTrue, ArgAction::SetFalse, ArgAction::Count] {
            let refusing = own(Arg::new("mine").long(name).action(action));
            assert_eq!(switch(&refusing, &format!("x --{name}")).1, ["false"], "{name}");
            assert_eq!(switch(&refusing, "x"), Default::default());
        }
    }
    let word = own(Arg::new("mine").long("telemetry"));
    assert_eq!(switch(&word, "x --telemetry off").2, ["off"]);
    // In another place of the command line it is unknown, as it was.
    let at_the_root = own(long().action(ArgAction::SetTrue));
    unchanged(&at_the_root, &["x run --enable-telemetry", "x --enable-telemetry=true"]);
}

#[test]
fn our_switch_is_understood_anywhere_and_changes_nothing_else() {
    let tree = Command::new("quarry")
        .arg(Arg::new("files").long("files").num_args(1..))
        .arg(Arg::new("place"))
        .subcommand(
            Command::new("metadata")
                .subcommand(Command::new("apply").arg(Arg::new("message").long("message"))),
        );
    let values = |line: &str| match called(&tree, line) {
        Ok(Read::Command(mut parsed)) => {
            parsed.switch.given.dedup();
            (parsed.path, parsed.switch.given)
        }
        other => panic!("{line}: {other:?}"),
    };
    let apply = |values: &[&str]| {
        ("metadata apply".to_owned(), values.iter().map(OsString::from).collect::<Vec<_>>())
    };
    assert_eq!(values("quarry metadata apply"), apply(&[]));
    assert_eq!(values("quarry --enable-telemetry metadata apply"), apply(&["true"]));
    assert_eq!(values("quarry metadata apply --enable-telemetry"), apply(&["true"]));
    assert_eq!(values("quarry metadata --enable-telemetry=flase apply"), apply(&["flase"]));
    assert_eq!(values("quarry metadata apply --enable-telemetry= --enable-telemetry=no"), apply(&["", "no"]));
    assert_eq!(values("quarry metadata apply --message=--enable-telemetry"), apply(&[]));
    // Between two values it ends the option that takes several.
    let Ok(Read::Command(parsed)) = called(&tree, "quarry --files a --enable-telemetry=false b") else {
        panic!()
    };
    assert_eq!(parsed.matches.get_raw("place").unwrap().collect::<Vec<_>>(), ["b"]);
    assert_eq!(parsed.switch.suspect.first().unwrap(), "false");
    for tree in [
        tree.clone().args_conflicts_with_subcommands(true),
        tree.clone().arg(Arg::new("only").long("only").exclusive(true).action(ArgAction::SetTrue)),
    ] {
        assert!(matches!(called(&tree, "quarry --enable-telemetry=false metadata"), Ok(Read::Command(_))));
    }
}

/// A yes counts only where it is read as ours, and a no wherever it is written: what else it may be changes nothing.
#[test]
fn a_no_counts_wherever_it_is_written() {
    let rest = Arg::new("rest").num_args(0..).allow_hyphen_values(true).trailing_var_arg(true);
    let message = Arg::new("message").long("message").short('m').allow_hyphen_values(true);
    let search = Command::new("search").arg(rest.clone()).arg(message.clone());
    let flat = Command::new("x").arg(rest).arg(message);
    let deep = Command::new("x").subcommand(search);
    let external = Command::new("x").allow_external_subcommands(true);
    let said = |tree: &Command, line: &str| match called(tree, line) {
        Ok(Read::Command(parsed)) => parsed.switch,
        other => panic!("{line}: {other:?}"),
    };
    for (tree, before) in [(&flat, "x"), (&deep, "x search"), (&external, "x search")] {
        for between in [" --", " -- a", " a -- b", " -- --", " a"] {
            let line = |word: &str| format!("{before}{between} {word}");
            for value in ["false", "flase", "", "no"] {
                let line = line(&format!("--enable-telemetry={value}"));
                unchanged(tree, &[&line]);
                let switch = said(tree, &line);
                assert!(switch.given.is_empty(), "{line}: {switch:?}");
                assert_eq!(switch.suspect, [value], "{line}");
            }
            let switch = said(tree, &line("--enable-telemetry off"));
            assert_eq!(
                (switch.given.len(), &*switch.loose),
                (0, &[OsString::from("off")][..]),
                "{before}{between}"
            );
            assert!(said(tree, &line("--enable-telemetry=true")).given.is_empty(), "{before}{between}");
        }
    }
    for line in ["x -m --enable-telemetry=false", "x --message --enable-telemetry=false"] {
        assert_eq!(said(&flat, line).suspect, ["false"], "{line}");
    }
}

#[test]
fn a_command_line_without_the_name_of_a_program_is_read_from_its_first_word() {
    let shell = Command::new("repl").no_binary_name(true).subcommand(Command::new("list"));
    unchanged(&shell, &["list", "list --telemetry=off", "bogus", "help"]);
    assert_eq!(verb(&shell, "telemetry off"), "off");
    let Ok(Read::Command(parsed)) = called(&shell, "--enable-telemetry=false list") else { panic!() };
    assert_eq!((parsed.path.as_str(), parsed.switch.given), ("list", vec![OsString::from("false")]));
    let flat = Command::new("repl").no_binary_name(true).arg(Arg::new("words").num_args(0..));
    unchanged(&flat, &["telemetry off", "help"]);
    assert_eq!(verb(&flat, "--telemetry=off"), "off");
    assert_eq!(program(&flat, "telemetry").verbs(None).as_deref(), Some("repl --telemetry="));
}

#[test]
fn an_empty_command_line_is_the_hosts() {
    let tree = Command::new("x").subcommand(Command::new("run"));
    assert!(matches!(read(&Program::new(tree, None), Vec::new(), TEXTS), Ok(Read::Command(_))));
}
