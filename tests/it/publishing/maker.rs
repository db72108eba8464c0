//! A maker: a collector with a past, a key, a site, and a clock that says which day it is.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{SystemTime, UNIX_EPOCH};

use aboveboard_testkit::clickhouse::Server;
use aboveboard_types::clock::{day_stamp, parse_day_stamp};
use aboveboard_types::declaration::Declaration;
use harness::clock::Clock;
use harness::crowd;
use harness::home::Home;
use harness::process::Process;
use harness::until;
use serde_json::Value;

/// The site's address, whose name the key has.
const NAME: &str = "acorn.example/figures";

/// The first hour of a day at which installations report, and at which the maker works.
const HOUR: i64 = 20 * 3_600;

const TOKEN: &str = "token-of-the-operator";
const TOKEN_HASH: &str = "1b82c790392ba8b62ca9cf174191c0ed1182536944c48e7878007dda6e0b80fc";

/// The manifest without [publish].
const MANIFEST: &str = r#"
grammar = 1

[product]
id = "acorn"
name = "Acorn"
revision = 1
endpoint = "https://telemetry.example"
ingest-key = "ak_pub_acorn"
controller = "The Acorn project, Musterstraße 1, 10115 Berlin"
contact = "privacy@acorn.example"
policy = "https://acorn.example/privacy"
hosting = "DE"
retention = "13 months"
recipients = "nobody"
releases = ["1.4", "1.5"]

[consent]
server = "notice"
cli = "ask"

[defaults]
owner = "team@acorn.example"
since = 2026-01-01
until = 2028-12-01

[server]
every = "24h"

[counts.oaks]
what = "oaks planted"
why = "How large are forests?"
chart = "distribution"
edges = [1, 10, 100]

[cli]
why = "Which commands are used, and which of them fail too often?"
chart = "table"
commands = ["plant", "water", "prune", "fell"]
"#;

/// The maker.
pub(crate) struct Maker {
    home: Home,
    clock: Clock,
    /// The newest day on which the collector ran, since 1970.
    ran: Cell<u32>,
    /// Today.
    day: RefCell<String>,
}

impl Maker {
    /// A maker with a key and a manifest that publishes these tables every quarter.
    pub(crate) fn new(tables: &str) -> Self {
        let maker = Self {
            home: Home::new(),
            clock: Clock::new(),
            ran: Cell::new(u32::MAX),
            day: RefCell::default(),
        };
        std::fs::create_dir_all(maker.data().join("manifests")).expect("a directory of manifests");
        let config = format!(
            "data = {:?}\nlisten = \"127.0.0.1:0\"\noperator.token-hash = \"{TOKEN_HASH}\"\n",
            maker.data()
        );
        std::fs::write(maker.config(), config).expect("a configuration");
        let key =
            maker.aboveboard(&["publish", "key", "new", "key.pem", "--name", NAME]).output().expect("a key");
        assert!(key.status.success(), "{key:?}");
        let key = String::from_utf8(key.stdout).expect("a text");
        maker.declare(&format!(
            "{MANIFEST}\n[publish]\nwhy = \"Packagers see what their data is used for.\"\nevery = \"quarter\"\ntables = \
             {tables}\nlicence = \"CC0-1.0\"\nsite = \"https://{NAME}\"\nkeys = [\"{}\"]\n",
            key.trim()
        ));
        maker.today("2026-01-02");
        let (mut collector, _) = maker.collect();
        assert_eq!(collector.terminate(), Some(0), "it has made its database");
        maker
    }

    /// Lets the collector have this manifest.
    pub(crate) fn declare(&self, manifest: &str) {
        std::fs::write(self.manifest(), manifest).expect("a manifest");
    }

    /// Lets the collector have this manifest as another revision.
    pub(crate) fn declare_revision(&self, revision: u32, manifest: &str) {
        let text = manifest.replace("revision = 1\n", &format!("revision = {revision}\n"));
        std::fs::write(self.data().join(format!("manifests/acorn-{revision}.toml")), text)
            .expect("a manifest");
    }

    /// The first manifest that the collector has.
    pub(crate) fn manifest(&self) -> PathBuf {
        self.data().join("manifests/acorn-1.toml")
    }

    /// The newest.
    fn newest(&self) -> PathBuf {
        let revisions = (1..9).map(|revision| self.data().join(format!("manifests/acorn-{revision}.toml")));
        revisions.take_while(|file| file.exists()).last().expect("a manifest")
    }

    /// The home directory of its programs.
    pub(crate) fn home(&self) -> &Home {
        &self.home
    }

    /// A command that goes by this clock.
    pub(crate) fn clocked<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.envs(self.clock.variables())
    }

    /// Its data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.home.path().join("collector")
    }

    /// The directory of the site.
    pub(crate) fn site(&self) -> PathBuf {
        self.home.path().join("site")
    }

    /// Where its files are.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn config(&self) -> PathBuf {
        self.home.path().join("collector.toml")
    }

    /// Makes it the evening of this day.
    pub(crate) fn today(&self, day: &str) {
        day.clone_into(&mut self.day.borrow_mut());
        let day = parse_day_stamp(day).expect("a day");
        let real = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs();
        let ahead = i64::from(day) * 86_400 + HOUR - i64::try_from(real).expect("a time of this century");
        self.clock.set(ahead, 0);
    }

    /// Lets the collector run once a week until this day: one that was off for long doubts its clock for a while.
    pub(crate) fn pass(&self, until: &str) {
        let until = parse_day_stamp(until).expect("a day");
        while self.ran.get() < until {
            let day = (self.ran.get() + 7).min(until);
            self.today(&day_stamp(day));
            let (mut collector, _) = self.collect();
            assert_eq!(collector.terminate(), Some(0));
            self.ran.set(day);
        }
        self.today(&day_stamp(until));
    }

    /// A command of the program, by this clock.
    pub(crate) fn aboveboard(&self, arguments: &[&str]) -> Command {
        self.by_clock(self.home.program(harness::binary("aboveboard")), arguments)
    }

    /// A command of the program behind `strace` with these arguments.
    pub(crate) fn traced(&self, strace: &[&str], arguments: &[&str]) -> Command {
        let mut command = self.home.program("strace");
        command.args(["-f", "-qq"]).args(strace);
        // The clock is the program's alone.
        for (name, value) in self.clock.variables() {
            command.arg("-E").arg(format!("{name}={}", value.display()));
        }
        command.arg(harness::binary("aboveboard")).args(arguments).current_dir(self.home.path());
        command
    }

    fn by_clock(&self, mut command: Command, arguments: &[&str]) -> Command {
        command.args(arguments).envs(self.clock.variables()).current_dir(self.home.path());
        command
    }

    /// What these installations recorded on a day reaches the log on that day.
    pub(crate) fn receive(&self, members: Range<u32>, day: &str) {
        self.pass(day);
        let file = self.path("exported");
        let number = parse_day_stamp(day).expect("a day");
        std::fs::write(&file, crowd::exported(&self.declaration(), members, number)).expect("a file");
        let config = self.config();
        let config = config.to_str().expect("a path");
        let import =
            self.aboveboard(&["collector", "import", "--foreign", "--config", config, "exported"]).output();
        let import = import.expect("the program runs");
        assert!(import.status.success(), "{}", String::from_utf8_lossy(&import.stderr));
    }

    fn declaration(&self) -> Declaration {
        let text = std::fs::read_to_string(self.newest()).expect("a manifest");
        aboveboard_manifest::parse(&text, "telemetry.toml").expect("a sound manifest").declaration()
    }

    /// Runs the collector until everything in the log is in the store.
    pub(crate) fn apply(&self) {
        let today = self.day.borrow().clone();
        self.pass(&today);
        let (mut collector, address) = self.collect();
        let is_applied = || {
            let mut reply = ureq::get(format!("{address}/metrics"))
                .header("authorization", format!("Bearer {TOKEN}"))
                .call()
                .ok()?;
            reply.body_mut().read_to_string().ok()?.contains("log_unapplied_bytes 0\n").then_some(())
        };
        until("everything is in the store", is_applied);
        assert_eq!(collector.terminate(), Some(0));
        self.ran.set(parse_day_stamp(&today).expect("a day"));
    }

    /// Moves what the collector has to a cluster of one server, and lets it go on there.
    pub(crate) fn move_to(&self, server: &Server) {
        let config = self.config();
        let config = config.to_str().expect("a path");
        let run = |words: &[&str]| {
            let output = self.aboveboard(words).output().expect("the program runs");
            assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).expect("a text")
        };
        run(&["collector", "key", "cluster.key"]);
        let mut text = std::fs::read_to_string(self.config()).expect("a configuration");
        text += &format!(
            "[store]\nkind = \"clickhouse\"\nshards = [[{:?}]]\nkey-file = {:?}\n",
            server.url(),
            self.path("cluster.key")
        );
        std::fs::write(self.config(), &text).expect("a configuration");
        run(&["collector", "migrate", "--to", "clickhouse", "--config", config]);
        let own = self.own_node();
        text += &format!("[publish]\nnode = {}\n", own["node"]);
        std::fs::write(self.config(), &text).expect("a configuration");
    }

    /// What the cluster knows of the collector.
    fn own_node(&self) -> Value {
        let nodes =
            self.aboveboard(&["collector", "nodes", "--json", "--config"]).arg(self.config()).output();
        let nodes: Value = serde_json::from_slice(&nodes.expect("the program runs").stdout).expect("JSON");
        let mut nodes = nodes.as_array().expect("all collectors").iter();
        nodes.find(|node| node["is-own"] == true).expect("this one").clone()
    }

    /// Starts the collector.
    pub(crate) fn collect(&self) -> (Process, String) {
        let mut command = self.aboveboard(&["collect", "--config"]);
        command.arg(self.config());
        let mut process = Process::start(&mut command);
        let address = process.await_line("listening");
        (process, address)
    }

    /// The arguments of a verb of `publish` about this product.
    pub(crate) fn verb(&self, verb: &[&str]) -> Vec<String> {
        let config = self.config().display().to_string();
        let all = ["publish"].iter().chain(verb).map(|word| (*word).to_owned());
        let signs = matches!(verb[0], "run" | "withdraw" | "correct");
        let key = if signs { vec!["--key", "key.pem"] } else { Vec::new() };
        let site = if matches!(verb[0], "run" | "withdraw" | "correct" | "adopt") {
            vec!["--site", "site"]
        } else {
            Vec::new()
        };
        if verb[0] == "check" {
            return all.collect();
        }
        let about = ["--product", "acorn", "--config", &config].map(ToOwned::to_owned);
        all.chain(about).chain(site.into_iter().chain(key).map(ToOwned::to_owned)).collect()
    }

    /// Runs a verb of `publish`.
    pub(crate) fn publish(&self, verb: &[&str]) -> Output {
        let arguments = self.verb(verb);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.aboveboard(&arguments).output().expect("the program runs")
    }

    /// Runs a verb that succeeds.
    pub(crate) fn publish_ok(&self, verb: &[&str]) -> String {
        let output = self.publish(verb);
        assert!(output.status.success(), "{verb:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("a text")
    }

    /// What `figures verify` says of the site with the keys of the manifest.
    pub(crate) fn verified(&self) -> Result<(), String> {
        let manifest = self.manifest();
        let manifest = manifest.to_str().expect("a path");
        let output = self.aboveboard(&["figures", "verify", "--manifest", manifest, "site"]).output();
        let output = output.expect("the program runs");
        if output.status.success() { Ok(()) } else { Err(format!("{output:?}")) }
    }

    /// Runs a verb that refuses, and returns what it says.
    pub(crate) fn refusal(&self, verb: &[&str]) -> String {
        let output = self.publish(verb);
        let said = String::from_utf8(output.stderr).expect("a text");
        assert_eq!(output.status.code(), Some(1), "{verb:?}: {said}");
        said
    }
}

/// Every file below a directory with its bytes.
pub(crate) fn files(root: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut found = std::collections::BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(root).expect("a path in it").display().to_string();
                found.insert(name, std::fs::read(&path).expect("a file"));
            }
        }
    }
    found
}
