//! Small programs in Rust that stand for products that are not here in their own language yet.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Output, Stdio};

use aboveboard_types::id::Id;
use harness::oracle::leaks_below;
use harness::process::Process;
use harness::{binary, until};
use serde_json::{Value, json};

use super::machine::Machine;
use super::profile::{HASURA, OPENVINO, PODMAN_DESKTOP, Profile};
use super::sent::{batches, events};

fn all() -> Machine {
    Machine::new(&[HASURA, PODMAN_DESKTOP, OPENVINO])
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

/// A server of a product, reporting every five seconds, and where it listens.
fn server(machine: &Machine, name: &str, profile: Profile, arguments: &[&str]) -> (Process, String) {
    let mut command = program(machine, name, arguments);
    command.arg("--data").arg(machine.home.data());
    machine.serve(profile, 5, &mut command)
}

#[test]
fn hasura_reports_its_metadata_and_its_timings_and_links_its_cli_and_console() {
    let machine = all();
    let metadata = machine.home.path().join("metadata.json");
    std::fs::write(&metadata, catalog().to_string()).expect("a metadata document");
    let (_server, address) =
        server(&machine, "hasura-server", HASURA, &["--metadata", metadata.to_str().expect("a path")]);
    machine.counted(HASURA, "server", 1);
    let state = machine.home.data().join("telemetry");
    let report = until("the report in the sent log", || events(&state, "report").into_iter().next());
    assert_eq!(
        report["counts"],
        json!({
            "tables": 3, "views": 1, "relationships": {"manual": 1, "automatic": 2},
            "permissions": {"select": 2, "insert": 1, "update": 0, "delete": 0},
            "event-triggers": 5, "remote-schemas": 1, "functions": 1, "actions": 0,
            "sources": {"postgres": 1, "citus": 0, "cockroach": 0, "mssql": 1, "bigquery": 0, "mysql": 0},
        })
    );

    for took in ["20", "30", "2000"] {
        let query =
            ureq::post(format!("{address}/v1/graphql")).header("took", took).send("query { salaries }");
        assert!(query.is_ok());
    }
    let requests = until("the requests in a report", || {
        let reports = events(&state, "report").into_iter();
        reports.map(|report| report["timings"]["requests"].clone()).find(|requests| !requests.is_null())
    });
    let cell = |count, from, io, total| {
        json!({"operation": "query", "locality": "local", "transport": "http",
               "from": from, "count": count, "io": io, "total": total})
    };
    assert_eq!(requests, json!([cell(2, 10, 50, 52), cell(1, 1_000, 2_000, 2_001)]));

    run_ok(&machine, "hasura", &["telemetry", "on"]);
    run_ok(&machine, "hasura", &["metadata", "a", "--endpoint", &address, "--admin-secret", "hunter2"]);
    let failed = run(&machine, "hasura", &["metadata", "diff", "hunter2.yaml", "--endpoint", &address]);
    assert_eq!(failed.status.code(), Some(1));
    run_ok(&machine, "hasura", &["telemetry", "send"]);
    assert_eq!(machine.counted(HASURA, "cli", 2), 2);
    let commands = events(&machine.state(HASURA), "command");
    let [applied, differing] = commands.as_slice() else { panic!("two commands, not {commands:?}") };
    assert_eq!((&applied["command"], &applied["error"]), (&json!("metadata apply"), &json!(false)));
    assert_eq!((&differing["command"], &differing["error"]), (&json!("metadata diff"), &json!(true)));
    let server = batches(&state)[0]["installation"].clone();
    let id = server.as_str().and_then(Id::parse).expect("an id");
    assert_eq!(
        (&applied["server"], &applied["server_version"]),
        (&json!(Id::server_reference("hasura-graphql", id).to_string()), &json!(env!("CARGO_PKG_VERSION")))
    );
    assert_eq!(differing.get("server"), None, "it failed before it talked to the server");

    let config = ureq::get(format!("{address}/telemetry/config"))
        .call()
        .expect("a config")
        .body_mut()
        .read_to_string();
    let config: Value = serde_json::from_str(&config.expect("a text")).expect("JSON");
    let body = json!({
        "session": "01234567-89ab-4def-8123-456789abcdef",
        "events": [{"route": "/data/:source/schema/:schema", "action": "table_tracked"}, {"route": "/hunter2"}],
    });
    let told = ureq::post(format!("{address}/telemetry/events"))
        .header("content-type", "application/json")
        .header("origin", &address)
        .header("aboveboard-token", config["token"].as_str().expect("a token"))
        .send(body.to_string())
        .expect("an answer");
    assert_eq!(told.status(), 204);
    assert_eq!(machine.counted(HASURA, "console", 2), 2);
    let told = until("the console's batch", || {
        let told = events(&state, "console");
        (told.len() == 2).then_some(told)
    });
    assert_eq!((&told[0]["action"], &told[0]["server"]), (&json!("table_tracked"), &server));
    assert_eq!(told[1]["route"], "unknown");
    for folder in [machine.home.data(), machine.state(HASURA), machine.collector.data().to_owned()] {
        assert_eq!(leaks_below(&folder, &["hunter2", "salaries"]), Vec::<String>::new());
    }
}

/// Two data sources, neither of which has the name that is everybody's default.
fn catalog() -> Value {
    let by_key = json!({"name": "author", "using": {"foreign_key_constraint_on": "author_id"}});
    let by_hand = json!({"name": "notes", "using": {"manual_configuration": {"remote_table": "salaries"}}});
    let triggers: Vec<Value> = (0..5).map(|number| json!({"name": format!("salaries_{number}")})).collect();
    json!({
        "sources": [
            {"name": "chinook", "kind": "postgres", "functions": [{"function": "search_salaries"}], "tables": [
                {"table": {"name": "salaries"}, "object_relationships": [by_key], "event_triggers": triggers},
                {"table": {"name": "people"}, "array_relationships": [by_key, by_hand],
                 "select_permissions": [{"role": "user"}, {"role": "admin"}], "insert_permissions": [{"role": "user"}]},
                {"table": {"name": "rich"}, "is_view": true},
            ]},
            {"name": "sales", "kind": "mssql", "tables": [{"table": {"name": "orders"}}]},
        ],
        "remote_schemas": [{"name": "countries"}],
    })
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
