//! The CLI against the server, as programs; without telemetry but where the test says so.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const SECRET: &str = "a secret";

struct World {
    home: TempDir,
    server: Child,
    address: String,
    telemetry: &'static str,
}

impl World {
    fn new() -> Self {
        Self::with_telemetry("false")
    }

    fn with_telemetry(telemetry: &'static str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut server = confined(env!("CARGO_BIN_EXE_quarry-server"), home.path(), telemetry)
            .args(["--listen", "127.0.0.1:0", "--data", "data"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening ").unwrap().to_owned();
        Self { home, server, address, telemetry }
    }

    fn quarry(&self, arguments: &[&str]) -> Output {
        let mut command = confined(env!("CARGO_BIN_EXE_quarry"), self.home.path(), self.telemetry);
        command.env("QUARRY_ENDPOINT", &self.address).args(arguments).output().unwrap()
    }

    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.quarry(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What waits in the server's spool, read until some line or batch holds all of these.
    fn spooled(&self, parts: &[&str]) -> String {
        let until = Instant::now() + Duration::from_secs(60);
        let spool = self.home.path().join("data/telemetry/spool");
        loop {
            let files = std::fs::read_dir(&spool).into_iter().flatten().flatten();
            // A file may be renamed meanwhile.
            let all = files.filter_map(|file| std::fs::read_to_string(file.path()).ok());
            let lines: Vec<String> =
                all.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
            if let Some(line) = lines.iter().find(|line| parts.iter().all(|part| line.contains(part))) {
                return line.clone();
            }
            assert!(Instant::now() < until, "{parts:?} are not in {lines:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
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

/// With telemetry, what is recorded waits: the collector's port is closed.
fn confined(program: &str, home: &Path, telemetry: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("HOME", home).current_dir(home).stdin(Stdio::null()).stderr(Stdio::piped());
    command.env("QUARRY_ADMIN_SECRET", SECRET).env("QUARRY_ENABLE_TELEMETRY", telemetry);
    command
        .env("QUARRY_TELEMETRY_ENDPOINT", "http://127.0.0.1:9")
        .env("QUARRY_TELEMETRY_ALLOW_PRIVATE", "true");
    command.env("QUARRY_TELEMETRY_FIRST_DELAY", "0").env("QUARRY_TELEMETRY_PERIOD", "1");
    command
}

#[test]
fn a_configuration_that_is_a_pipe_or_a_device_holds_up_no_command() {
    for plant in
        [(|at| assert!(Command::new("mkfifo").arg(at).status().unwrap().success())) as fn(&Path), |at| {
            std::os::unix::fs::symlink("/dev/zero", at).unwrap()
        }]
    {
        let home = tempfile::tempdir().unwrap();
        let config = home.path().join(".config/quarry");
        std::fs::create_dir_all(&config).unwrap();
        plant(&config.join("config.json"));
        for arguments in [&["version"][..], &["telemetry", "status"], &["telemetry", "off"]] {
            let mut command = confined("timeout", home.path(), "true");
            let output =
                command.arg("60").arg(env!("CARGO_BIN_EXE_quarry")).args(arguments).output().unwrap();
            assert!(output.status.code().is_some_and(|code| code < 100), "{arguments:?}: {output:?}");
        }
    }
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
fn a_failure_goes_to_stderr_with_exit_code_1() {
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

#[test]
fn a_run_of_migrations_and_the_requests_it_made_are_told_and_nothing_of_their_content() {
    let world = World::with_telemetry("true");
    world.ok(&["init", "shop"]);
    let one = world.ok(&["--project", "shop", "migrate", "create", "orders"]);
    world.write(&format!("{}/up.sql", one.trim_end()), "CREATE TABLE orders (id INTEGER)");
    world.ok(&["--project", "shop", "migrate", "apply"]);
    let preview = world.ok(&["telemetry", "preview"]);
    assert!(
        preview.contains("\"name\":\"migrations-ended\"") && preview.contains("\"migrations\":1"),
        "{preview}"
    );
    assert!(preview.contains("\"direction\":\"up\"") && !preview.contains("orders"), "{preview}");
    let spooled = world.spooled(&["\"timings\":{\"requests\":", "\"route\":\"migrations\"", "\"run\":\""]);
    assert!(spooled.contains("\"outcome\":\"answered\"") && !spooled.contains("orders"), "{spooled}");
}
