//! Hasura's programs on a machine of their own.

use std::path::PathBuf;
use std::process::{Command, Output};

use harness::process::Process;
use harness::until;
use serde_json::{Value, json};

use crate::products::build;
use crate::products::machine::{Machine, Seal};
use crate::products::profile::HASURA;
use crate::products::sent;

/// The secret of the server's admin.
pub(super) const SECRET: &str = "hunter2-admin";

/// The version of both programs.
pub(super) const VERSION: &str = "2.36.1";

/// What the server says about a catalog over two data sources, neither of which is named "default".
pub(super) struct Hasura {
    pub(super) machine: Machine,
    pub(super) folder: PathBuf,
}

impl Hasura {
    /// `None` where Go is not installed.
    pub(super) fn new(seal: Seal) -> Option<Self> {
        let programs = build::go("hasura")?;
        let machine = Machine::new(&[HASURA]);
        let folder = machine.install(HASURA, &programs, seal);
        Some(Self { machine, folder })
    }

    /// The server, which reports every five seconds where its manifest is not a release's, and its address.
    pub(super) fn serve(&self, variables: &[(&str, &str)], arguments: &[&str]) -> (Process, String) {
        let mut command = self.server(arguments);
        command.envs(variables.iter().copied());
        self.machine.serve(HASURA, 5, &mut command)
    }

    pub(super) fn server(&self, arguments: &[&str]) -> Command {
        let mut command = self.machine.host.program(self.folder.join("graphql-engine"));
        command.env("HASURA_GRAPHQL_ADMIN_SECRET", SECRET);
        command.arg("--data").arg(self.machine.host.data());
        command.arg("--database").arg(self.folder.join("database")).args(arguments);
        command
    }

    /// The command line program.
    pub(super) fn cli(&self, arguments: &[&str]) -> Command {
        let mut command = self.machine.home.program(self.folder.join("hasura"));
        command.args(arguments);
        command
    }

    /// Runs it, and waits for its relay, so that commands are recorded in the order in which they were run.
    pub(super) fn run(&self, arguments: &[&str]) -> Output {
        let output = self.cli(arguments).output().expect("it runs");
        self.machine.home.await_end_of_programs();
        output
    }

    pub(super) fn succeeds(&self, arguments: &[&str]) -> Output {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        output
    }

    /// Where the server keeps its state.
    pub(super) fn server_state(&self) -> PathBuf {
        self.machine.host.data().join("telemetry")
    }

    /// Where the command line program keeps its state.
    pub(super) fn cli_state(&self) -> PathBuf {
        self.machine.state(HASURA)
    }

    /// Waits until what earlier commands handed to their relays is read.
    pub(super) fn await_end_of_relays(&self) {
        until("the relays of earlier commands", || (!self.has_relay()).then_some(()));
    }

    /// Whether the agent of this folder runs, for anything but the server.
    fn has_relay(&self) -> bool {
        let processes = std::fs::read_dir("/proc").expect("/proc").flatten().map(|entry| entry.path());
        let program = self.folder.join("aboveboard-agent");
        let mut agents = processes
            .filter(|process| std::fs::read_link(process.join("exe")).is_ok_and(|exe| exe == program));
        agents.any(|agent| {
            let arguments = std::fs::read(agent.join("cmdline")).unwrap_or_default();
            !arguments.split(|byte| *byte == 0).any(|argument| argument == b"--server")
        })
    }

    /// The commands that were recorded and sent.
    pub(super) fn commands(&self) -> Vec<Value> {
        self.machine.home.await_end_of_programs();
        self.succeeds(&["telemetry", "send"]);
        sent::events(&self.cli_state(), "command")
    }

    /// The next report of the server that is as it is looked for.
    pub(super) fn report(&self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        until(what, || sent::events(&self.server_state(), "report").into_iter().find(|report| is(report)))
    }

    /// A project whose metadata are the catalog's.
    pub(super) fn project(&self) -> String {
        let file = self.machine.given("metadata.json", &catalog().to_string());
        file.parent().and_then(|folder| folder.to_str()).expect("a folder").to_owned()
    }
}

/// The arguments of a command that talks to the server at an address.
pub(super) fn to<'a>(address: &'a str, words: &[&'a str]) -> Vec<&'a str> {
    [words, &["--endpoint", address, "--admin-secret", SECRET]].concat()
}

/// Two data sources, neither of which has the name that is everybody's default.
fn catalog() -> Value {
    let by_key = json!({"name": "author", "using": {"foreign_key_constraint_on": "author_id"}});
    let by_hand = json!({"name": "notes", "using": {"manual_configuration": {"remote_table": "salaries"}}});
    let triggers: Vec<Value> = (0..5).map(|number| json!({"name": format!("salaries_{number}")})).collect();
    json!({
        "sources": [
            {"name": "chinook", "kind": "postgres", "functions": [{"function": "search_salaries"}], "tables": [
                {"table": {"name": "salaries"}, "object_relationships": [by_key], "event_triggers": triggers},
                {"table": {"name": "people"}, "array_relationships": [by_key, by_hand],
                 "select_permissions": [{"role": "user"}, {"role": "auditor"}],
                 "insert_permissions": [{"role": "user"}]},
                {"table": {"name": "rich"}, "is_view": true},
            ]},
            {"name": "payroll", "kind": "mssql", "tables": [{"table": {"name": "orders"}}]},
        ],
        "remote_schemas": [{"name": "countries"}],
    })
}
