//! Small programs in Rust that stand for products that are not here in their own language yet.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Output, Stdio};

use harness::binary;
use harness::oracle::leaks_below;
use serde_json::{Value, json};

use super::machine::Machine;
use super::profile::{OPENVINO, PODMAN_DESKTOP};
use super::sent::{batches, events};

fn all() -> Machine {
    Machine::new(&[PODMAN_DESKTOP, OPENVINO])
}

/// One of the programs, by the name under which it is called.
fn program(machine: &Machine, name: &str, arguments: &[&str]) -> Command {
    let mut command = machine.home.program(binary("products"));
    command.arg0(name).args(arguments);
    command
}

fn run(machine: &Machine, name: &str, arguments: &[&str]) -> Output {
    program(machine, name, arguments).output().expect("it runs")
}

fn run_ok(machine: &Machine, name: &str, arguments: &[&str]) {
    machine.succeeds(&mut program(machine, name, arguments));
}

#[test]
fn podman_desktop_records_what_its_user_does_and_nothing_undeclared() {
    let machine = all();
    let window = |lines: &str| {
        let mut window = program(
            &machine,
            "podman-desktop",
            &["--extension", "compose", "--extension", "my-secret-extension"],
        )
        .env("LANG", "de_AT.UTF-8")
        .stdin(Stdio::piped())
        .spawn()
        .expect("it opens");
        window.stdin.take().expect("its input").write_all(lines.as_bytes()).expect("it reads");
        assert!(window.wait().expect("it closes").success());
    };
    // Before the first-run page was answered.
    window("image-pull podman\n");
    assert!(!machine.state(PODMAN_DESKTOP).exists());

    run_ok(&machine, "podman-desktop", &["telemetry", "on"]);
    let restarts = "container-restart podman 0\n".repeat(1_000);
    window(&format!(
        "connect podman\nconnect my-secret-engine\nimage-push docker 125\nmy-secret-action\n{restarts}"
    ));
    run_ok(&machine, "podman-desktop", &["telemetry", "send"]);
    let state = machine.state(PODMAN_DESKTOP);
    let started = events(&state, "started");
    assert_eq!(started.len(), 1, "{started:?}");
    assert_eq!(started[0]["fields"]["extensions"], json!(["compose", "other"]));
    assert_eq!(started[0]["fields"]["region"], "AT");
    let providers: Vec<Value> =
        events(&state, "engine-connected").iter().map(|event| event["fields"]["provider"].clone()).collect();
    assert_eq!(providers, ["podman"], "once a day, and the first counts");
    let ended = events(&state, "action-ended");
    let pushed = ended.iter().find(|event| event["fields"]["action"] == "image-push").expect("an action");
    assert_eq!((&pushed["fields"]["failed"], &pushed["fields"]["exit-code"]), (&json!(true), &json!(125)));
    assert!(ended.iter().any(|event| event["fields"]["action"] == "other"));
    let repeated: Vec<u64> = ended
        .iter()
        .filter(|event| event["fields"]["action"] == "container-restart")
        .map(|event| event["times"].as_u64().unwrap_or(1))
        .collect();
    assert_eq!(repeated.iter().sum::<u64>(), 1_000, "{repeated:?}");
    assert!(repeated.len() < 20, "repeats within ten seconds are one event: {repeated:?}");
    // What a folded event stands for is counted: started, connected, pushed, what is on no list, stopped; restarts.
    assert_eq!(machine.counted(PODMAN_DESKTOP, "app", 1_005), 1_005);
    assert!(
        batches(&state).iter().all(|batch| batch["outcomes"] == json!({})),
        "an app has no commands to miss"
    );
    for folder in [state, machine.collector.data().to_owned()] {
        assert_eq!(leaks_below(&folder, &["my-secret"]), Vec::<String>::new());
    }
}

#[test]
fn openvinos_library_follows_the_answer_that_was_given_to_its_tools() {
    let machine = all();
    run_ok(&machine, "nncf", &[]);
    run_ok(&machine, "ovc", &["--framework", "pytorch", "hunter2.model"]);
    assert!(!machine.state(OPENVINO).exists(), "nobody has answered");

    run_ok(&machine, "ovc", &["telemetry", "on"]);
    run_ok(&machine, "ovc", &["--framework", "pytorch", "hunter2.model"]);
    assert_eq!(run(&machine, "ovc", &["--framework", "hunter2", "hunter2.broken"]).status.code(), Some(1));
    run_ok(&machine, "nncf", &[]);
    run_ok(&machine, "ovc", &["telemetry", "send"]);
    // Two commands and their two events; one event of the library.
    assert_eq!(machine.counted(OPENVINO, "cli", 4), 4);
    assert_eq!(machine.counted(OPENVINO, "app", 1), 1);
    let converted = events(&machine.state(OPENVINO), "model-converted");
    assert_eq!(converted[1]["fields"]["framework"], "other");
    assert_eq!(converted[1]["fields"]["stage"], "load");
    assert_eq!(leaks_below(&machine.state(OPENVINO), &["hunter2"]), Vec::<String>::new());

    let before = batches(&machine.state(OPENVINO))[0]["installation"].clone();
    run_ok(&machine, "ovc", &["telemetry", "off"]);
    run_ok(&machine, "nncf", &[]);
    assert!(!machine.state(OPENVINO).exists(), "a no deletes the id, and the library obeys it");
    run_ok(&machine, "ovc", &["telemetry", "on"]);
    run_ok(&machine, "ovc", &["--framework", "onnx", "model"]);
    run_ok(&machine, "ovc", &["telemetry", "send"]);
    assert_ne!(
        batches(&machine.state(OPENVINO))[0]["installation"],
        before,
        "a later yes is a new installation"
    );
}
