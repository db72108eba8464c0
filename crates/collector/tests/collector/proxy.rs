//! Debian's nginx and Caddy in front of a collector, each by a recipe that operators are given.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::test_collector::until;

/// A proxy with a certificate of its own.
pub(crate) struct Proxy {
    child: Child,
    address: SocketAddr,
    host: String,
    folder: PathBuf,
}

/// The recipe with this machine's places: each must be there, or the recipe is not the one that is meant.
fn here(recipe: &str, places: &[(&str, String)]) -> String {
    places.iter().fold(recipe.to_owned(), |text, (theirs, ours)| {
        assert!(text.contains(theirs), "no {theirs} in {recipe}");
        text.replace(theirs, ours)
    })
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Makes a key and a certificate that names this host.
fn certify(folder: &Path, host: &str) {
    let key =
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"];
    let output = Command::new("openssl")
        .args(key)
        .args(["-subj", &format!("/CN={host}"), "-addext", &format!("subjectAltName=DNS:{host}")])
        .args(["-keyout", &format!("{host}.key"), "-out", &format!("{host}.pem")])
        .current_dir(folder)
        .output()
        .unwrap_or_else(|error| panic!("openssl: {error}"));
    assert!(output.status.success(), "{output:?}");
}

impl Proxy {
    /// nginx with a `server` block; `upstream` says which addresses stand for which.
    pub(crate) fn nginx(folder: &Path, host: &str, recipe: &str, upstream: &[(&str, String)]) -> Self {
        certify(folder, host);
        let address = free_address();
        let root = folder.to_string_lossy();
        let places =
            [("listen 443 ssl;", format!("listen {address} ssl;")), ("/etc/ssl/", format!("{root}/"))];
        let server = here(&here(recipe, &places), upstream);
        let own = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {root}/{name};"))
            .concat();
        let whole = format!(
            "daemon off; pid {root}/pid; error_log stderr crit;\nevents {{}}\nhttp {{ access_log off; {own}\n{server}\n}}\n"
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, whole).unwrap();
        let mut command = Command::new("nginx");
        command.arg("-p").arg(folder).arg("-c").arg(&file);
        Self::start(command, address, host, folder)
    }

    /// Caddy with a site block. Nobody would give it a certificate for the host, so it is given one.
    pub(crate) fn caddy(folder: &Path, host: &str, recipe: &str, upstream: &[(&str, String)]) -> Self {
        certify(folder, host);
        let address = free_address();
        let root = folder.to_string_lossy();
        let site = format!(
            "https://{host}:{} {{\n    bind 127.0.0.1\n    tls {root}/{host}.pem {root}/{host}.key",
            address.port()
        );
        let server = here(&here(recipe, &[(&format!("{host} {{"), site)]), upstream);
        let whole = format!("{{\n    admin off\n    auto_https off\n}}\n{server}\n");
        let file = folder.join("Caddyfile");
        std::fs::write(&file, whole).unwrap();
        let mut command = Command::new("caddy");
        command.args(["run", "--adapter", "caddyfile", "--config"]).arg(&file);
        command.env("HOME", folder).env("XDG_DATA_HOME", folder).env("XDG_CONFIG_HOME", folder);
        Self::start(command, address, host, folder)
    }

    fn start(mut command: Command, address: SocketAddr, host: &str, folder: &Path) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.stderr(Stdio::null()).spawn().unwrap_or_else(|error| panic!("{name}: {error}"));
        until(|| TcpStream::connect(address).is_ok());
        Self { child, address, host: host.to_owned(), folder: folder.to_owned() }
    }

    /// The address under which a browser reaches this path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://{}:{}{path}", self.host, self.address.port())
    }

    /// A curl that finds the host here, and believes the certificate alone.
    pub(crate) fn curl(&self) -> Command {
        let mut curl = Command::new("curl");
        curl.arg("-sS").arg("--cacert").arg(self.folder.join(format!("{}.pem", self.host)));
        curl.args(["--resolve", &format!("{}:{}:127.0.0.1", self.host, self.address.port())]);
        curl
    }

    /// The status with which one request is answered.
    pub(crate) fn status(&self, arguments: &[&str], path: &str) -> String {
        self.statuses(&[arguments], path).concat()
    }

    /// The statuses with which requests are answered that one curl makes, one right after the other.
    pub(crate) fn statuses(&self, requests: &[&[&str]], path: &str) -> Vec<String> {
        let mut curl = self.curl();
        for (n, arguments) in requests.iter().enumerate() {
            curl.args((n > 0).then_some("--next"));
            curl.args(["-k", "-o", "/dev/null", "-w", "%{http_code}\n"]).args(*arguments).arg(self.url(path));
        }
        let stdout = curl.output().unwrap().stdout;
        String::from_utf8(stdout).unwrap().lines().map(str::to_owned).collect()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // The master of nginx ends its workers on SIGTERM, and would leave them on SIGKILL.
        let pid = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.child.wait();
    }
}
