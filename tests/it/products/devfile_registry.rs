//! The Devfile Registry in Go: a service that counts its requests by the kind of client, and a library in other people's
//! tools that obeys their users' answer.

use std::path::PathBuf;

use harness::home::Home;
use harness::oracle::leaks_below;
use harness::process::Process;
use harness::proxy::{Fault, Proxy};
use harness::{binary, until};
use serde_json::{Value, json};

use super::build::go;
use super::machine::{Machine, Seal};
use super::profile::{DEVFILE_REGISTRY, PODMAN_DESKTOP};
use super::sent::{batches, events};

const INDEX: &str = r#"[
    {"name": "go", "version": "2.3.0", "language": "go", "projectType": "gin"},
    {"name": "java-quarkus", "version": "1.5.0", "language": "java", "projectType": "quarkus"}
]"#;

/// A machine with the registry, and a tool that calls it.
struct Site {
    machine: Machine,
    programs: PathBuf,
    index: PathBuf,
}

impl Site {
    /// `None` where Go is not installed.
    fn new() -> Option<Self> {
        let programs = go("devfile-registry")?;
        let machine = Machine::new(&[DEVFILE_REGISTRY, PODMAN_DESKTOP]);
        let index = machine.given("index.json", INDEX);
        let programs = machine.install(DEVFILE_REGISTRY, &programs, Seal::Development);
        Some(Self { machine, programs, index })
    }

    /// The registry, which reports every two seconds, and where it listens. It has said whether it counts.
    fn registry(&self, consent: &str) -> (Process, String) {
        let mut registry = self.machine.host.program(self.programs.join("registry"));
        registry.arg("-index").arg(&self.index).arg("-data").arg(self.machine.host.data());
        registry.arg(format!("-enable-telemetry={consent}"));
        let (process, address) = self.machine.serve(DEVFILE_REGISTRY, 2, &mut registry);
        until("the registry says whether it counts", || {
            let mut answer = ureq::get(format!("{address}/index")).call().ok()?;
            let _ = answer.body_mut().read_to_string();
            let header = answer.headers().get("aboveboard-server")?.to_str().ok()?.to_owned();
            (header.contains(';') == (consent == "true")).then_some(())
        });
        (process, address)
    }

    /// The tool as the user of this home calls it; whether it succeeded. What it recorded is on the disk then.
    fn odo_at(&self, home: &Home, address: &str, words: &[&str], variables: &[(&str, &str)]) -> bool {
        let mut odo = home.program(self.programs.join("odo"));
        odo.arg("-registry").arg(address).args(words).envs(variables.iter().copied());
        let succeeded = odo.output().expect("it runs").status.success();
        home.await_end_of_programs();
        succeeded
    }

    fn odo(&self, address: &str, words: &[&str]) -> bool {
        self.odo_at(&self.machine.home, address, words, &[])
    }

    /// Another tool of the family gets an answer.
    fn answer(&self, home: &Home, verb: &str) {
        let mut desktop = home.program(binary("aboveboard-agent"));
        self.machine.succeeds(desktop.arg("--manifest").arg(PODMAN_DESKTOP.manifest()).arg(verb));
    }

    /// Another user on another machine, who has said yes to a tool of the family.
    fn user(&self) -> Home {
        let mut home = Home::new();
        for profile in [DEVFILE_REGISTRY, PODMAN_DESKTOP] {
            home.set(&profile.variable("TELEMETRY_ENDPOINT"), self.machine.proxy.address());
            home.set(&profile.variable("TELEMETRY_ALLOW_PRIVATE"), "true");
        }
        self.answer(&home, "on");
        home
    }

    /// The events of a name that the registry has sent.
    fn told(&self, name: &str) -> Vec<Value> {
        events(&self.machine.host.data().join("telemetry"), name)
    }

    /// How many requests of a kind of client the registry has reported.
    fn counted(&self, count: &str, kind: &str) -> u64 {
        self.told("report").iter().filter_map(|report| report["counts"][count][kind].as_u64()).sum()
    }

    /// What the collector stores, an event a row.
    fn rows(&self) -> Vec<Value> {
        let text = self.machine.collector.text("/api/rows.jsonl?product=devfile-registry&show=all");
        text.lines().map(|line| serde_json::from_str(line).expect("a row")).collect()
    }
}

/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:1";

#[test]
fn row_19_the_registry_counts_kinds_of_clients_and_a_client_records_only_with_consent_what_no_registry_counted()
 {
    let Some(site) = Site::new() else { return };
    let (_registry, address) = site.registry("true");
    assert!(site.odo(&address, &["list"]) && site.odo(&address, &["init", "java-quarkus"]));
    assert!(!site.odo(NOWHERE, &["list"]));
    let stranger = ureq::get(format!("{address}/devfiles/go")).header("client", "hunter2");
    assert!(stranger.header("user-agent", "hunter2").call().is_ok());
    until("both are reported", || {
        (site.counted("stack-downloads", "odo") == 1 && site.counted("stack-downloads", "unnamed") == 1)
            .then_some(())
    });
    assert_eq!(site.counted("index-requests", "odo"), 1);
    let fetched = until("the stacks", || Some(site.told("stack-fetched")).filter(|events| events.len() == 2));
    let quarkus = json!({"client": "odo", "language": "java", "framework": "quarkus", "stack-version": "1.5.0", "status": 200});
    let go = json!({"client": "other", "language": "go", "framework": "other", "stack-version": "2.3.0", "status": 200});
    assert_eq!((&fetched[0]["fields"], &fetched[1]["fields"]), (&quarkus, &go));
    assert_eq!(site.machine.home.files(), Vec::<PathBuf>::new(), "the tool's user has said nothing");

    site.answer(&site.machine.home, "on");
    let gateway = Proxy::before(&address);
    gateway.set(Fault::Reply("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n".to_owned()));
    let mut calls = 0;
    for (address, words, succeeds) in [
        (&*address, &["list"][..], true),
        (NOWHERE, &["list"], false),
        (&*address, &["init", "go"], true),
        (&*address, &["starter", "go", "hunter2"], true),
        (gateway.address(), &["init", "go"], false),
        (&*address, &["init", "hunter2"], false),
        (NOWHERE, &["describe", "hunter2"], false),
    ] {
        assert_eq!(site.odo(address, words), succeeds, "{address} {words:?}");
        calls += 1;
    }
    assert!(site.odo(NOWHERE, &["telemetry", "send"]));
    let state = site.machine.state(DEVFILE_REGISTRY);
    let called: Vec<Value> =
        events(&state, "library-called").iter().map(|event| event["fields"].clone()).collect();
    let failed = |call: &str| json!({"call": call, "client": "odo", "failed": true, "took": 0});
    let mut refused = failed("download-stack");
    refused["status"] = json!(502);
    assert_eq!(called, [failed("list"), refused, failed("resolve")]);
    let by_registry = || {
        let counts = ["index-requests", "stack-downloads", "sample-downloads"];
        counts.iter().map(|count| site.counted(count, "odo")).sum::<u64>() - 2
    };
    until("the registry's share is reported", || (by_registry() == 4).then_some(()));
    assert_eq!(called.len() as u64 + by_registry(), calls, "each action on one side");
    let ids = |state| batches(state).iter().map(|batch| batch["installation"].clone()).collect::<Vec<_>>();
    let user = ids(&state)[0].clone();
    assert!(
        !ids(&site.machine.host.data().join("telemetry")).contains(&user),
        "the registry knows nobody's id"
    );
    assert_eq!(site.machine.counted(DEVFILE_REGISTRY, "app", 3), 3);

    site.answer(&site.machine.home, "off");
    assert!(!site.odo(NOWHERE, &["list"]));
    assert!(!state.exists(), "the family's no deletes what the library recorded");
    site.machine.assert_nowhere(DEVFILE_REGISTRY, &["hunter2"]);
}

#[test]
fn row_19_where_the_registrys_operator_has_said_nothing_neither_side_counts() {
    let Some(site) = Site::new() else { return };
    site.answer(&site.machine.home, "on");
    let (mut registry, address) = site.registry("");
    assert!(site.odo(&address, &["list"]) && site.odo(&address, &["init", "go"]));
    assert_eq!(registry.terminate(), Some(0));
    assert!(!site.machine.state(DEVFILE_REGISTRY).exists());
    assert_eq!(site.machine.host.files(), Vec::<PathBuf>::new());
    assert_eq!(site.machine.proxy.connections(), 0);
}

#[test]
fn row_20_stored_rows_hold_no_address_and_a_country_only_where_the_locale_states_a_region() {
    let Some(site) = Site::new() else { return };
    let (_registry, address) = site.registry("true");
    let far = ureq::get(format!("{address}/devfiles/go")).header("x-forwarded-for", "203.0.113.77");
    assert!(far.header("client", "vscode").call().is_ok());
    let user = site.user();
    for locale in [
        &[("LANG", "de_AT.UTF-8")][..],
        &[("LANG", "de_AT.UTF-8"), ("LC_ALL", "pt_BR")],
        &[("LANG", "C.UTF-8"), ("TZ", "Europe/Vienna")],
        &[("LANG", "de.UTF-8")],
        &[("LANG", "de_AT.UTF-8"), ("LC_ALL", "C")],
    ] {
        assert!(!site.odo_at(&user, NOWHERE, &["list"], locale));
    }
    assert!(site.odo_at(&user, NOWHERE, &["telemetry", "send"], &[]));
    let rows = until("the rows of both", || {
        let rows = site.rows();
        let named = |name: &str| rows.iter().filter(|row| row["name"] == name).count();
        (named("library-called") == 5 && named("stack-fetched") == 1).then_some(rows)
    });
    let called = rows.iter().filter(|row| row["name"] == "library-called");
    let regions: Vec<&Value> = called.map(|row| &row["values"]["region"]).collect();
    assert_eq!(regions, [&json!("AT"), &json!("BR"), &Value::Null, &Value::Null, &Value::Null]);
    let text = format!("{rows:?}");
    for address in ["203.0.113.77", "127.0.0.1", "::1"] {
        assert!(!text.contains(address), "{address} in {text}");
    }
    site.machine.assert_nowhere(DEVFILE_REGISTRY, &["203.0.113.77"]);
    let stored = leaks_below(site.machine.collector.data(), &["127.0.0.1", "203.0.113"]);
    assert_eq!(stored, Vec::<String>::new());
}

#[test]
fn row_23_one_installations_data_are_erased_by_its_user_or_the_operator_and_so_is_what_came_by_mistake() {
    let Some(mut site) = Site::new() else { return };
    let users: Vec<Home> = (0..3).map(|_| site.user()).collect();
    let odo = |user: &Home, words: &[&str]| {
        let mut odo = user.program(site.programs.join("odo"));
        let output = site.machine.succeeds(odo.args(words));
        (String::from_utf8([output.stdout, output.stderr].concat())).expect("a text")
    };
    // Rows have the collector's own pseudonyms, so their regions tell whose they are here.
    let mut ids = Vec::new();
    for (user, locale) in users.iter().zip(["de_AT", "pt_BR", "de_CH"]) {
        for _ in 0..2 {
            assert!(!site.odo_at(user, NOWHERE, &["list"], &[("LANG", locale)]));
        }
        odo(user, &["telemetry", "send"]);
        let state = user.path().join(".local/state/devfile-registry/telemetry");
        ids.push(batches(&state)[0]["installation"].as_str().expect("an id").to_owned());
    }
    let rows_of = |region: &str| site.rows().iter().filter(|row| row["values"]["region"] == region).count();
    until("all rows", || (site.rows().len() == 6).then_some(()));
    assert_eq!(["AT", "BR", "CH"].map(rows_of), [2, 2, 2]);

    let erased = [&*ids[0], &*ids[1]];
    assert!(!leaks_below(site.machine.collector.data(), &erased).is_empty(), "the search finds them");

    // By the user, with a proof that nobody else has.
    assert!(odo(&users[0], &["telemetry", "held"]).contains("library-called"));
    let taken = odo(&users[0], &["telemetry", "forget"]);
    assert!(taken.contains("has taken the erasure"), "{taken}");
    until("the first one's erasure", || (rows_of("AT") == 0).then_some(()));
    // By the operator, with the id alone.
    let operator = |words: &[&str]| {
        let mut erase = users[2].program(binary("aboveboard"));
        erase.args(["collector", "erase", "--address", site.machine.collector.address()]);
        erase.args(["--product", "devfile-registry"]).args(words);
        site.machine.succeeds(erase.env("ABOVEBOARD_OPERATOR_TOKEN", "token-of-the-operator"))
    };
    operator(&[&ids[1]]);
    until("the second one's erasure", || (rows_of("BR") == 0).then_some(()));
    assert_eq!((rows_of("CH"), site.rows().len()), (2, 2), "nobody else's");
    let totals = || {
        site.machine.collector.json("/api/totals.json")["products"]["devfile-registry"]["app"]["events"]
            .clone()
    };
    until("the totals without them", || (totals() == 2).then_some(()));

    // A field that should never have been received.
    operator(&["--item", "library-called.region"]);
    until("the field's erasure", || (rows_of("CH") == 0).then_some(()));
    assert_eq!(site.rows().len(), 2, "the rest of the rows stays");
    // Erased requests are in no segment of the log either.
    assert_eq!(site.machine.collector.stop(), Some(0));
    assert_eq!(leaks_below(site.machine.collector.data(), &erased), Vec::<String>::new());
    site.machine.collector.restart();
    assert_eq!(site.rows().len(), 2);
}

#[test]
fn row_19_what_a_visit_tells_bears_its_id_and_nothing_of_the_visitor() {
    let Some(site) = Site::new() else { return };
    let (_registry, address) = site.registry("true");
    let config = until("the page's config", || {
        let mut answer = ureq::get(format!("{address}/telemetry/config")).call().ok()?;
        assert!(answer.headers().get("set-cookie").is_none(), "nothing stays in the browser");
        let text = answer.body_mut().read_to_string().expect("a text");
        Some(serde_json::from_str::<Value>(&text).expect("JSON"))
    });
    let visits = ["01234567-89ab-4def-8123-456789abcdef", "11234567-89ab-4def-8123-456789abcdef"];
    for visit in [visits[0], visits[0], visits[1]] {
        let body = json!({"session": visit, "events": [{"route": "/viewer", "action": "stack_searched"}, {"route": "/hunter2"}]});
        let post =
            ureq::post(format!("{address}/telemetry/events")).header("content-type", "application/json");
        let post = post
            .header("origin", &address)
            .header("aboveboard-token", config["token"].as_str().expect("a token"));
        let post = post.header("user-agent", "hunter2").header("x-forwarded-for", "203.0.113.77");
        assert_eq!(post.send(body.to_string()).expect("an answer").status(), 204);
    }
    assert_eq!(site.machine.counted(DEVFILE_REGISTRY, "console", 6), 6);
    let told = until("the page's events", || Some(site.told("console")).filter(|events| events.len() == 6));
    let sessions: Vec<&str> = told.iter().filter_map(|event| event["session"].as_str()).collect();
    assert_eq!(sessions, [[visits[0]; 4].as_slice(), &[visits[1]; 2]].concat());
    assert_eq!((&told[0]["action"], &told[1]["route"]), (&json!("stack_searched"), &json!("unknown")));
    let rows = site.rows();
    assert!(visits.iter().all(|visit| !format!("{rows:?}").contains(visit)), "{rows:?}");
    site.machine.assert_nowhere(DEVFILE_REGISTRY, &["hunter2", "203.0.113.77"]);
}
