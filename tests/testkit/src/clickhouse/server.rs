//! One server of ClickHouse.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use super::address::Address;
use super::configuration::{self, HTTP_PORT, HTTPS_PORT, Password, ServerSettings};
use super::daemon::Daemon;
use super::folder::folder;
use super::zookeeper;

/// The program, as Debian installs it.
const PROGRAM: &str = "/usr/sbin/clickhouse-server";

/// What it logs once it answers.
const READY: &str = "Ready for connections";

/// How long it may take to answer a test.
const PATIENCE: Duration = Duration::from_secs(60);

/// The time between two looks whether it has ended.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Whether servers can be started on this machine.
#[must_use]
pub fn is_installed() -> bool {
    Path::new(PROGRAM).exists() && zookeeper::is_installed()
}

/// A server, running or not.
#[derive(Debug)]
pub struct Server {
    daemon: Daemon,
    address: Address,
    folder: TempDir,
    settings: ServerSettings,
}

impl Server {
    /// Starts an empty server and waits until it answers.
    #[must_use]
    pub fn start(settings: &ServerSettings) -> Self {
        let mut server = Self::begin(settings);
        server.await_ready();
        server
    }

    /// Starts an empty server.
    pub(super) fn begin(settings: &ServerSettings) -> Self {
        let address = Address::claim();
        let folder = folder("aboveboard-clickhouse-");
        configuration::write(folder.path(), address.ip(), settings);
        let daemon = start(&folder);
        Self { daemon, address, folder, settings: settings.clone() }
    }

    /// Waits until it answers.
    pub(super) fn await_ready(&mut self) {
        self.daemon.await_ready();
    }

    /// Where it answers, `127.…:8123`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}:{HTTP_PORT}", self.address.ip())
    }

    /// The same as an URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Where it answers with TLS.
    #[must_use]
    pub fn tls_url(&self) -> String {
        format!("https://{}:{HTTPS_PORT}", self.address.ip())
    }

    /// Its address.
    #[must_use]
    pub fn ip(&self) -> Ipv4Addr {
        self.address.ip()
    }

    /// Its directory.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// How it is set up.
    #[must_use]
    pub fn settings(&self) -> &ServerSettings {
        &self.settings
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.daemon.id()
    }

    /// What it answers to a statement, as text.
    ///
    /// # Panics
    /// If it refuses it.
    #[must_use]
    pub fn ask(&self, statement: &str) -> String {
        self.try_ask(statement).unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    /// Runs a statement that answers nothing.
    ///
    /// # Panics
    /// If it refuses it.
    pub fn run(&self, statement: &str) {
        let answer = self.ask(statement);
        assert!(answer.is_empty(), "{statement}: {answer}");
    }

    /// What it answers to a statement.
    ///
    /// # Errors
    /// If it cannot be reached or refuses it.
    pub fn try_ask(&self, statement: &str) -> Result<String, String> {
        try_ask(&self.url(), self.settings.password.as_ref(), statement)
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.daemon.kill();
    }

    /// `kill -9` before it calls the system by this name for the so-manieth time from now on, in whichever thread.
    ///
    /// # Panics
    /// If it cannot be traced, or does not call it for a minute.
    pub fn kill_before(&mut self, call: &str, number: u32) {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}"), "-e"]);
        strace.arg(format!("inject={call}:signal=KILL:when={number}")).args(["-p", &self.id().to_string()]);
        let mut strace = strace.spawn().unwrap_or_else(|error| panic!("strace: {error}"));
        let until = Instant::now() + PATIENCE;
        while !self.daemon.has_ended() {
            let ended = strace.try_wait().unwrap();
            assert!(ended.is_none_or(|status| status.success()), "strace ended: {ended:?}");
            assert!(Instant::now() < until, "no call of {call} in a minute");
            std::thread::sleep(POLL_INTERVAL);
        }
        let _ = strace.wait();
        self.daemon.kill();
    }

    /// SIGTERM, and waits for its end.
    pub fn stop(&mut self) {
        self.daemon.stop();
    }

    /// SIGSTOP: it answers nobody and closes no connection.
    pub fn pause(&self) {
        self.daemon.signal(Signal::STOP);
    }

    /// SIGCONT.
    pub fn resume(&self) {
        self.daemon.signal(Signal::CONT);
    }

    /// Starts it again on the same addresses and data, after a `kill -9` if it runs, and waits until it answers.
    pub fn restart(&mut self) {
        self.daemon.kill();
        self.daemon = start(&self.folder);
        self.daemon.await_ready();
    }

    /// `kill -9`, and everything that it had stored is gone.
    pub fn wipe(&mut self) {
        self.daemon.kill();
        fs::remove_dir_all(self.folder.path().join("data")).unwrap();
        configuration::write(self.folder.path(), self.address.ip(), &self.settings);
    }

    /// Puts an empty server in its place under the name of another replica, and waits until it answers.
    pub fn replace(&mut self, replica: &str) {
        replica.clone_into(&mut self.settings.replica);
        self.wipe();
        self.restart();
    }
}

/// What a server answers to a statement.
pub(super) fn try_ask(url: &str, password: Option<&Password>, statement: &str) -> Result<String, String> {
    let mut request = ureq::post(format!("{url}/?wait_end_of_query=1"))
        .config()
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE))
        .build();
    if let Some(password) = password {
        request = request.header("X-ClickHouse-User", &password.user);
        request = request.header("X-ClickHouse-Key", &password.password);
    }
    let mut reply = request.send(statement).map_err(|error| error.to_string())?;
    let text = reply.body_mut().read_to_string().map_err(|error| error.to_string())?;
    if reply.status().is_success() { Ok(text) } else { Err(text) }
}

fn start(folder: &TempDir) -> Daemon {
    let config = folder.path().join("config.xml");
    Daemon::start(PROGRAM, &[format!("--config-file={}", config.display())], READY)
}
