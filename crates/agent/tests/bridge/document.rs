//! The server of `docs/embed/console.md`, as it stands there, with the real client of a page.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::host::{AGENT, Host, manifest};

/// The server of the page.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start(host: &Host) -> Self {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/embed/console.md");
        let page = std::fs::read_to_string(page).unwrap();
        let block = page.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
        let file = host.path().join("server.py");
        std::fs::write(&file, block).unwrap();
        std::fs::copy(manifest(), host.path().join("telemetry.toml")).unwrap();
        let _ = std::os::unix::fs::symlink(AGENT, host.path().join("aboveboard-agent"));
        let mut command = host.equip(Command::new("python3"));
        let path = format!("{}:{}", host.path().display(), std::env::var("PATH").unwrap());
        command.arg(file).env("PATH", path).env("PORT", "0").stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { child, address: address.trim().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a script of Node's beside the server, and gives what it printed.
pub(crate) fn node(host: &Host, script: &str, address: &str) -> String {
    let file = host.path().join("page.mjs");
    std::fs::write(&file, script).unwrap();
    let mut command = host.equip(Command::new("node"));
    command.arg(file).arg(address).env("PATH", std::env::var("PATH").unwrap());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}
