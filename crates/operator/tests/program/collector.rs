//! A collector as a child of its test.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aboveboard_testkit::sender;
use aboveboard_types::possession::Purpose;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::aboveboard;

/// The operator's token of every collector here.
pub(crate) const TOKEN: &str = "token-of-the-operator";

/// The configuration of one.
pub(crate) fn config() -> String {
    let hash = "1b82c790392ba8b62ca9cf174191c0ed1182536944c48e7878007dda6e0b80fc";
    // A test asks again and again until what it waits for is there.
    let rate = "[rate]\nprefix-per-second = 10000\nprefix-burst = 20000\n";
    format!("listen = \"127.0.0.1:0\"\ndata = \"data\"\n{rate}[operator]\ntoken-hash = \"{hash}\"\n")
}

/// A collector that is killed with its test.
pub(crate) struct Collector {
    home: Option<TempDir>,
    child: Child,
    address: String,
}

impl Collector {
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("c.toml"), config()).unwrap();
        Self::on(home)
    }

    /// One on the configuration and data of another that stopped.
    pub(crate) fn on(home: TempDir) -> Self {
        let mut command = aboveboard(home.path());
        command.args(["collect", "--config", "c.toml"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening ").unwrap().to_owned();
        Self { home: Some(home), child, address }
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.as_ref().unwrap().path()
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// A verb that speaks to the running collector.
    pub(crate) fn ask(&self, verb: &str, arguments: &[&str]) -> Output {
        let mut command = aboveboard(self.home());
        command.args(["collector", verb, "--config", "c.toml"]).args(arguments).output().unwrap()
    }

    /// Makes it know quarry.
    pub(crate) fn push(&self) {
        let pushed = self.push_text(include_str!("../../../../examples/quarry/telemetry.toml"));
        assert!(pushed.status.success(), "{pushed:?}");
    }

    /// `manifest push` of a file with this text.
    pub(crate) fn push_text(&self, text: &str) -> Output {
        std::fs::write(self.home().join("telemetry.toml"), text).unwrap();
        let arguments = ["manifest", "push", "telemetry.toml", "--config", "c.toml"];
        aboveboard(self.home()).args(arguments).output().unwrap()
    }

    /// Posts a batch of one command, all ids made of a number.
    pub(crate) fn post(&self, number: u64) {
        self.post_body(number, Self::batch(number));
    }

    /// The same of a program of another version.
    pub(crate) fn post_version(&self, number: u64, version: &str) {
        let body = Self::batch(number);
        let other = body.replace("\"version\":\"1.2.3\"", &format!("\"version\":\"{version}\""));
        assert_ne!(other, body);
        self.post_body(number, other);
    }

    /// Posts a batch whose ids are made of a number.
    pub(crate) fn post_body(&self, number: u64, body: String) {
        let answer = ureq::post(format!("{}/v1/batch", self.address))
            .header("content-type", "application/json")
            .header("aboveboard-key", "qk_pub_quarry")
            .header("aboveboard-proof", proof(number))
            .send(body);
        assert_eq!(answer.unwrap().status(), 202);
    }

    /// A batch of one command, all ids made of a number.
    pub(crate) fn batch(number: u64) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        format!(
            "{{\"wire\":1,\"product\":\"quarry\",\"revision\":1,\"manifest\":\"{}\",\
             \"batch\":\"4e20{number:04x}-1111-8111-8111-{number:012x}\",\
             \"installation\":\"{}\",\
             \"component\":\"cli\",\"version\":\"1.2.3\",\"os\":\"linux\",\"arch\":\"x86_64\",\"marks\":[],\
             \"sequence\":1,\"events\":[{{\"name\":\"command\",\"time\":{now},\"command\":\"init\",\
             \"run\":\"33333333-3333-4333-8333-{number:012x}\",\"error\":false}}],\"outcomes\":{{}}}}",
            hash(),
            sender::installation("quarry", number),
        )
    }

    /// The same as a line of a hand-over file for this host.
    pub(crate) fn handed_over(number: u64, host: &str) -> String {
        Self::hand_over(&Self::batch(number), host)
    }

    /// A batch as a line of a hand-over file for this host.
    pub(crate) fn hand_over(body: &str, host: &str) -> String {
        let batch: aboveboard_wire::Batch<'_> = serde_json::from_str(body).unwrap();
        let proof = sender::proof(batch.installation, Purpose::Send).unwrap();
        aboveboard_types::hand_over::line(host, "qk_pub_quarry", batch.batch, &proof, body.as_bytes())
            .unwrap()
    }

    /// The JSON that it answers to a GET.
    pub(crate) fn get(&self, path: &str) -> Value {
        let request = ureq::get(format!("{}{path}", self.address));
        let mut answer = request.header("authorization", format!("Bearer {TOKEN}")).call().unwrap();
        serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap()
    }

    /// What it has counted, once that is `events` commands.
    pub(crate) fn totals(&self, events: u64) -> Value {
        let start = Instant::now();
        loop {
            let totals = self.get("/api/totals.json");
            if totals["products"]["quarry"]["cli"]["events"].as_u64().unwrap_or(0) == events {
                return totals;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "{events} expected: {totals}");
            // It applies in the background; asking is the only way to know when.
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends in order, and leaves its configuration and data.
    pub(crate) fn stop(mut self) -> TempDir {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
        self.home.take().unwrap()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        // One that was stopped is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The hash of quarry's manifest.
fn hash() -> String {
    let text = include_str!("../../../../examples/quarry/telemetry.toml");
    aboveboard_manifest::parse(text, "telemetry.toml").unwrap().hash
}

/// The proof that a batch with this number carries.
pub(crate) fn proof(number: u64) -> String {
    sender::proof(sender::installation("quarry", number), Purpose::Send).unwrap().to_string()
}
