//! A product of the tests' own, and its user.

use std::path::PathBuf;
use std::process::Output;

use aboveboard_types::declaration::Declaration;

use super::home::{Home, said};

/// A product whose manifest holds what a test needs.
pub(crate) struct Product {
    pub(crate) home: Home,
    manifest: PathBuf,
}

/// The manifest, but for `EVENTS`.
pub(crate) const MANIFEST: &str = r#"
grammar = 1

[product]
id = "crane"
name = "Crane"
revision = 1
endpoint = "https://telemetry.crane.example"
ingest-key = "crane_pub"
controller = "Crane e.V., Berlin"
contact = "privacy@crane.example"
hosting = "DE"
retention = "90 days"

[consent]
server = "notice"
cli = "ask"

[defaults]
owner = "data@crane.example"
since = 2026-11-01
until = 2028-11-01

[cli]
why = "Which commands are used?"
chart = "table"
commands = ["lift", "lower"]
EVENTS
"#;

pub(crate) fn event(name: &str, rest: &str) -> String {
    format!(
        "\n[events.{name}]\ncomponent = \"cli\"\nwhat = \"it happened\"\nwhy = \"Does it?\"\nchart = \"table\"\n{rest}\n"
    )
}

impl Product {
    /// A product with these events, whose user has not decided yet.
    pub(crate) fn new(events: &str) -> Self {
        let home = Home::new();
        let manifest = home.write("telemetry.toml", &MANIFEST.replace("EVENTS", events));
        Self { home, manifest }
    }

    /// What the manifest with these events declares.
    pub(crate) fn declaration(events: &str) -> &'static Declaration {
        let manifest = aboveboard_manifest::parse(&MANIFEST.replace("EVENTS", events), "telemetry.toml");
        Box::leak(Box::new(manifest.unwrap().declaration()))
    }

    /// The same after a yes.
    pub(crate) fn consenting(events: &str) -> Self {
        let product = Self::new(events);
        assert!(product.run(&["on"]).status.success());
        product
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = self.home.agent();
        command.env("CRANE_TELEMETRY_ENDPOINT", "http://127.0.0.1:9");
        command.env("CRANE_TELEMETRY_ALLOW_PRIVATE", "true");
        command.arg("--manifest").arg(&self.manifest).args(arguments);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What `record --explain` says. It ends well whatever became of it.
    pub(crate) fn explained(&self, arguments: &[&str]) -> String {
        let output = self.run(&[&["record", "--explain"], arguments].concat());
        assert!(output.status.success() && output.stdout.is_empty(), "{arguments:?}: {output:?}");
        let said = said(&output);
        let line = said.strip_prefix("aboveboard: ").and_then(|said| said.strip_suffix('\n'));
        line.filter(|line| !line.contains('\n')).unwrap_or_else(|| panic!("{said}")).to_owned()
    }

    pub(crate) fn preview(&self) -> String {
        said(&self.run(&["preview"]))
    }
}
