//! A real collector process on loopback, with the manifest of quarry.

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::clock::Clock;
use crate::home::Home;
use crate::process::Process;
use crate::{binary, until};

/// The operator's token of every collector here, and its SHA-256.
pub const TOKEN: &str = "token-of-the-operator";
const TOKEN_HASH: &str = "1b82c790392ba8b62ca9cf174191c0ed1182536944c48e7878007dda6e0b80fc";

/// A running collector.
pub struct Collector {
    process: Process,
    address: String,
    data: PathBuf,
    home: Home,
}

/// The manifest of the demo product.
#[must_use]
pub fn quarry_manifest() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/quarry/telemetry.toml")
}

impl Default for Collector {
    fn default() -> Self {
        Self::new()
    }
}

impl Collector {
    /// Starts a collector on a free port with an empty data directory.
    #[must_use]
    pub fn new() -> Self {
        Self::with("")
    }

    /// Starts one with additional lines of configuration.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn with(configuration: &str) -> Self {
        Self::in_home(Home::new(), configuration)
    }

    /// Starts one with additional lines of configuration that goes by a clock of the test's.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn by_clock(clock: &Clock, configuration: &str) -> Self {
        let mut home = Home::new();
        for (name, value) in clock.variables() {
            home.set(name, value.to_str().expect("a path of text"));
        }
        Self::in_home(home, configuration)
    }

    fn in_home(home: Home, configuration: &str) -> Self {
        let data = home.data();
        std::fs::create_dir_all(data.join("manifests")).expect("a manifest directory");
        std::fs::copy(quarry_manifest(), data.join("manifests/quarry.toml")).expect("quarry's manifest");
        configure(&home, configuration);
        let (process, address) = start(&home);
        Self { process, address, data, home }
    }

    /// Gives it other additional lines of configuration from the next start on.
    pub fn configure(&self, configuration: &str) {
        configure(&self.home, configuration);
    }

    /// Its address, `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Its data directory.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Sends SIGKILL and waits.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Kills it and starts it again on the same data, on a free port.
    pub fn restart(&mut self) {
        self.process.kill();
        (self.process, self.address) = start(&self.home);
    }

    /// Runs `aboveboard collector` with these words and its configuration, as its operator on the same machine does.
    ///
    /// # Panics
    /// If there is no such program.
    #[must_use]
    pub fn verb(&self, words: &[&str]) -> Output {
        let mut command = self.home.program(binary("aboveboard"));
        command.arg("collector").args(words).arg("--config").arg(config(&self.home));
        command.output().expect("aboveboard runs")
    }

    /// The value of one of its metrics, named without the prefix that all have.
    ///
    /// # Panics
    /// If it does not say it.
    #[must_use]
    pub fn metric(&self, name: &str) -> u64 {
        let text = self.text("/metrics");
        let start = format!("aboveboard_{name} ");
        let value = text.lines().find_map(|line| line.strip_prefix(&start)?.parse().ok());
        value.unwrap_or_else(|| panic!("no {name} in {text}"))
    }

    /// Sends SIGTERM and waits for its exit code.
    pub fn stop(&mut self) -> Option<i32> {
        self.process.terminate()
    }

    /// A JSON document of its API.
    ///
    /// # Panics
    /// If it does not answer with JSON.
    #[must_use]
    pub fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The body of a page.
    ///
    /// # Panics
    /// If it does not answer with success.
    #[must_use]
    pub fn text(&self, path: &str) -> String {
        let mut reply = ureq::get(format!("{}{path}", self.address))
            .header("authorization", format!("Bearer {TOKEN}"))
            .call()
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        reply.body_mut().read_to_string().expect("a text")
    }

    /// How many events of quarry's component the collector has counted so far.
    #[must_use]
    pub fn counted(&self, component: &str) -> u64 {
        self.json("/api/totals.json")["products"]["quarry"][component]["events"].as_u64().unwrap_or(0)
    }

    /// The same where it has figures now: without its cluster it has none.
    #[must_use]
    pub fn try_counted(&self, component: &str) -> Option<u64> {
        let request = ureq::get(format!("{}/api/totals.json", self.address));
        let reply = request.header("authorization", format!("Bearer {TOKEN}")).call();
        let totals: Value = serde_json::from_str(&reply.ok()?.body_mut().read_to_string().ok()?).ok()?;
        Some(totals["products"]["quarry"][component]["events"].as_u64().unwrap_or(0))
    }

    /// Waits until `component` has `expected` events or more, then returns how many there are.
    ///
    /// # Panics
    /// After ninety seconds.
    #[must_use]
    pub fn await_counted(&self, component: &str, expected: u64) -> u64 {
        until(&format!("{expected} events of {component}"), || {
            Some(self.counted(component)).filter(|counted| *counted >= expected)
        })
    }
}

fn config(home: &Home) -> PathBuf {
    home.path().join("collector.toml")
}

fn configure(home: &Home, configuration: &str) {
    let text = format!(
        "data = {:?}\nlisten = \"127.0.0.1:0\"\noperator.token-hash = \"{TOKEN_HASH}\"\n{configuration}\n",
        home.data()
    );
    std::fs::write(config(home), text).expect("a configuration");
}

fn start(home: &Home) -> (Process, String) {
    let mut command = home.program(binary("aboveboard"));
    command.arg("collect").arg("--config").arg(config(home));
    let mut process = Process::start(&mut command);
    let address = process.await_line("listening");
    (process, address)
}
