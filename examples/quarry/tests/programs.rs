//! The CLI against the server, as programs, without telemetry.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

const SECRET: &str = "a secret";

struct World {
    home: TempDir,
    server: Child,
    address: String,
}

impl World {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut server = confined(env!("CARGO_BIN_EXE_quarry-server"), home.path())
            .args(["--listen", "127.0.0.1:0", "--data", "data"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening ").unwrap().to_owned();
        Self { home, server, address }
    }

    fn quarry(&self, arguments: &[&str]) -> Output {
        let mut command = confined(env!("CARGO_BIN_EXE_quarry"), self.home.path());
        command.env("QUARRY_ENDPOINT", &self.address).args(arguments).output().unwrap()
    }

    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.quarry(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn write(&self, file: &str, text: &str) {
        std::fs::write(self.home.path().join(file), text).unwrap();
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.home.path().join(file)).unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }
}

fn confined(program: &str, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("HOME", home).current_dir(home).stdin(Stdio::null()).stderr(Stdio::piped());
    command.env("QUARRY_ADMIN_SECRET", SECRET).env("ENABLE_TELEMETRY", "false");
    command
}

#[test]
fn metadata_goes_to_the_server_and_comes_back() {
    let world = World::new();
    world.ok(&["init", "shop"]);
    let metadata = r#"{"tables": [{"table": {"name": "orders"}, "kind": "table"}]}"#;
    world.write("shop/metadata.json", metadata);
    world.ok(&["--project", "shop", "metadata", "apply"]);
    world.write("shop/metadata.json", "{}");
    world.ok(&["--project", "shop", "metadata", "export"]);
    assert!(world.read("shop/metadata.json").contains("\"orders\""));
    world.ok(&["metadata", "clear"]);
    world.ok(&["--project", "shop", "metadata", "export"]);
    assert!(!world.read("shop/metadata.json").contains("orders"));
}

#[test]
fn a_migration_is_applied_once_and_one_that_fails_has_an_exit_code_of_its_own() {
    let world = World::new();
    world.ok(&["init", "shop"]);
    let good = world.ok(&["--project", "shop", "migrate", "create", "orders"]);
    world.write(&format!("{}/up.sql", good.trim_end()), "CREATE TABLE orders (id INTEGER)");
    world.write(&format!("{}/down.sql", good.trim_end()), "DROP TABLE orders");
    world.ok(&["--project", "shop", "migrate", "apply"]);
    world.ok(&["--project", "shop", "migrate", "apply"]);
    assert!(world.ok(&["--project", "shop", "migrate", "status"]).starts_with("applied"));
    let bad = world.ok(&["--project", "shop", "migrate", "create", "bad"]);
    world.write(&format!("{}/up.sql", bad.trim_end()), "CREATE TABEL lines");
    assert_eq!(world.quarry(&["--project", "shop", "migrate", "apply"]).status.code(), Some(3));
    let status = world.ok(&["--project", "shop", "migrate", "status"]);
    assert_eq!(status.lines().filter(|line| line.starts_with("waiting")).count(), 1, "{status}");
    world.ok(&["--project", "shop", "migrate", "apply", "--down", "1"]);
    assert!(world.ok(&["--project", "shop", "migrate", "status"]).starts_with("waiting"));
}

#[test]
fn what_goes_wrong_is_told_on_stderr_with_exit_code_1() {
    let world = World::new();
    for (arguments, reason) in [
        (&["--admin-secret", "guessed", "metadata", "clear"][..], "the admin secret is missing or wrong"),
        (&["--endpoint", "http://127.0.0.1:9", "metadata", "export"], "cannot reach the server"),
        (&["metadata", "apply"], "cannot read ./metadata.json"),
    ] {
        let output = world.quarry(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(words.starts_with("quarry: ") && words.contains(reason), "{arguments:?}: {words}");
        assert!(output.stdout.is_empty());
    }
}
