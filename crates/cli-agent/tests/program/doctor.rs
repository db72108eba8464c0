//! What the doctor finds, of what is put in its way.

use aboveboard_types::possession::{Possession, Purpose};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use super::collector::{Answer, Collector};
use super::tool::{CLOSED, Home};

/// The names of what it finds.
fn found(home: &Home, endpoint: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let mut command = home.tool(endpoint);
    let output =
        command.args(["telemetry", "doctor", "--json"]).envs(variables.iter().copied()).output().unwrap();
    let list: serde_json::Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let list = list.as_array().unwrap().clone();
    assert_eq!(output.status.code(), Some(i32::from(!list.is_empty())));
    for problem in &list {
        for key in ["what", "place", "remedy"] {
            assert!(!problem[key].as_str().unwrap().is_empty(), "{problem}");
        }
    }
    list.iter().map(|problem| problem["name"].as_str().unwrap().to_owned()).collect()
}

fn consenting(endpoint: &str) -> Home {
    let home = Home::new();
    home.verb(endpoint, &["on"]);
    home.run(endpoint, &["good"]);
    home
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn every_fault_that_was_put_there_is_found_and_explained() {
    let collector = Collector::start(Answer::Receipt);
    let endpoint = &*collector.endpoint;
    let expect = |name: &str, home: &Home, endpoint: &str, variables: &[(&str, &str)]| {
        let found = found(home, endpoint, variables);
        assert!(found.iter().any(|known| known == name), "{name} is not among {found:?}");
    };

    expect("connect", &consenting(CLOSED), CLOSED, &[]);
    // What answers to a question with a receipt is no collector.
    expect("no-collector", &consenting(endpoint), endpoint, &[]);
    // Neither is a page of a portal, whatever its status.
    let portal = Collector::start(Answer::Page(404));
    expect("no-collector", &consenting(&portal.endpoint), &portal.endpoint, &[]);
    let missing = Collector::start(Answer::Refusal(404, "not-found"));
    expect("unknown-product", &consenting(&missing.endpoint), &missing.endpoint, &[]);
    expect(
        "private-address",
        &consenting("http://localhost:9"),
        "https://localhost:9",
        &[("TOOL_TELEMETRY_ALLOW_PRIVATE", "false"), ("TOOL_ENABLE_TELEMETRY", "true")],
    );
    expect("resolve", &consenting("https://nowhere.invalid"), "https://nowhere.invalid", &[]);
    expect("other-endpoint", &consenting(endpoint), CLOSED, &[]);
    expect("endpoint", &Home::new(), "ftp://example.org", &[]);
    expect("unreadable", &Home::new(), endpoint, &[("TOOL_ENABLE_TELEMETRY", "flase")]);
    expect("no-place", &Home::new(), endpoint, &[("HOME", "relative")]);

    let home = consenting(endpoint);
    fs::write(home.path().join(".config/tool/consent"), "answer=perhaps\n").unwrap();
    expect("unreadable", &home, endpoint, &[]);

    let home = consenting(endpoint);
    for directory in ["", "spool"] {
        mode(&home.state().join(directory), 0o777);
        expect("permissions", &home, endpoint, &[]);
        mode(&home.state().join(directory), 0o755);
    }
    assert!(!found(&home, endpoint, &[]).contains(&"permissions".to_owned()), "what it says is enough");
    let elsewhere = home.path().join("repo/tool/telemetry");
    fs::create_dir_all(&elsewhere).unwrap();
    let variable = home.path().join("repo");
    expect("permissions", &home, endpoint, &[("XDG_STATE_HOME", variable.to_str().unwrap())]);

    let home = consenting(endpoint);
    fs::write(home.state().join("secret"), "short").unwrap();
    expect("secret", &home, endpoint, &[]);

    let home = consenting(endpoint);
    fs::create_dir_all(home.state().join("refused")).unwrap();
    fs::write(home.state().join("refused/notes.txt"), "").unwrap();
    assert!(!found(&home, endpoint, &[]).contains(&"refused".to_owned()), "that is none of ours");
    let rejected = format!("refused/{}.403.json", Possession::of(&[1; 32], "tool", "127.0.0.1").id());
    fs::write(home.state().join(rejected), "").unwrap();
    expect("refused", &home, endpoint, &[]);

    for shared in [".local/state", ".local/state/tool", ".config", ".config/tool"] {
        let home = consenting(endpoint);
        mode(&home.path().join(shared), 0o777);
        expect("permissions", &home, endpoint, &[]);
        assert!(!found(&home, endpoint, &[]).contains(&"unreadable".to_owned()), "the answer is well");
    }

    let home = consenting(endpoint);
    fs::rename(home.path().join(".local/state/tool"), home.path().join("elsewhere")).unwrap();
    symlink("../../elsewhere", home.path().join(".local/state/tool")).unwrap();
    expect("link", &home, endpoint, &[]);

    let home = consenting(endpoint);
    let here = Possession::of(&[1; 32], "tool", "127.0.0.1");
    let ticket = format!("{CLOSED} answer {} {}\n", here.id(), here.proof(Purpose::Forget));
    fs::create_dir(home.state().join("ticket")).unwrap();
    fs::write(home.state().join("ticket").join(here.id().to_string()), ticket).unwrap();
    expect("ticket", &home, endpoint, &[]);

    let home = consenting(endpoint);
    fs::write(
        home.state().join("collectors"),
        format!("{endpoint} answer\nhttps://elsewhere.example.org answer\n"),
    )
    .unwrap();
    expect("several-hosts", &home, endpoint, &[]);

    let failing = Collector::start(Answer::Refusal(503, "busy"));
    let home = consenting(&failing.endpoint);
    home.run(&failing.endpoint, &["telemetry", "send"]);
    expect("paused", &home, &failing.endpoint, &[]);
}

#[test]
fn it_changes_nothing() {
    let home = Home::new();
    assert_eq!(found(&home, CLOSED, &[]), Vec::<String>::new());
    assert!(home.files().is_empty());
}

#[test]
fn a_collector_of_ones_own_at_a_private_address_is_allowed_by_the_variable_that_it_names() {
    for endpoint in ["http://127.0.0.1:8900", "https://127.0.0.1:8900"] {
        let home = Home::new();
        let mut command = home.tool(endpoint);
        command.env("TOOL_TELEMETRY_ALLOW_PRIVATE", "false").args(["telemetry", "doctor"]);
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains("TOOL_TELEMETRY_ALLOW_PRIVATE=true"), "{endpoint}: {said}");
    }
}
