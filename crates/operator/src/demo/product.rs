//! The collector and the demo product, running.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use aboveboard_agent::output;
use aboveboard_cli_agent::verbs::Exit;
use aboveboard_core::environment::Environment;
use aboveboard_core::identity;
use aboveboard_core::paths::Paths;
use aboveboard_demo::catalog::Catalog;
use aboveboard_types::clock;
use anyhow::{Context as _, ensure};

use super::process::Process;
use super::{Sandbox, live};
use crate::collector::CollectorClient;
use crate::simulate::{self, Plan};

/// Waiting times in seconds. A product waits hours and days, which a demo cannot: from the server's notice to its first
/// report, between two deliveries of the server, and between two of the CLI's helper.
const SERVER_PACE: [(&str, &str); 2] =
    [("QUARRY_TELEMETRY_FIRST_DELAY", "0"), ("QUARRY_TELEMETRY_DELIVER", "1")];
const CLI_PACE: (&str, &str) = ("QUARRY_TELEMETRY_PERIOD", "2");

/// What the product's server tracks.
pub(super) const CATALOG: &str = include_str!("catalog.json");

/// Everything that runs.
pub(super) struct RunningProduct<'p> {
    sandbox: &'p Sandbox,
    /// Address of the collector.
    pub(super) collector: String,
    /// The same, for its operator.
    pub(super) operator: CollectorClient,
    /// Address of the product's server.
    pub(super) server: String,
    /// Admin secret of that server.
    pub(super) secret: String,
    processes: Vec<Process>,
}

impl<'p> RunningProduct<'p> {
    /// Starts the collector and the server, and gives consent by the product's own command.
    pub(super) fn start(sandbox: &'p Sandbox, history: bool) -> anyhow::Result<Self> {
        let (collector_process, collector) = start_collector(sandbox, history)?;
        let operator = CollectorClient::on(sandbox.folder("collector")?);
        live::follow(&operator);
        let secret = identity::new_secret().context("no randomness")?;
        let data = sandbox.folder("server")?;
        fill_catalog(&data)?;
        let mut command = sandbox.lasting_program("quarry-server");
        command.args(["--listen", "127.0.0.1:0", "--data"]).arg(data);
        command.env("QUARRY_ADMIN_SECRET", &secret).envs(endpoint_variables(&collector));
        command.envs(SERVER_PACE);
        let (server_process, server) = Process::start(command, &sandbox.root().join("server.log"))?;
        let processes = vec![server_process, collector_process];
        let product = Self { sandbox, collector, operator, server, secret, processes };
        sandbox.write_shortcut(&product.variables())?;
        // An opt-out of the caller's beats this consent; then the demo shows that nothing is recorded.
        let consent = product.quarry(&["telemetry", "on"])?;
        let is_off = consent.status.code() == Some(i32::from(Exit::Off.code()));
        ensure!(is_off || consent.status.success(), "`quarry telemetry on` failed: {}", stderr_of(&consent));
        if is_off {
            output::message(&stderr_of(&consent));
        }
        Ok(product)
    }

    fn variables(&self) -> Vec<(&'static str, &str)> {
        let mut variables = endpoint_variables(&self.collector).to_vec();
        variables.extend([
            CLI_PACE,
            ("QUARRY_ENDPOINT", &*self.server),
            ("QUARRY_ADMIN_SECRET", &*self.secret),
        ]);
        variables
    }

    /// A command of the product's CLI.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.program("quarry");
        command.args(arguments).envs(self.variables());
        command
    }

    /// Runs a command of the product's CLI to its end.
    pub(super) fn quarry(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        self.command(arguments).output().context("cannot run the product's CLI")
    }

    /// Whether the agents record at all: a switch of the caller's may turn them off.
    pub(super) fn records(&self) -> anyhow::Result<bool> {
        Ok(self.quarry(&["telemetry", "status", "--check"])?.status.success())
    }

    /// Where the server's agent keeps what it keeps.
    pub(super) fn server_paths(&self) -> Paths {
        Paths::in_directory(&self.sandbox.root().join("server"))
    }

    /// Where the CLI's agent keeps what it keeps.
    pub(super) fn cli_paths(&self) -> Option<Paths> {
        let environment = Environment::of(self.sandbox.variables());
        Paths::of_user(&aboveboard_demo::telemetry::PRODUCT, &environment)
    }

    /// A file of the demo's directory.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.sandbox.root().join(name)
    }

    /// Ends the server first, so that its agent can still deliver.
    pub(super) fn end(self) {
        self.processes.into_iter().for_each(Process::end);
    }
}

/// What a program wrote to its standard error.
pub(super) fn stderr_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim_end().to_owned()
}

/// The variables that let an agent deliver to a collector on this machine.
fn endpoint_variables(collector: &str) -> [(&'static str, &str); 2] {
    [("QUARRY_TELEMETRY_ENDPOINT", collector), ("QUARRY_TELEMETRY_ALLOW_PRIVATE", "true")]
}

fn start_collector(sandbox: &Sandbox, history: bool) -> anyhow::Result<(Process, String)> {
    let data = sandbox.folder("collector")?;
    if history {
        make_history(&data)?;
    } else {
        let manifests = sandbox.folder("collector/manifests")?;
        std::fs::write(manifests.join("quarry.toml"), aboveboard_demo::MANIFEST)
            .context("cannot write the manifest")?;
    }
    let config = sandbox.root().join("collector.toml");
    let text = format!("listen = \"127.0.0.1:0\"\ndata = {:?}\n", data.display().to_string());
    std::fs::write(&config, text).context("cannot write the collector's configuration")?;
    let mut command = sandbox.lasting_program("aboveboard");
    command.arg("collect").arg("--config").arg(&config);
    Process::start(command, &sandbox.root().join("collector.log"))
}

/// A made-up month before today, every batch marked synthetic.
fn make_history(data: &Path) -> anyhow::Result<()> {
    let plan = Plan { days: 30, installations: 400, seed: 1, now: i64::try_from(clock::now())? };
    let manifest = aboveboard_manifest::read(aboveboard_demo::MANIFEST.as_bytes(), "telemetry.toml")?;
    simulate::into(data, &manifest, plan).map(drop)
}

/// A catalog from earlier days, so that the server's first report has something to count.
fn fill_catalog(data: &Path) -> anyhow::Result<()> {
    let metadata = serde_json::from_str(CATALOG)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(Catalog::open(data)?.replace(metadata))?;
    Ok(())
}
