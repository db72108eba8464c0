//! ClickHouse of today, by its package for Python: `tests/modern`.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::address::Address;
use super::configuration::HTTP_PORT;
use super::daemon::Daemon;
use super::folder::folder;
use super::server::try_ask;

/// Where `cargo xtask torture` says that the package is installed.
const VARIABLE: &str = "ABOVEBOARD_MODERN_CLICKHOUSE";

/// What `tests/modern` writes when it answers.
const READY: &str = "ready";

/// A running double of a server of today. It replicates nothing, and runs one statement at a time.
#[derive(Debug)]
pub struct Double {
    // First, so that it ends before its directory goes.
    _daemon: Daemon,
    address: Address,
    _folder: TempDir,
}

impl Double {
    /// Where its package is; none where nobody says so.
    #[must_use]
    pub fn package() -> Option<PathBuf> {
        std::env::var_os(VARIABLE).map(PathBuf::from)
    }

    /// Starts an empty one and waits until it answers.
    #[must_use]
    pub fn start(package: &Path) -> Self {
        let address = Address::claim();
        let folder = folder("aboveboard-modern-");
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("modern");
        let listens = format!("{}:{HTTP_PORT}", address.ip());
        let arguments = [Path::new("-B"), &program, Path::new(&listens), folder.path(), package]
            .map(|argument| argument.display().to_string());
        let mut daemon = Daemon::start("python3", &arguments, READY);
        daemon.await_ready();
        Self { _daemon: daemon, address, _folder: folder }
    }

    /// Where it answers, `127.…:8123`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}:{HTTP_PORT}", self.address.ip())
    }
    /// What it answers to a statement.
    ///
    /// # Errors
    /// If it cannot be reached or refuses it.
    pub fn try_ask(&self, statement: &str) -> Result<String, String> {
        try_ask(&format!("http://{}", self.address()), None, statement)
    }
}
