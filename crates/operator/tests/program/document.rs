//! The instructions of `docs/operate/collector.md`, as they stand there, on the real program.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

const DOCUMENT: &str = include_str!("../../../../docs/operate/collector.md");

/// SHA-256 of `t`, which is the token in the instructions.
const TOKEN_HASH: &str = "e3b98a4da31a127d4bde6e43033f66ba274cab0eb7eb1c70ec41402bf6273dd8";

/// The shell instructions of the document. Those for systemd need one that runs; its units are verified elsewhere.
fn instructions() -> Vec<&'static str> {
    let blocks = DOCUMENT.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.filter(|block| !block.contains("systemctl")).collect()
}

/// A shell in which `aboveboard` is the program, and the collector of the document has a port of its own.
fn shell(home: &Path, port: u16, script: &str) -> Command {
    let script = script.replace("/srv/telemetry", "srv").replace(":8480", &format!(":{port}"));
    let mut command = Command::new("sh");
    command.arg("-ec").arg(script).current_dir(home).env_clear();
    command.env("PATH", format!("{}:/usr/bin:/bin", home.join("bin").display()));
    command
        .env("ABOVEBOARD_COLLECTOR_OPERATOR__TOKEN_HASH", TOKEN_HASH)
        .env("HOME", home)
        .env("TOKEN", "t")
        .env("ABOVEBOARD_COLLECTOR_LISTEN", format!("127.0.0.1:{port}"));
    command
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A home with the program, a manifest and a configuration, and the collector of the document's first instruction in it.
struct Scene {
    home: tempfile::TempDir,
    port: u16,
    _collector: Killed,
}

impl Scene {
    fn start(instruction: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path();
        fs::create_dir_all(home.join("bin")).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_aboveboard"), home.join("bin/aboveboard")).unwrap();
        fs::write(home.join("telemetry.toml"), include_str!("../../../../examples/quarry/telemetry.toml"))
            .unwrap();
        fs::write(home.join("collector.toml"), "data = \"srv\"\n").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        // The shell becomes the collector, so that its end is the collector's.
        let script = instruction.replace("aboveboard collect\n", "exec aboveboard collect\n");
        let mut command = shell(home, port, &script);
        let started = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut collector = Killed(started);
        let mut line = String::new();
        BufReader::new(collector.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, format!("listening http://127.0.0.1:{port}\n"));
        Self { home: directory, port, _collector: collector }
    }

    fn run(&self, script: &str) -> Output {
        let output = shell(self.home.path(), self.port, script).output().unwrap();
        assert!(output.status.success(), "{script}\n{output:?}");
        output
    }
}

#[test]
fn every_instruction_for_operators_does_what_the_document_says() {
    let all = instructions();
    let (start, rest) = all.split_first().unwrap();
    assert!(start.contains("aboveboard collect\n") && rest.len() >= 4, "{all:?}");
    let scene = Scene::start(start);
    for script in rest {
        let stderr = String::from_utf8(scene.run(script).stderr).unwrap();
        assert!(!stderr.contains("refused"), "{script}\n{stderr}");
    }
    let home = scene.home.path();
    assert!(fs::read_to_string(home.join("rows.csv")).unwrap().starts_with("\"day\","));
    assert_eq!(fs::read_dir(home.join("srv/backups")).unwrap().count(), 1);
}

#[test]
fn the_table_of_responses_lists_every_reason_that_the_collector_counts() {
    let scene = Scene::start(instructions()[0]);
    let metrics = scene
        .run("curl --silent --fail --header \"authorization: Bearer t\" http://127.0.0.1:8480/metrics")
        .stdout;
    let metrics = String::from_utf8(metrics).unwrap();
    let counted: BTreeSet<&str> = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("aboveboard_requests_refused_total{reason=\""))
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let section = DOCUMENT.split("\n## ").find(|section| section.starts_with("Responses\n")).unwrap();
    let listed: BTreeSet<&str> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|rest| rest.split('`').next())
        .collect();
    assert!(counted.len() > 20, "{metrics}");
    assert_eq!(listed, counted);
}
