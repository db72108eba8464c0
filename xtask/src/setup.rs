//! What the tests need beside Rust: named here once, installed on Debian as root, reported elsewhere.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::run::{program, step};

/// A program that the tests call, and the Debian package that holds it.
struct Tool {
    /// Its name in the search path, or a file that it is run from.
    program: &'static str,
    package: &'static str,
    what_for: &'static str,
}

const TOOLS: [Tool; 20] = [
    Tool { program: "cc", package: "gcc", what_for: "compiles SQLite and ring" },
    Tool { program: "strace", package: "strace", what_for: "counts system calls, injects faults and kills" },
    Tool { program: "chromium", package: "chromium", what_for: "drives the console and the page" },
    Tool { program: "node", package: "nodejs", what_for: "tests the console package" },
    Tool { program: "npm", package: "npm", what_for: "installs the console package's tools" },
    Tool { program: "pip3", package: "python3-pip", what_for: "installs the Python client's tools" },
    Tool { program: "go", package: "golang-go", what_for: "tests the Go client" },
    Tool { program: "faketime", package: "faketime", what_for: "gives a collector a clock of its own" },
    Tool { program: "setpriv", package: "util-linux", what_for: "runs a program as another user" },
    Tool { program: "ip", package: "iproute2", what_for: "gives a program a network of its own" },
    Tool { program: "valgrind", package: "valgrind", what_for: "counts instructions" },
    Tool { program: "curl", package: "curl", what_for: "asks a collector through its proxy" },
    Tool { program: "openssl", package: "openssl", what_for: "makes certificates for that proxy" },
    Tool { program: "systemd-analyze", package: "systemd", what_for: "verifies the service unit" },
    Tool { program: "nginx", package: "nginx-light", what_for: "stands before a collector as its proxy" },
    Tool { program: "caddy", package: "caddy", what_for: "stands before a collector as its other proxy" },
    Tool {
        program: "prometheus",
        package: "prometheus",
        what_for: "asks what the dashboards ask of a collector",
    },
    Tool {
        program: "clickhouse-server",
        package: "clickhouse-server",
        what_for: "keeps what several collectors receive",
    },
    Tool {
        program: "clickhouse-client",
        package: "clickhouse-client",
        what_for: "asks it what an operator asks",
    },
    // It brings Java with it.
    Tool {
        program: "/usr/share/java/zookeeper.jar",
        package: "zookeeper",
        what_for: "keeps the replicas of such servers together",
    },
];

/// What Debian's packages ask before they start a service.
const SERVICE_POLICY: &str = "/usr/sbin/policy-rc.d";

/// "Starting this is forbidden", for every service: nobody asked for a database on this machine.
const NO_SERVICE: &str = "#!/bin/sh\n# While the tests of aboveboard install what they need.\nexit 101\n";

/// Makes sure that every tool is there.
pub(crate) fn tools() -> Result<()> {
    let missing: Vec<&Tool> = TOOLS.iter().filter(|tool| find(tool.program).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if find("apt-get").is_some() && is_root()? {
        step("package lists", program("apt-get").args(["update", "-qq"]))?;
        return install(missing.iter().map(|tool| tool.package));
    }
    for tool in &missing {
        eprintln!("missing: {} (Debian package {}): {}", tool.program, tool.package, tool.what_for);
    }
    bail!("install what is missing, or run this as root on Debian, where it is installed for you")
}

/// Installs packages of Debian, starts nothing, and does not sync every file that it unpacks.
fn install<'p>(packages: impl Iterator<Item = &'p str>) -> Result<()> {
    let _policy = NoServices::forbid()?;
    let mut install = program("apt-get");
    install.args(["install", "-y", "-qq", "--no-install-recommends"]).args(packages);
    install.args(["-o", "Dpkg::Options::=--force-unsafe-io", "-o", "Dpkg::Use-Pty=0"]);
    step("packages", install.env("DEBIAN_FRONTEND", "noninteractive"))
}

/// While it lives, installing a package starts no service. A policy that the machine has stands as it is.
struct NoServices {
    is_ours: bool,
}

impl NoServices {
    fn forbid() -> Result<Self> {
        // One that an interrupted set-up left is ours too.
        if fs::read_to_string(SERVICE_POLICY).is_ok_and(|text| text != NO_SERVICE) {
            return Ok(Self { is_ours: false });
        }
        fs::write(SERVICE_POLICY, NO_SERVICE)?;
        fs::set_permissions(SERVICE_POLICY, fs::Permissions::from_mode(0o755))?;
        Ok(Self { is_ours: true })
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if self.is_ours {
            let _ = fs::remove_file(SERVICE_POLICY);
        }
    }
}

/// Installs cargo-deny below the target directory unless it is on the path; says where it is.
pub(crate) fn cargo_deny() -> Result<PathBuf> {
    if let Some(found) = find("cargo-deny") {
        return Ok(found);
    }
    let tools = crate::run::root().join("target/tools");
    let installed = tools.join("bin/cargo-deny");
    if !installed.exists() {
        let mut install = crate::run::cargo();
        install.args(["install", "--locked", "--quiet", "cargo-deny", "--root"]).arg(&tools);
        step("cargo-deny", &mut install)?;
    }
    Ok(installed)
}

/// Installs what checks the Node client and its types, once for each change of its lock file.
pub(crate) fn node_tools() -> Result<()> {
    let folder = crate::run::root().join("packages/node");
    let lock = folder.join("package-lock.json");
    let installed = folder.join("node_modules/installed.json");
    if fs::read(&installed).ok() == Some(fs::read(&lock)?) {
        return Ok(());
    }
    step("Node tools", program("npm").args(["ci", "--silent"]).current_dir(&folder))?;
    fs::copy(&lock, &installed)?;
    Ok(())
}

/// Installs what checks the types of the Python client; says where it is.
pub(crate) fn python_tools() -> Result<PathBuf> {
    python("packages/python/requirements.txt", "target/python")
}

/// Installs the package that an example product has a backend for.
pub(crate) fn product_packages() -> Result<PathBuf> {
    python("examples/products/openvino/requirements.txt", "target/python-products")
}

/// Installs ClickHouse of today as a package, which the stores' long runs hold the oldest version against; says where it is.
pub(crate) fn modern_clickhouse() -> Result<PathBuf> {
    python("tests/modern/requirements.txt", "target/python-clickhouse")
}

/// Installs packages from PyPI into a folder, once for each change of their list, which names all that they need too.
fn python(list: &str, folder: &str) -> Result<PathBuf> {
    let list = crate::run::root().join(list);
    let folder = crate::run::root().join(folder);
    let installed = folder.join("requirements.txt");
    if fs::read(&installed).ok() == Some(fs::read(&list)?) {
        return Ok(folder);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut install = program("pip3");
    install.args([
        "install",
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "--only-binary",
        ":all:",
        "--target",
    ]);
    install.arg(&folder).arg("--requirement").arg(&list).env("PIP_ROOT_USER_ACTION", "ignore");
    step("Python packages", &mut install)?;
    fs::copy(&list, &installed)?;
    Ok(folder)
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let sbin = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(sbin).map(|dir| dir.join(program)).find(|file| is_file(file))
}

fn is_file(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file())
}

fn is_root() -> Result<bool> {
    Ok(crate::run::output(program("id").arg("-u"))?.trim() == "0")
}
