//! The instructions of `docs/operate/collector.md`, as they stand there, on the real program.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const DOCUMENT: &str = include_str!("../../../../docs/operate/collector.md");

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

#[test]
fn every_instruction_for_operators_does_what_the_document_says() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    fs::create_dir_all(home.join("bin")).unwrap();
    fs::create_dir_all(home.join("backups")).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_aboveboard"), home.join("bin/aboveboard")).unwrap();
    fs::write(home.join("telemetry.toml"), include_str!("../../../../examples/quarry/telemetry.toml"))
        .unwrap();
    fs::write(home.join("collector.toml"), "data = \"srv\"\n").unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let all = instructions();
    let (start, rest) = all.split_first().unwrap();
    assert!(start.contains("aboveboard collect\n") && rest.len() >= 4, "{all:?}");
    // The shell becomes the collector, so that its end is the collector's.
    let start = start.replace("aboveboard collect\n", "exec aboveboard collect\n");
    let started = shell(home, port, &start).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut collector = Killed(started);
    let mut line = String::new();
    BufReader::new(collector.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, format!("listening http://127.0.0.1:{port}\n"));
    for script in rest {
        let output = shell(home, port, script).output().unwrap();
        assert!(output.status.success(), "{script}\n{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!said.contains("refused"), "{script}\n{said}");
    }
    assert!(fs::read_to_string(home.join("rows.csv")).unwrap().starts_with("\"day\","));
    assert_eq!(fs::read_dir(home.join("backups")).unwrap().count(), 1);
}
