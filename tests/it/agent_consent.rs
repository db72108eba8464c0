//! What the agent for any language decides: `tests/vectors/agent-consent.json` on the real program.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use harness::binary;
use harness::home::Home;
use serde_json::Value;

const ENDPOINT: &str = "https://127.0.0.1:9";

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// A home as a row describes it, with the manifest beside it.
struct Stand<'r> {
    home: Home,
    row: &'r Value,
    /// The files that lie there before the agent is called.
    before: Vec<PathBuf>,
}

impl<'r> Stand<'r> {
    fn new(manifest: &str, row: &'r Value) -> Self {
        let mut stand = Self { home: Home::new(), row, before: Vec::new() };
        fs::write(stand.manifest(), manifest).expect("the manifest");
        if let Some(release) = row.get("sealed") {
            let mut seal = stand.home.program(binary("aboveboard"));
            seal.args(["manifest", "seal", "--today=2026-11-22"]).arg(stand.manifest());
            seal.args((release == "release").then_some("--release"));
            let sealed = seal.output().expect("aboveboard runs");
            assert!(sealed.status.success(), "{sealed:?}");
            fs::write(stand.manifest(), sealed.stdout).expect("its sealed form");
        }
        for (path, content) in row["files"].as_object().expect("files") {
            let file = stand.home.path().join(path);
            fs::create_dir_all(file.parent().expect("a folder")).expect("its folder");
            fs::write(file, stand.filled(content)).expect("a file");
        }
        stand.before = stand.home.files();
        stand
    }

    fn manifest(&self) -> PathBuf {
        self.home.data().join("manifest")
    }

    fn filled(&self, template: &Value) -> String {
        text(template)
            .replace("{home}", self.home.path().to_str().expect("a path of text"))
            .replace("{endpoint}", ENDPOINT)
    }

    /// The agent as the row calls it.
    fn agent(&self, verb: &[&str], program: &[&str]) -> Output {
        let mut agent = Command::new(binary("aboveboard-agent"));
        agent.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", self.home.path());
        agent.env("ABOVEBOARD_OFF_D", self.home.path().join("off.d"));
        agent.env("KILN_TELEMETRY_ENDPOINT", ENDPOINT).env("KILN_TELEMETRY_ALLOW_PRIVATE", "true");
        for (name, value) in self.row["environment"].as_object().expect("variables") {
            match value {
                Value::Null => agent.env_remove(name),
                value => agent.env(name, self.filled(value)),
            };
        }
        agent.arg("--manifest").arg(self.manifest()).args(verb);
        agent.args(
            self.row["arguments"].as_array().expect("arguments").iter().map(|argument| self.filled(argument)),
        );
        agent.args(program).output().expect("the agent runs")
    }

    /// Whether anything is recorded; where nothing may be, nothing else is left behind either.
    fn has_recorded(&self) -> bool {
        let has_spool = self.home.path().join(".local/state/kiln/telemetry/spool").exists();
        assert!(has_spool || self.home.files() == self.before, "{}: {:?}", self.row, self.home.files());
        has_spool
    }
}

#[test]
fn the_agent_decides_every_row_as_the_vectors_say_and_records_only_what_it_may() {
    let vectors: Value = serde_json::from_str(include_str!("../vectors/agent-consent.json")).unwrap();
    let lines: Vec<&str> = vectors["manifest"].as_array().unwrap().iter().map(text).collect();
    let rows = vectors["rows"].as_array().unwrap();
    assert!(rows.len() > 100);
    for row in rows {
        let manifest = format!("{}\n", lines.join("\n")).replace("{policy}", text(&row["policy"]));
        let may_record = row["mode"] == "on" || row["mode"] == "local";
        let stand = Stand::new(&manifest, row);
        let status = stand.agent(&["status", "--json"], &[]);
        let said: Value =
            serde_json::from_slice(&status.stdout).unwrap_or_else(|_| panic!("{row}: {status:?}"));
        assert_eq!((&said["mode"], &said["because"]), (&row["mode"], &row["because"]), "{row}");
        assert!(!stand.has_recorded(), "{row}");
        let recorded = stand.agent(&["record", "cracked"], &[]);
        assert!(recorded.status.success() && recorded.stdout.is_empty(), "{row}: {recorded:?}");
        assert_eq!(stand.has_recorded(), may_record, "{row}");

        let stand = Stand::new(&manifest, row);
        let ran = stand.agent(&["exec", "--command", "fire"], &["--", "/bin/sh", "-c", "echo fired; exit 7"]);
        assert_eq!((ran.status.code(), &*ran.stdout), (Some(7), &b"fired\n"[..]), "{row}: {ran:?}");
        assert_eq!(stand.has_recorded(), may_record, "{row}");
    }
}
