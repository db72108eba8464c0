//! A ZooKeeper of one server.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use tempfile::TempDir;

use super::address::Address;
use super::daemon::Daemon;
use super::folder::folder;

const PORT: u16 = 2181;

/// What it logs once it answers.
const READY: &str = "ContainerManager - Using checkIntervalMs";

/// Its libraries stand in the manifest of the first; the others make it log.
const CLASSES: &str =
    "/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-api.jar:/usr/share/java/slf4j-simple.jar";

pub(super) fn is_installed() -> bool {
    CLASSES.split(':').all(|library| Path::new(library).exists())
}

/// A running ZooKeeper.
#[derive(Debug)]
pub struct ZooKeeper {
    daemon: Daemon,
    address: Address,
    folder: TempDir,
}

impl ZooKeeper {
    /// Starts one that knows nothing yet, and waits until it answers.
    #[must_use]
    pub fn start() -> Self {
        let address = Address::claim();
        let folder = folder("aboveboard-zookeeper-");
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap();
        let configuration = format!(
            "tickTime=500\ndataDir={}\nclientPort={PORT}\nclientPortAddress={}\nadmin.enableServer=false\n\
             maxClientCnxns=0\n",
            data.display(),
            address.ip()
        );
        fs::write(folder.path().join("zoo.cfg"), configuration).unwrap();
        let mut daemon = start(&folder);
        daemon.await_ready();
        Self { daemon, address, folder }
    }

    /// Where it answers.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (self.address.ip(), PORT).into()
    }

    /// Its address.
    #[must_use]
    pub fn ip(&self) -> Ipv4Addr {
        self.address.ip()
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.daemon.id()
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.daemon.kill();
    }

    /// Starts it again on what it had written, and waits until it answers.
    pub fn restart(&mut self) {
        self.daemon.kill();
        self.daemon = start(&self.folder);
        self.daemon.await_ready();
    }
}

fn start(folder: &TempDir) -> Daemon {
    let arguments = [
        // A small one that starts fast. What it has written survives a kill, which is all that a test does to it.
        "-Xmx256m",
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-Dzookeeper.forceSync=no",
        "-cp",
        CLASSES,
        "org.apache.zookeeper.server.ZooKeeperServerMain",
        &folder.path().join("zoo.cfg").display().to_string(),
    ];
    Daemon::start("java", &arguments.map(str::to_owned), READY)
}
