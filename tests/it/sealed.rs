//! A program in another language as a release: its sealed manifest, read at run time.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use harness::binary;
use harness::home::Home;
use serde_json::{Value, json};

const KILN: &str = r#"grammar = 1
[product]
id = "kiln"
name = "Kiln"
revision = 3
endpoint = "https://telemetry.kiln.invalid"
ingest-key = "kiln_pub"
controller = "Kiln, Bern"
contact = "privacy@kiln.example"
hosting = "CH"
retention = "90 days"
[consent]
cli = "ask"
[defaults]
owner = "team@kiln.example"
since = 2026-11-22
until = 2028-11-22
[cli]
why = "Which commands are used, and which of them fail?"
chart = "table"
commands = ["fire", "glaze"]
[events.cracked]
component = "cli"
what = "a piece cracked"
why = "How often does a piece crack, and how often when it is cold?"
chart = "number"
[events.cracked.fields]
cold = { flag = true }
"#;

/// A home with the manifest and a sealed form of it.
struct Kiln(Home);

impl Kiln {
    fn new() -> Self {
        let kiln = Self(Home::new());
        fs::write(kiln.file("telemetry.toml"), KILN).expect("the manifest");
        for (release, name) in [(true, "telemetry.sealed"), (false, "development.sealed")] {
            let mut seal = kiln.0.program(binary("aboveboard"));
            seal.args(["manifest", "seal", "--today=2026-11-22", "telemetry.toml", "--output", name]);
            seal.args(release.then_some("--release"));
            assert_eq!(seal.output().expect("aboveboard runs").status.code(), Some(0));
        }
        kiln
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn agent(&self, manifest: &str, arguments: &[&str]) -> Output {
        let (verb, rest) = arguments.split_first().expect("a verb");
        let mut agent = self.0.program(binary("aboveboard-agent"));
        agent.arg(verb).arg("--manifest").arg(manifest).args(rest).output().expect("the agent runs")
    }

    fn json(&self, manifest: &str, arguments: &[&str]) -> Value {
        let output = self.agent(manifest, arguments);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
    }

    fn record(&self, manifest: &str) -> Output {
        self.agent(manifest, &["record", "--program-version=2.1.0", "cracked", "--field", "cold=true"])
    }
}

#[test]
fn a_sealed_release_records_for_the_endpoint_of_its_manifest_without_the_mark_of_development() {
    let kiln = Kiln::new();
    let sealed = "telemetry.sealed";
    assert!(kiln.agent(sealed, &["on"]).status.success());
    assert!(kiln.record(sealed).status.success());
    let status = kiln.json(sealed, &["status", "--json"]);
    assert_eq!(status["endpoint"], "https://telemetry.kiln.invalid");
    let batch = kiln.json(sealed, &["preview"]);
    assert_eq!(batch["events"][0]["name"], "cracked");
    assert_eq!((&batch["revision"], &batch["version"]), (&json!(3), &json!("2.1.0")));
    assert!(!batch["marks"].as_array().unwrap().contains(&json!("dev")), "{batch}");
    // What the helper and `export` would send is that batch, for that host.
    assert!(kiln.agent(sealed, &["export", "handed"]).status.success());
    let handed: Value = serde_json::from_slice(&fs::read(kiln.file("handed")).unwrap()).unwrap();
    assert_eq!((&handed["host"], &handed["body"]), (&json!("telemetry.kiln.invalid"), &batch));
}

#[test]
fn what_is_not_sealed_as_a_release_has_nowhere_to_send_to_and_is_marked_where_somebody_names_a_collector() {
    for manifest in ["telemetry.toml", "development.sealed"] {
        let mut kiln = Kiln::new();
        let before = kiln.0.files();
        let status = kiln.json(manifest, &["status", "--json"]);
        assert_eq!((&status["mode"], &status["because"]), (&json!("off"), &json!("build")));
        assert!(kiln.record(manifest).status.success());
        assert_eq!(kiln.0.files(), before);
        kiln.0.set("KILN_TELEMETRY_ENDPOINT", "https://own.invalid");
        assert!(kiln.agent(manifest, &["on"]).status.success());
        assert!(kiln.record(manifest).status.success());
        let batch = kiln.json(manifest, &["preview"]);
        assert!(batch["marks"].as_array().unwrap().contains(&json!("dev")), "{batch}");
    }
}

#[test]
fn a_sealed_manifest_with_a_changed_byte_records_nothing_says_so_and_the_program_runs() {
    let kiln = Kiln::new();
    let sealed = fs::read(kiln.file("telemetry.sealed")).unwrap();
    assert!(kiln.agent("telemetry.sealed", &["on"]).status.success());
    // In the marker, in the release mark, in the checksum and in the text.
    for place in [3, 41, 90, 300] {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        fs::write(kiln.file("telemetry.sealed"), changed).unwrap();
        let before = kiln.0.files();
        let recorded = kiln.record("telemetry.sealed");
        let said = String::from_utf8_lossy(&recorded.stderr);
        assert_eq!((recorded.status.code(), &*recorded.stdout), (Some(1), &b""[..]));
        assert!(said.contains("telemetry.sealed: this sealed manifest is damaged"), "{said}");
        let script = ["exec", "--command", "fire", "--", "/bin/sh", "-c", "echo fired; exit 7"];
        let ran = kiln.agent("telemetry.sealed", &script);
        assert_eq!((ran.status.code(), &*ran.stdout), (Some(7), &b"fired\n"[..]));
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(said.contains("damaged"), "{said}");
        assert_eq!(kiln.agent("telemetry.sealed", &["status"]).status.code(), Some(1));
        assert_eq!(kiln.0.files(), before, "{place}");
    }
}

#[test]
fn the_commands_of_the_page_seal_a_manifest_and_give_the_checksum_that_it_states() {
    let kiln = Kiln::new();
    fs::remove_file(kiln.file("telemetry.sealed")).unwrap();
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/embed/sealed.md");
    let page = fs::read_to_string(page).unwrap();
    let blocks: Vec<&str> =
        page.split("```sh\n").skip(1).filter_map(|block| block.split("```").next()).collect();
    let programs = binary("aboveboard").parent().unwrap().to_owned();
    let run = |script: &str| {
        let mut shell = kiln.0.program("/bin/sh");
        let path = format!("{}:/usr/bin:/bin", programs.display());
        let output = shell.args(["-e", "-c", script]).env("PATH", path).output().unwrap();
        assert!(output.status.success(), "{script}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let [seal, check] = blocks[..] else { panic!("{blocks:?}") };
    run(seal);
    let sealed = fs::read_to_string(kiln.file("telemetry.sealed")).unwrap();
    let stated = sealed.lines().next().unwrap().split_once(" sha256=").unwrap().1;
    assert_eq!(run(check).split_whitespace().next(), Some(stated));
}
