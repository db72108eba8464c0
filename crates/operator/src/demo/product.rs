//! The collector and the demo product, running.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{SystemTime, UNIX_EPOCH};

use aboveboard_cli_agent::verbs::Exit;
use aboveboard_core::environment::Environment;
use aboveboard_core::paths::Paths;
use aboveboard_demo::catalog::Catalog;
use anyhow::{Context as _, ensure};

use super::live;
use super::place::Place;
use super::process::Process;
use super::script;
use crate::say;
use crate::simulate::{self, Plan};

/// Seconds that a product waits by the hour and the day, and a demo cannot: from the server's notice to its first
/// report, between two deliveries of the server, and between two of the CLI's helper.
const SERVER_PACE: [(&str, &str); 2] =
    [("QUARRY_TELEMETRY_FIRST_DELAY", "0"), ("QUARRY_TELEMETRY_DELIVER", "1")];
const CLI_PACE: (&str, &str) = ("QUARRY_TELEMETRY_PERIOD", "2");

/// Everything that runs.
pub(super) struct Product<'p> {
    place: &'p Place,
    /// Address of the collector.
    pub(super) collector: String,
    /// Address of the product's server.
    pub(super) server: String,
    /// Admin secret of that server.
    pub(super) secret: String,
    processes: Vec<Process>,
}

impl<'p> Product<'p> {
    /// Starts the collector and the server, and says yes with the product's own command.
    pub(super) fn start(place: &'p Place, history: bool) -> anyhow::Result<Self> {
        let (collector_process, collector) = start_collector(place, history)?;
        live::follow(&collector);
        let secret = random_secret()?;
        let data = place.folder("server")?;
        fill_catalog(&data)?;
        let mut command = place.lasting_program("quarry-server");
        command.args(["--listen", "127.0.0.1:0", "--data"]).arg(data);
        command.env("QUARRY_ADMIN_SECRET", &secret).envs(to(&collector));
        command.envs(SERVER_PACE);
        let (server_process, server) = Process::start(command, &place.root().join("server.log"))?;
        let processes = vec![server_process, collector_process];
        let product = Self { place, collector, server, secret, processes };
        place.write_shortcut(&product.variables())?;
        // A no of the caller's beats this yes; then the demo shows that nothing is recorded.
        let yes = product.quarry(&["telemetry", "on"])?;
        let stored = yes.status.success() || yes.status.code() == Some(i32::from(Exit::Off.code()));
        ensure!(stored, "`quarry telemetry on` failed: {}", words(&yes));
        if !yes.status.success() {
            say::word(&words(&yes));
        }
        Ok(product)
    }

    fn variables(&self) -> Vec<(&'static str, &str)> {
        let mut variables = to(&self.collector).to_vec();
        variables.extend([
            CLI_PACE,
            ("QUARRY_ENDPOINT", &*self.server),
            ("QUARRY_ADMIN_SECRET", &*self.secret),
        ]);
        variables
    }

    /// A command of the product's CLI.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.place.program("quarry");
        command.args(arguments).envs(self.variables());
        command
    }

    /// Runs a command of the product's CLI to its end.
    pub(super) fn quarry(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        self.command(arguments).output().context("cannot run the product's CLI")
    }

    /// Whether the agents record at all: a switch of the caller's may say no.
    pub(super) fn records(&self) -> anyhow::Result<bool> {
        Ok(self.quarry(&["telemetry", "status", "--check"])?.status.success())
    }

    /// Where the server's agent keeps what it keeps.
    pub(super) fn server_places(&self) -> Paths {
        Paths::in_directory(&self.place.root().join("server"))
    }

    /// Where the CLI's agent keeps what it keeps.
    pub(super) fn cli_places(&self) -> Option<Paths> {
        let environment = Environment::of(self.place.variables());
        Paths::of_user(&aboveboard_demo::telemetry::PRODUCT, &environment)
    }

    /// A file of the demo's directory.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.place.root().join(name)
    }

    /// Ends the server first, so that its agent can still deliver.
    pub(super) fn end(self) {
        self.processes.into_iter().for_each(Process::end);
    }
}

/// What a program said of its work.
pub(super) fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim_end().to_owned()
}

/// The variables that let an agent deliver to a collector on this machine.
fn to(collector: &str) -> [(&'static str, &str); 2] {
    [("QUARRY_TELEMETRY_ENDPOINT", collector), ("QUARRY_TELEMETRY_ALLOW_PRIVATE", "true")]
}

fn start_collector(place: &Place, history: bool) -> anyhow::Result<(Process, String)> {
    let data = place.folder("collector")?;
    if history {
        make_history(&data)?;
    } else {
        let manifests = place.folder("collector/manifests")?;
        std::fs::write(manifests.join("quarry.toml"), aboveboard_demo::MANIFEST)
            .context("cannot write the manifest")?;
    }
    let config = place.root().join("collector.toml");
    let text = format!("listen = \"127.0.0.1:0\"\ndata = {:?}\n", data.display().to_string());
    std::fs::write(&config, text).context("cannot write the collector's configuration")?;
    let mut command = place.lasting_program("aboveboard");
    command.arg("collect").arg("--config").arg(&config);
    Process::start(command, &place.root().join("collector.log"))
}

/// A made-up month before today, every batch marked synthetic.
fn make_history(data: &Path) -> anyhow::Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let plan = Plan { days: 30, installations: 400, seed: 1, now: i64::try_from(now)? };
    simulate::into(data, Path::new("telemetry.toml"), aboveboard_demo::MANIFEST, plan).map(drop)
}

/// A catalog from earlier days, so that the server's first report has something to count.
fn fill_catalog(data: &Path) -> anyhow::Result<()> {
    let metadata = serde_json::from_str(script::CATALOG)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(Catalog::open(data)?.replace(metadata))?;
    Ok(())
}

/// Sixteen random bytes in hexadecimal.
fn random_secret() -> anyhow::Result<String> {
    use std::io::Read as _;
    let mut bytes = [0; 16];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .context("no randomness")?;
    Ok(aboveboard_types::hex::encode(&bytes))
}
