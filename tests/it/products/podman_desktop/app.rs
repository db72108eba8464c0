//! The app, installed on a machine.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::products::build::typescript;
use crate::products::machine::{Machine, Seal};
use crate::products::profile::{PODMAN_DESKTOP, root};
use crate::products::sent::events;

/// The app on a machine.
pub(super) struct App {
    pub(super) machine: Machine,
    folder: PathBuf,
    /// The extensions that the app starts with, each a file.
    extensions: Vec<PathBuf>,
}

impl App {
    /// Installs the app; `None` where it cannot be built.
    pub(super) fn install() -> Option<Self> {
        let built = typescript("podman-desktop")?;
        let machine = Machine::new(&[PODMAN_DESKTOP]);
        let folder = machine.install(PODMAN_DESKTOP, &built, Seal::Release);
        let packages = folder.join("node_modules/@aboveboard");
        std::fs::create_dir_all(&packages).expect("a folder for packages");
        std::os::unix::fs::symlink(root().join("packages/node"), packages.join("node")).expect("the package");
        let extensions =
            ["podman", "kind"].map(|name| folder.join("extensions").join(name).with_extension("js"));
        Some(Self { machine, folder, extensions: extensions.into() })
    }

    /// Adds an extension that somebody wrote in JavaScript.
    pub(super) fn add(&mut self, name: &str, text: &str) {
        self.extensions.push(self.machine.given(name, text));
    }

    fn program(&self) -> Command {
        let mut app = self.machine.home.program("node");
        app.arg(self.folder.join("main.js")).env("LANG", "de_AT.UTF-8");
        app
    }

    /// The app with its extensions.
    pub(super) fn app(&self) -> Command {
        let mut app = self.program();
        app.args(&self.extensions);
        app
    }

    /// One of the verbs for users.
    pub(super) fn telemetry(&self, words: &[&str]) -> Output {
        self.program().arg("telemetry").args(words).output().expect("the app runs")
    }

    /// Opens the app, clicks, closes it and waits until its relay has ended; returns what the window showed.
    pub(super) fn open(&self, clicks: &str) -> String {
        self.open_as(&mut self.app(), clicks)
    }

    pub(super) fn open_as(&self, app: &mut Command, clicks: &str) -> String {
        let app = app.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut app = app.spawn().expect("the app opens");
        let mut person = app.stdin.take().expect("its input");
        person.write_all(clicks.as_bytes()).expect("the app reads");
        drop(person);
        let output = app.wait_with_output().expect("the app closes");
        assert!(output.status.success(), "{output:?}");
        self.machine.home.await_end_of_programs();
        String::from_utf8(output.stdout).expect("text")
    }

    /// Sends everything and returns the events with a name.
    pub(super) fn sent(&self, name: &str) -> Vec<Value> {
        let sent = self.telemetry(&["send"]);
        assert!(sent.status.success(), "{sent:?}");
        events(&self.machine.state(PODMAN_DESKTOP), name)
    }

    /// How often an event happened, by the next batch.
    pub(super) fn next(&self, name: &str) -> u64 {
        let preview = self.telemetry(&["preview"]).stdout;
        let batch: Value = serde_json::from_slice(&preview).unwrap_or_default();
        let events = batch["events"].as_array().into_iter().flatten().filter(|event| event["name"] == name);
        events.map(|event| event["times"].as_u64().unwrap_or(1)).sum()
    }

    /// Whether nothing was made in the home, and nothing sent.
    pub(super) fn is_silent(&self) -> bool {
        self.machine.home.files().is_empty() && self.machine.proxy.connections() == 0
    }
}
