//! One server.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// The program, as Debian installs it.
const PROGRAM: &str = "/usr/sbin/clickhouse-server";

/// What a server writes once it answers.
const IS_READY: &str = "Ready for connections";

/// A server that was not ready in this time does not start at all.
const MAX_START: Duration = Duration::from_secs(60);

/// Another program may take a port that was free a moment ago.
const MAX_ATTEMPTS: u32 = 5;

/// Whether servers can be started on this machine.
#[must_use]
pub fn is_installed() -> bool {
    Path::new(PROGRAM).exists()
}

/// A server of its own, which goes with the value.
#[derive(Debug)]
pub struct ClickHouseServer {
    directory: TempDir,
    port: u16,
    password: String,
    process: Option<Child>,
}

/// The ports of a server: HTTP, its own protocol, and that of other servers.
type Ports = [u16; 3];

impl ClickHouseServer {
    /// Starts a server without ZooKeeper.
    ///
    /// # Panics
    /// Where it does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with_password("")
    }

    /// Starts one whose user `default` has a password.
    ///
    /// # Panics
    /// Where it does not start.
    #[must_use]
    pub fn start_with_password(password: &str) -> Self {
        let directory = tempfile::Builder::new().prefix("clickhouse-").tempdir().unwrap();
        for _ in 0..MAX_ATTEMPTS {
            let ports = free_ports();
            configure(directory.path(), ports, password);
            if let Some(process) = launch(directory.path()) {
                return Self {
                    directory,
                    port: ports[0],
                    password: password.to_owned(),
                    process: Some(process),
                };
            }
        }
        panic!("{}", log(directory.path()));
    }

    /// `HOST:PORT` of its HTTP interface.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The password of its user.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Ends it at once, as a power cut would, or its machine's kernel.
    ///
    /// # Panics
    /// Where it does not run.
    pub fn kill(&mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Starts it again on the same ports.
    ///
    /// # Panics
    /// Where it runs, or does not start.
    pub fn start_again(&mut self) {
        assert!(self.process.is_none(), "it runs");
        self.process = launch(self.directory.path());
        assert!(self.process.is_some(), "{}", log(self.directory.path()));
    }

    /// Stops it where it is, until [`resume`](Self::resume): it keeps its connections and answers nothing.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let process = self.process.as_ref().unwrap();
        kill_process(Pid::from_child(process), signal).unwrap();
    }
}

impl Drop for ClickHouseServer {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn free_ports() -> Ports {
    // All are taken at once, so that they differ.
    let taken = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    taken.map(|listener| listener.local_addr().unwrap().port())
}

fn configure(directory: &Path, [http, tcp, interserver]: Ports, password: &str) {
    for name in ["data", "tmp", "format"] {
        std::fs::create_dir_all(directory.join(name)).unwrap();
    }
    let at = directory.display();
    let users = format!(
        "<yandex><profiles><default><max_memory_usage>2000000000</max_memory_usage></default></profiles>
<users><default><password>{password}</password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>\
         </default></users>
<quotas><default></default></quotas></yandex>"
    );
    std::fs::write(directory.join("users.xml"), users).unwrap();
    let config = format!(
        "<yandex><logger><level>information</level><console>1</console></logger>
<listen_host>127.0.0.1</listen_host><http_port>{http}</http_port><tcp_port>{tcp}</tcp_port>
<interserver_http_host>127.0.0.1</interserver_http_host><interserver_http_port>{interserver}</interserver_http_port>
<path>{at}/data/</path><tmp_path>{at}/tmp/</tmp_path><format_schema_path>{at}/format/</format_schema_path>
<users_config>{at}/users.xml</users_config><default_profile>default</default_profile><default_database>default</default_database>
<mark_cache_size>67108864</mark_cache_size><max_concurrent_queries>100</max_concurrent_queries><timezone>UTC</timezone>
<dictionaries_config>*_dictionary.xml</dictionaries_config></yandex>"
    );
    std::fs::write(directory.join("config.xml"), config).unwrap();
}

/// Starts the process and waits until it says that it is ready; none where it ends before.
fn launch(directory: &Path) -> Option<Child> {
    let mut command = Command::new(PROGRAM);
    command.arg(format!("--config-file={}", directory.join("config.xml").display()));
    command.current_dir(directory).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let output = process.stderr.take().unwrap();
    let log = directory.join("server.log");
    let (tell, told) = mpsc::channel();
    // Reads on for as long as the server runs, so that it never waits for somebody to read.
    std::thread::spawn(move || {
        let mut lines = Vec::new();
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if line.contains(IS_READY) {
                let _ = tell.send(());
            }
            lines.push(line);
            if lines.len() < 200 {
                let _ = std::fs::write(&log, lines.join("\n"));
            }
        }
    });
    if told.recv_timeout(MAX_START).is_ok() {
        return Some(process);
    }
    let _ = process.kill();
    let _ = process.wait();
    None
}

fn log(directory: &Path) -> String {
    let log = std::fs::read_to_string(directory.join("server.log"));
    format!("ClickHouse does not start: {}", log.unwrap_or_default())
}
