//! Every way to turn it off: by what a person sets, and by what the product's own page tells people to do.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use harness::home::walk;
use harness::process::Process;
use harness::{mounted, until};
use serde_json::Value;

use super::installed::Hasura;
use crate::products::machine::Seal;

const VARIABLE: &str = "HASURA_GRAPHQL_ENABLE_TELEMETRY";

/// What somebody set, and what `status` names for it.
struct Off {
    variables: &'static [(&'static str, &'static str)],
    flag: Option<&'static str>,
    config: Option<&'static str>,
    because: &'static str,
}

const NOTHING: Off = Off { variables: &[], flag: None, config: None, because: "" };

const NO: Option<&str> = Some(r#"{"enable_telemetry": false}"#);

/// A no by each source, sources that disagree, and what cannot be read.
const WAYS: [Off; 10] = [
    Off { variables: &[(VARIABLE, "false")], because: "variable", ..NOTHING },
    Off { variables: &[("DO_NOT_TRACK", "1")], because: "do-not-track", ..NOTHING },
    Off { flag: Some("--enable-telemetry=false"), because: "flag", ..NOTHING },
    Off { config: NO, because: "config", ..NOTHING },
    Off {
        variables: &[(VARIABLE, "true")],
        flag: Some("--enable-telemetry=false"),
        because: "flag",
        ..NOTHING
    },
    Off {
        variables: &[(VARIABLE, "false")],
        flag: Some("--enable-telemetry"),
        because: "variable",
        ..NOTHING
    },
    Off {
        variables: &[(VARIABLE, "false")],
        config: Some(r#"{"enable_telemetry": true}"#),
        because: "variable",
        ..NOTHING
    },
    Off { variables: &[(VARIABLE, "perhaps")], because: "variable", ..NOTHING },
    Off { flag: Some("--enable-telemetry=perhaps"), because: "flag", ..NOTHING },
    Off { config: Some(r#"{"enable_telemetry": "#), because: "config", ..NOTHING },
];

fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut contents = Vec::new();
    walk(folder, &mut |file| contents.push((file.to_owned(), std::fs::read(file).unwrap_or_default())));
    contents.sort();
    contents
}

/// Checks that a status is off for a reason.
fn assert_off(status: &[u8], because: &str, way: &str) {
    let status: Value = serde_json::from_slice(status).expect("JSON");
    let told = (status["mode"].as_str(), status["because"].as_str());
    assert_eq!(told, (Some("off"), Some(because)), "{way}: {status}");
}

#[test]
fn row_04_the_command_line_program_is_off_by_variable_flag_or_file_and_says_which() {
    let Some(hasura) = Hasura::new(Seal::Release) else { return };
    let home = &hasura.machine.home;
    let config = home.path().join(".hasura/.config.json");
    std::fs::create_dir(config.parent().expect("a folder")).expect("a folder");
    for way in WAYS {
        hasura.succeeds(&["telemetry", "on"]);
        hasura.succeeds(&["version"]);
        if let Some(text) = way.config {
            std::fs::write(&config, text).expect("a file");
        }
        let name = format!("{:?} {:?} {:?}", way.variables, way.flag, way.config);
        let run = |words: &[&str]| {
            let mut command = hasura.cli(words);
            command.args(way.flag).envs(way.variables.iter().copied()).output().expect("it runs")
        };
        let before = contents(&hasura.cli_state());
        let output = run(&["version"]);
        home.await_end_of_programs();
        assert_eq!((output.status.code(), &*output.stderr), (Some(0), &b""[..]), "{name}: {output:?}");
        // What a person wrote is a decision and deletes; what silences one run, or cannot be read, touches nothing.
        let decided = way.config == NO;
        assert_eq!(contents(&hasura.cli_state()), if decided { Vec::new() } else { before }, "{name}");
        assert_off(&run(&["telemetry", "status", "--json"]).stdout, way.because, &name);
        let _ = std::fs::remove_file(&config);
    }
    assert_eq!(hasura.machine.proxy.connections(), 0);
}

#[test]
fn row_04_the_server_and_with_it_its_console_is_off_by_variable_or_flag_and_says_which() {
    let Some(hasura) = Hasura::new(Seal::Development) else { return };
    let host = &hasura.machine.host;
    for way in WAYS.iter().filter(|way| way.config.is_none()) {
        let name = format!("{:?} {:?}", way.variables, way.flag);
        let mut command = hasura.server(&[]);
        command.args(way.flag).envs(way.variables.iter().copied()).stderr(Stdio::piped());
        let mut server = Process::start(&mut command);
        let address = server.await_line("listening");
        until(&name, || {
            let answer = ureq::get(format!("{address}/v1/version")).call().expect("an answer");
            answer.headers().get("aboveboard-server").is_some_and(|link| link == "off").then_some(())
        });
        let config = ureq::get(format!("{address}/telemetry/config")).call();
        assert!(matches!(config, Err(ureq::Error::StatusCode(404))), "{name}: {config:?}");
        assert_eq!(server.terminate(), Some(0));
        host.await_end_of_programs();
        assert_eq!(server.errors(), "", "{name}");
        assert_eq!((contents(&host.path()), contents(&host.data())), (Vec::new(), Vec::new()), "{name}");
        let mut status = host.program(hasura.folder.join("aboveboard-agent"));
        status.arg("--manifest").arg(hasura.folder.join("telemetry.sealed"));
        status.args(["status", "--json", "--directory"]).arg(host.data());
        status.args(way.flag).envs(way.variables.iter().copied());
        assert_off(&status.output().expect("it runs").stdout, way.because, &name);
    }
    assert_eq!(hasura.machine.proxy.connections(), 0);
}

/// What the page of the product says below a heading, one way to turn it off after another.
fn instructions(heading: &str) -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/profiles/hasura.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let section = page.split("\n## ").find(|section| section.starts_with(heading)).expect("the section");
    section.lines().filter_map(|line| line.strip_prefix("- ")).map(str::to_owned).collect()
}

/// The programs by their names, in a shell.
fn shell(hasura: &Hasura, line: &str) -> Command {
    let mut bash = hasura.machine.home.program("bash");
    bash.args(["-c", line]).env("PATH", format!("{}:/usr/bin:/bin:/usr/sbin:/sbin", hasura.folder.display()));
    bash
}

/// Runs an instruction as it is written, with the program under it; `None` where this machine does not allow it.
fn obeys(hasura: &Hasura, instruction: &str, check: &str) -> Option<i32> {
    let spans: Vec<&str> = instruction.split('`').skip(1).step_by(2).collect();
    let words = instruction.split(" `").next().unwrap_or_default();
    let mut command = match (words, &spans[..]) {
        ("run", [line]) => shell(hasura, &format!("{line} && {check}")),
        ("start it with", [flag]) => shell(hasura, &format!("{check} {flag}")),
        ("set", [variable]) => shell(hasura, &format!("{variable} {check}")),
        ("write", [entry, file]) => {
            shell(hasura, &format!("mkdir -p $(dirname {file}) && echo '{{{entry}}}' > {file} && {check}"))
        }
        ("create the empty file", [file, ..]) => {
            let package = hasura.machine.given("package", "");
            std::fs::remove_file(&package).expect("an empty file");
            let made = shell(hasura, &format!("install -Dm644 /dev/null {}{file}", package.display()));
            hasura.machine.succeeds(&mut { made });
            let command = mounted(&hasura.machine.home, &shell(hasura, check), &package.join("etc"), "/etc");
            let output = { command }.output().expect("unshare runs");
            // Its relay looks at the file too.
            hasura.machine.home.await_end_of_programs();
            // The relay of the command looks at it too, and may be slower.
            hasura.machine.home.await_end_of_programs();
            std::fs::remove_dir_all(&package).expect("the package");
            let words = String::from_utf8_lossy(&output.stderr).into_owned();
            let must = std::env::var_os("ABOVEBOARD_MUST_RUN").is_some();
            return if words.contains("unshare:") && !must { None } else { output.status.code() };
        }
        other => panic!("the page says {other:?}, and no test knows what that does"),
    };
    command.output().expect("bash runs").status.code()
}

#[test]
fn row_12_every_instruction_of_the_products_page_turns_its_command_line_program_off() {
    let Some(hasura) = Hasura::new(Seal::Release) else { return };
    let instructions = instructions("How to turn it off: the command line program");
    assert!(instructions.len() >= 8, "{instructions:?}");
    let state = hasura.cli_state();
    for instruction in instructions {
        hasura.succeeds(&["telemetry", "on"]);
        hasura.succeeds(&["version"]);
        let before = contents(&state);
        assert!(!before.is_empty(), "nothing was recorded before: {instruction}");
        let Some(code) = obeys(&hasura, &instruction, "hasura telemetry status --check") else { continue };
        assert_eq!(code, 3, "{instruction}");
        assert_eq!(obeys(&hasura, &instruction, "hasura version"), Some(0), "{instruction}");
        hasura.machine.home.await_end_of_programs();
        // The page: the flag and the variables touch no file, everything else deletes what is not sent.
        let stays = instruction.starts_with("start it with") || instruction.starts_with("set ");
        assert_eq!(contents(&state), if stays { before } else { Vec::new() }, "{instruction}");
        let _ = std::fs::remove_dir_all(hasura.machine.home.path().join(".hasura"));
    }
    assert_eq!(hasura.machine.proxy.connections(), 0);
}
