//! The five example products: a small program modelled on each, with its profile from `config/profiles`, against one
//! collector that has all five manifests.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use aboveboard_types::id::Id;
use harness::collector::Collector;
use harness::home::{Home, walk};
use harness::oracle::leaks_below;
use harness::process::Process;
use harness::proxy::{Fault, Proxy};
use harness::{binary, until};
use serde_json::{Value, json};

const PROFILES: [(&str, &str); 5] = [
    ("hasura.toml", "hasura-graphql"),
    ("podman-desktop.toml", "podman-desktop"),
    ("openvino.toml", "openvino"),
    ("pcf-dev.toml", "pcf-dev"),
    ("devfile-registry.toml", "devfile-registry"),
];

/// A collector with all five manifests, and a machine on which their programs run.
struct Machine {
    collector: Collector,
    proxy: Proxy,
    home: Home,
}

impl Machine {
    fn new() -> Self {
        let collector = Collector::new();
        let profiles = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/profiles");
        let proxy = Proxy::before(collector.address());
        let mut home = Home::new();
        for (file, product) in PROFILES {
            std::fs::copy(profiles.join(file), collector.data().join("manifests").join(file))
                .expect("a manifest");
            let prefix = product.replace('-', "_").to_uppercase();
            home.set(&format!("{prefix}_TELEMETRY_ENDPOINT"), proxy.address());
            home.set(&format!("{prefix}_TELEMETRY_ALLOW_PRIVATE"), "true");
            // Builds that are not releases accept delays that are shorter than the usual hour and day.
            home.set(&format!("{prefix}_TELEMETRY_FIRST_DELAY"), "0");
        }
        let machine = Self { collector, proxy, home };
        for (_, product) in PROFILES {
            let url = format!("{}/v1/manifest/{product}", machine.collector.address());
            until(product, || ureq::get(&url).call().is_ok().then_some(()));
        }
        machine
    }

    /// One of the programs, by the name under which it is called.
    fn program(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = self.home.program(binary("products"));
        command.arg0(name).args(arguments);
        command
    }

    fn run(&self, name: &str, arguments: &[&str]) -> Output {
        self.program(name, arguments).output().expect("it runs")
    }

    fn run_ok(&self, name: &str, arguments: &[&str]) {
        let output = self.run(name, arguments);
        assert!(output.status.success(), "{name} {arguments:?}: {output:?}");
    }

    /// A server of a product, reporting every five seconds, and where it listens.
    fn server(&self, name: &str, product: &str, arguments: &[&str]) -> (Process, String) {
        let mut command = self.program(name, arguments);
        command.arg("--data").arg(self.home.data());
        command.env(format!("{}_TELEMETRY_PERIOD", product.replace('-', "_").to_uppercase()), "5");
        let mut server = Process::start(&mut command);
        let address = server.await_line("listening");
        (server, address)
    }

    /// Waits until this many events of a component are counted, and returns how many there are.
    fn counted(&self, product: &str, component: &str, expected: u64) -> u64 {
        until(&format!("{expected} of {product} {component}"), || {
            let totals = self.collector.json("/api/totals.json");
            let counted = totals["products"][product][component]["events"].as_u64().unwrap_or(0);
            (counted >= expected).then_some(counted)
        })
    }

    fn state(&self, product: &str) -> PathBuf {
        self.home.path().join(".local/state").join(product).join("telemetry")
    }
}

/// The batches of a sent log, in the order in which they were made.
fn sent(state: &Path) -> Vec<Value> {
    let mut batches: Vec<Value> = Vec::new();
    walk(&state.join("sent"), &mut |file| {
        // Beside each batch stands the endpoint that it went to.
        if file.extension().is_none_or(|ending| ending != "json") {
            return;
        }
        let body: Value = serde_json::from_slice(&std::fs::read(file).expect("a batch")).expect("JSON");
        if body.get("wire").is_some() {
            batches.push(body);
        }
    });
    batches.sort_by_key(|batch| batch["sequence"].as_u64());
    batches
}

/// The events of a sent log with one name, in the order in which they were recorded.
fn events(state: &Path, name: &str) -> Vec<Value> {
    let all =
        sent(state).into_iter().flat_map(|batch| batch["events"].as_array().cloned().unwrap_or_default());
    all.filter(|event| event["name"] == name).collect()
}

#[test]
fn hasura_reports_its_metadata_and_its_timings_and_links_its_cli_and_console() {
    let machine = Machine::new();
    let metadata = machine.home.path().join("metadata.json");
    std::fs::write(&metadata, catalog().to_string()).expect("a metadata document");
    let (_server, address) = machine.server(
        "hasura-server",
        "hasura-graphql",
        &["--metadata", metadata.to_str().expect("a path")],
    );
    machine.counted("hasura-graphql", "server", 1);
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

    machine.run_ok("hasura", &["telemetry", "on"]);
    machine.run_ok("hasura", &["metadata", "a", "--endpoint", &address, "--admin-secret", "hunter2"]);
    let failed = machine.run("hasura", &["metadata", "diff", "hunter2.yaml", "--endpoint", &address]);
    assert_eq!(failed.status.code(), Some(1));
    machine.run_ok("hasura", &["telemetry", "send"]);
    assert_eq!(machine.counted("hasura-graphql", "cli", 2), 2);
    let commands = events(&machine.state("hasura-graphql"), "command");
    let [applied, differing] = commands.as_slice() else { panic!("two commands, not {commands:?}") };
    assert_eq!((&applied["command"], &applied["error"]), (&json!("metadata apply"), &json!(false)));
    assert_eq!((&differing["command"], &differing["error"]), (&json!("metadata diff"), &json!(true)));
    let server = sent(&state)[0]["installation"].clone();
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
    assert_eq!(machine.counted("hasura-graphql", "console", 2), 2);
    let told = until("the console's batch", || {
        let told = events(&state, "console");
        (told.len() == 2).then_some(told)
    });
    assert_eq!((&told[0]["action"], &told[0]["server"]), (&json!("table_tracked"), &server));
    assert_eq!(told[1]["route"], "unknown");
    for folder in [machine.home.data(), machine.state("hasura-graphql"), machine.collector.data().to_owned()]
    {
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
    let machine = Machine::new();
    let window = |lines: &str| {
        let mut window = machine
            .program("podman-desktop", &["--extension", "compose", "--extension", "my-secret-extension"])
            .env("LANG", "de_AT.UTF-8")
            .stdin(Stdio::piped())
            .spawn()
            .expect("it opens");
        window.stdin.take().expect("its input").write_all(lines.as_bytes()).expect("it reads");
        assert!(window.wait().expect("it closes").success());
    };
    // Before the first-run page was answered.
    window("image-pull podman\n");
    assert!(!machine.state("podman-desktop").exists());

    machine.run_ok("podman-desktop", &["telemetry", "on"]);
    let restarts = "container-restart podman 0\n".repeat(1_000);
    window(&format!(
        "connect podman\nconnect my-secret-engine\nimage-push docker 125\nmy-secret-action\n{restarts}"
    ));
    machine.run_ok("podman-desktop", &["telemetry", "send"]);
    let state = machine.state("podman-desktop");
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
    assert_eq!(machine.counted("podman-desktop", "app", 1_005), 1_005);
    assert!(
        sent(&state).iter().all(|batch| batch["outcomes"] == json!({})),
        "an app has no commands to miss"
    );
    for folder in [state, machine.collector.data().to_owned()] {
        assert_eq!(leaks_below(&folder, &["my-secret"]), Vec::<String>::new());
    }
}

#[test]
fn openvinos_library_follows_the_answer_that_was_given_to_its_tools() {
    let machine = Machine::new();
    machine.run_ok("nncf", &[]);
    machine.run_ok("ovc", &["--framework", "pytorch", "hunter2.model"]);
    assert!(!machine.state("openvino").exists(), "nobody has answered");

    machine.run_ok("ovc", &["telemetry", "on"]);
    machine.run_ok("ovc", &["--framework", "pytorch", "hunter2.model"]);
    assert_eq!(machine.run("ovc", &["--framework", "hunter2", "hunter2.broken"]).status.code(), Some(1));
    machine.run_ok("nncf", &[]);
    machine.run_ok("ovc", &["telemetry", "send"]);
    // Two commands and their two events; one event of the library.
    assert_eq!(machine.counted("openvino", "cli", 4), 4);
    assert_eq!(machine.counted("openvino", "app", 1), 1);
    let converted = events(&machine.state("openvino"), "model-converted");
    assert_eq!(converted[1]["fields"]["framework"], "other");
    assert_eq!(converted[1]["fields"]["stage"], "load");
    assert_eq!(leaks_below(&machine.state("openvino"), &["hunter2"]), Vec::<String>::new());

    let before = sent(&machine.state("openvino"))[0]["installation"].clone();
    machine.run_ok("ovc", &["telemetry", "off"]);
    machine.run_ok("nncf", &[]);
    assert!(!machine.state("openvino").exists(), "a no deletes the id, and the library obeys it");
    machine.run_ok("ovc", &["telemetry", "on"]);
    machine.run_ok("ovc", &["--framework", "onnx", "model"]);
    machine.run_ok("ovc", &["telemetry", "send"]);
    assert_ne!(
        sent(&machine.state("openvino"))[0]["installation"],
        before,
        "a later yes is a new installation"
    );
}

#[test]
fn pcf_dev_keeps_what_happened_offline_and_sends_it_later_in_order_and_once() {
    let machine = Machine::new();
    machine.run_ok("cf-dev", &["telemetry", "on"]);
    machine.proxy.set(Fault::Reply("HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\ncaptive".to_owned()));
    machine.run_ok("cf-dev", &["start", "--memory", "12", "--service", "redis", "--service", "my-hunter2"]);
    assert_eq!(machine.run("cf-dev", &["start", "--fail", "network"]).status.code(), Some(1));
    assert_eq!(
        machine.run("cf-dev", &["telemetry", "send"]).status.code(),
        Some(6),
        "a captive portal takes nothing"
    );
    machine.run_ok("cf-dev", &["target", "nodejs"]);
    machine.proxy.set(Fault::None);
    until("everything is taken", || {
        machine.run("cf-dev", &["telemetry", "send"]).status.success().then_some(())
    });
    machine.run_ok("cf-dev", &["telemetry", "send"]);

    let state = machine.state("pcf-dev");
    let told: Vec<Value> = sent(&state)
        .iter()
        .flat_map(|batch| batch["events"].as_array().cloned().unwrap_or_default())
        .filter(|event| event["name"] != "command")
        .collect();
    let names: Vec<&str> = told.iter().filter_map(|event| event["name"].as_str()).collect();
    assert_eq!(names, ["start-begun", "start-finished", "start-begun", "start-finished", "app-pushed"]);
    assert_eq!(told[0]["fields"], json!({"memory": 8, "services": ["redis", "other"]}));
    assert_eq!(
        told[3]["fields"],
        json!({"failed": true, "step": "network", "exit-code": 1, "took": 600_000})
    );
    assert_eq!(told[4]["fields"]["buildpack"], "nodejs");
    // Three commands and five events, each once.
    assert_eq!(machine.counted("pcf-dev", "cli", 8), 8);
    assert_eq!(leaks_below(&state, &["hunter2"]), Vec::<String>::new());
}

#[test]
fn the_devfile_registry_counts_kinds_of_clients_and_a_tool_reports_only_with_its_familys_consent() {
    let machine = Machine::new();
    let silent = machine.server("devfile-registry", "devfile-registry", &[]);
    assert!(ureq::get(format!("{}/index", silent.1)).call().is_ok());
    drop(silent);
    assert!(!machine.home.data().join("telemetry").exists(), "no operator has said yes");

    let (_registry, address) =
        machine.server("devfile-registry", "devfile-registry", &["--enable-telemetry"]);
    let odo = || machine.run_ok("odo", &["--registry", &address]);
    odo();
    assert!(ureq::get(format!("{address}/index")).header("client", "hunter2").call().is_ok());
    assert!(ureq::get(format!("{address}/devfiles/go")).header("client", "vscode").call().is_ok());
    let state = machine.home.data().join("telemetry");
    let sum = |kind: &str| -> u64 {
        events(&state, "report")
            .iter()
            .filter_map(|report| report["counts"]["index-requests"][kind].as_u64())
            .sum()
    };
    until("both requests are reported", || (sum("odo") == 1 && sum("unnamed") == 1).then_some(()));
    let fetched = until("the stack that was fetched", || events(&state, "stack-fetched").into_iter().next());
    assert_eq!(fetched["fields"], json!({"client": "vscode", "language": "go", "status": 200}));
    assert!(!machine.state("devfile-registry").exists(), "the tool's user has said nothing");

    // Another tool of the same family asks; its answer is the family's.
    machine.run_ok("podman-desktop", &["telemetry", "on"]);
    odo();
    assert!(machine.state("devfile-registry").exists());
    assert_eq!(leaks_below(machine.collector.data(), &["hunter2"]), Vec::<String>::new());
    machine.run_ok("podman-desktop", &["telemetry", "off"]);
    odo();
    assert!(!machine.state("devfile-registry").exists(), "the family's no deletes what the tool recorded");
}
