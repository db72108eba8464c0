//! PCF Dev in Go: a plug-in whose starts take long, with a distributor's own text, on machines that are often offline.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use aboveboard_testkit::terminal::Session;
use aboveboard_types::id::Id;
use harness::home::{Home, end_pauses};
use harness::process::Process;
use harness::proxy::Fault;
use harness::until;
use serde_json::{Value, json};

use super::build::{go, has};
use super::machine::{Machine, Seal};
use super::profile::PCF_DEV;
use super::sent::batches;

/// A machine with the plug-in.
struct Laptop {
    machine: Machine,
    plugin: PathBuf,
    image: PathBuf,
}

impl Laptop {
    /// `None` where Go is not installed.
    fn new() -> Option<Self> {
        let programs = go("pcf-dev")?;
        let mut machine = Machine::new(&[PCF_DEV]);
        // What is sent is sent by the tests.
        machine.home.set(&PCF_DEV.variable("TELEMETRY_FIRST_DELAY"), "3600");
        let plugin = machine.install(PCF_DEV, &programs, Seal::Development);
        let image = plugin.join("images/default");
        std::fs::create_dir_all(&image).expect("a folder for the image");
        std::fs::write(image.join("version"), "0.31.1\n").expect("its version");
        let laptop = Self { machine, plugin, image };
        for program in ["stop", "target", "hypervisor"] {
            laptop.program_of_image(program, "exit 0");
        }
        Some(laptop)
    }

    fn program_of_image(&self, name: &str, script: &str) {
        self.machine.script(&self.image.join(name), script);
    }

    /// What somebody types after `cf`.
    fn cf_at(&self, home: &Home, words: &[&str]) -> Command {
        let mut command = home.program(self.plugin.join("cf-dev"));
        command.args(words);
        if let Some(place) = words.iter().position(|word| ["start", "stop", "target"].contains(word)) {
            let mut words = words.to_vec();
            words.splice(place + 1..place + 1, ["-f", self.image.to_str().expect("a path")]);
            command = home.program(self.plugin.join("cf-dev"));
            command.args(words);
        }
        command
    }

    fn cf(&self, words: &[&str]) -> Command {
        self.cf_at(&self.machine.home, words)
    }

    fn succeeds(&self, words: &[&str]) {
        self.machine.succeeds(&mut self.cf(words));
    }

    fn mode(&self) -> Option<i32> {
        self.cf(&["dev", "telemetry", "status", "--check"]).status().expect("it runs").code()
    }

    fn state(&self) -> PathBuf {
        self.machine.state(PCF_DEV)
    }

    /// The batch that is sent next. Where there is none, an example is shown.
    fn next(&self, home: &Home) -> Option<Value> {
        let output = self.cf_at(home, &["dev", "telemetry", "preview"]).output().expect("it runs");
        let batch: Value = serde_json::from_slice(&output.stdout).ok()?;
        (batch["installation"] != Id::from_bytes([0; 16]).to_string()).then_some(batch)
    }

    /// Waits until the batch that is sent next has so many events, and returns these: a relay ends after its program.
    fn recorded(&self, number: usize) -> Vec<Value> {
        until(&format!("{number} recorded events"), || {
            let events = events(&self.next(&self.machine.home)?);
            (events.len() == number).then_some(events)
        })
    }
}

fn events(batch: &Value) -> Vec<Value> {
    batch["events"].as_array().cloned().unwrap_or_default()
}

fn names(events: &[Value]) -> Vec<&str> {
    events.iter().filter_map(|event| event["name"].as_str()).collect()
}

/// A pipe with a name, by which a step of a start waits for the test.
fn pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().expect("mkfifo runs");
    assert!(made.success());
}

#[test]
fn row_16_what_was_recorded_offline_is_pushed_later_in_order_and_once() {
    let Some(laptop) = Laptop::new() else { return };
    laptop.succeeds(&["dev", "telemetry", "--on"]);
    laptop.machine.proxy.set(Fault::Reply("HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\ncaptive".to_owned()));
    laptop.succeeds(&["dev", "start", "-m", "12288", "-c", "6", "-s", "redis,my-hunter2"]);
    laptop.recorded(3);
    laptop.program_of_image("network", "echo hunter2 >&2; exit 12");
    assert_eq!(laptop.cf(&["dev", "start"]).status().expect("it runs").code(), Some(1));
    laptop.recorded(6);
    let send = || laptop.cf(&["dev", "telemetry", "send"]).status().expect("it runs").code();
    assert_eq!(send(), Some(6), "a captive portal takes nothing");
    // The daemon of the running cloud hears of what is pushed to it, and of its errors.
    let mut daemon = laptop.cf(&["analytics"]).stdin(Stdio::piped()).spawn().expect("it runs");
    let audit = [
        json!({"type": "audit.app.create", "buildpack": "nodejs", "outcome": "success", "app": "hunter2"}),
        json!({"type": "audit.app.create", "buildpack": "https://example.org/hunter2", "outcome": "failure"}),
        json!({"type": "error", "part": "network", "message": "no route to hunter2"}),
        json!({"type": "audit.hunter2"}),
    ];
    let mut input = daemon.stdin.take().expect("its input");
    audit.iter().for_each(|event| writeln!(input, "{event}").expect("it reads"));
    drop(input);
    assert!(daemon.wait().expect("it ends").success());
    laptop.machine.home.await_end_of_programs();
    assert_eq!(laptop.machine.counted(PCF_DEV, "cli", 0), 0);

    laptop.machine.proxy.set(Fault::None);
    end_pauses(&laptop.state());
    until("everything is taken", || (send() == Some(0)).then_some(()));
    laptop.succeeds(&["dev", "telemetry", "send"]);
    let batches = batches(&laptop.state());
    let told: Vec<Value> =
        batches.iter().flat_map(events).filter(|event| event["name"] != "command").collect();
    let order = [
        "start-begun",
        "start-finished",
        "start-begun",
        "start-finished",
        "app-pushed",
        "app-pushed",
        "failed",
    ];
    assert_eq!(names(&told), order);
    let times: Vec<u64> = told.iter().filter_map(|event| event["time"].as_u64()).collect();
    assert!(times.is_sorted() && times.len() == told.len(), "{times:?}");
    let begun = json!({"memory": 8, "processors": 4, "services": ["redis", "other"], "image": "0.31.1"});
    assert_eq!(told[0]["fields"], begun);
    assert_eq!(told[3]["fields"], json!({"failed": true, "step": "network", "exit-code": 12, "took": 0}));
    assert_eq!(told[4]["fields"], json!({"buildpack": "nodejs", "failed": false}));
    assert_eq!(told[5]["fields"], json!({"buildpack": "other", "failed": true}));
    assert_eq!(told[6]["fields"], json!({"part": "network"}));
    let sequence: Vec<u64> = batches.iter().filter_map(|batch| batch["sequence"].as_u64()).collect();
    assert_eq!(sequence, (0..batches.len() as u64).collect::<Vec<_>>(), "the batches are numbered in order");
    // Two commands and seven events, each once.
    assert_eq!(laptop.machine.counted(PCF_DEV, "cli", 9), 9);
    laptop.machine.assert_nowhere(PCF_DEV, &["hunter2", "captive"]);
}

#[test]
fn a_long_start_says_that_it_has_begun_and_one_that_is_killed_is_unfinished() {
    let Some(laptop) = Laptop::new() else { return };
    laptop.succeeds(&["dev", "telemetry", "on"]);
    let hold = laptop.image.join("hold");
    pipe(&hold);
    laptop.program_of_image("bosh", &format!("read line <'{}'", hold.display()));
    let begin = || Process::start(&mut laptop.cf(&["dev", "start"]));
    let mut start = begin();
    start.await_line("bosh");
    assert_eq!(names(&laptop.recorded(1)), ["start-begun"], "while the start goes on");
    std::fs::write(&hold, "go on\n").expect("the step reads");
    assert_eq!(start.end(), Some(0));
    let events = laptop.recorded(3);
    assert_eq!(events[1]["fields"], json!({"failed": false, "took": 0}));
    assert_eq!((&events[2]["command"], &events[2]["error"]), (&json!("start"), &json!(false)));

    let mut killed = begin();
    laptop.recorded(4);
    killed.kill();
    std::fs::write(&hold, "the step outlives it\n").expect("the step reads");
    let events = laptop.recorded(5);
    assert_eq!((&events[4]["command"], &events[4]["unfinished"]), (&json!("start"), &json!(true)));
}

#[test]
fn removing_the_plugin_says_how_long_it_was_kept_and_its_own_words_turn_telemetry_off() {
    let Some(laptop) = Laptop::new() else { return };
    laptop.succeeds(&["dev", "telemetry", "--on"]);
    let mut touch = Command::new("touch");
    laptop.machine.succeeds(touch.args(["-d", "8 days ago"]).arg(laptop.plugin.join("cf-dev")));
    laptop.succeeds(&["dev", "uninstall"]);
    let events = laptop.recorded(2);
    assert_eq!(
        (&events[0]["name"], &events[0]["fields"]),
        (&json!("uninstalled"), &json!({"kept": 604_800_000}))
    );
    assert_eq!((&events[1]["command"], &events[1]["error"]), (&json!("uninstall"), &json!(false)));
    assert!(!laptop.image.exists());
    laptop.succeeds(&["dev", "telemetry", "--off"]);
    assert_eq!(laptop.mode(), Some(3));
    assert!(!laptop.state().exists());
}

#[test]
fn row_17_one_id_for_a_machine_and_product_comes_from_a_random_secret_and_never_from_hardware() {
    let Some(laptop) = Laptop::new() else { return };
    let id_at = |home: &Home| {
        laptop.machine.succeeds(&mut laptop.cf_at(home, &["dev", "telemetry", "on"]));
        laptop.machine.succeeds(&mut laptop.cf_at(home, &["dev", "version"]));
        home.await_end_of_programs();
        laptop.next(home).expect("a batch")["installation"].as_str().expect("an id").to_owned()
    };
    let id = id_at(&laptop.machine.home);
    assert_eq!(id_at(&laptop.machine.home), id, "it stays");
    let mut other = Home::new();
    other.set("PCF_DEV_TELEMETRY_ENDPOINT", laptop.machine.proxy.address());
    other.set("PCF_DEV_TELEMETRY_ALLOW_PRIVATE", "true");
    assert_ne!(id_at(&other), id, "the hardware is the same");
    // The id follows the secret, and nothing else of the machine.
    let secret = |home: &Home| home.path().join(".local/state/pcf-dev/telemetry/secret");
    std::fs::copy(secret(&laptop.machine.home), secret(&other)).expect("a copy");
    assert_eq!(id_at(&other), id);
    assert_eq!(std::fs::metadata(secret(&other)).expect("a file").permissions().mode() & 0o777, 0o600);

    // Without a place for a secret there is no id, and nothing under an id that others have as well.
    let mut full = Home::new();
    full.set("PCF_DEV_TELEMETRY_ENDPOINT", laptop.machine.proxy.address());
    full.set("PCF_DEV_TELEMETRY_ALLOW_PRIVATE", "true");
    laptop.machine.succeeds(&mut laptop.cf_at(&full, &["dev", "telemetry", "on"]));
    std::fs::create_dir_all(full.path().join(".local")).expect("a folder");
    std::fs::write(full.path().join(".local/state"), "a file in the way").expect("a file");
    laptop.machine.succeeds(&mut laptop.cf_at(&full, &["dev", "version"]));
    full.await_end_of_programs();
    let said = |verb: &str| {
        let output = laptop.cf_at(&full, &["dev", "telemetry", verb]).output().expect("it runs");
        String::from_utf8([output.stdout, output.stderr].concat()).expect("a text")
    };
    assert_eq!(said("send"), "nothing is recorded\n");
    assert!(!said("status").contains("installation:"), "{}", said("status"));
    assert_eq!(laptop.machine.proxy.connections(), 0, "something was sent");
}

#[test]
fn row_17_nothing_that_identifies_the_hardware_is_opened() {
    let Some(laptop) = Laptop::new() else { return };
    if !has("strace", "--version") {
        return;
    }
    laptop.succeeds(&["dev", "telemetry", "on"]);
    // The first batch needs an id.
    let mut trace = String::new();
    for words in [&["dev", "version"][..], &["dev", "telemetry", "send"]] {
        let file = laptop.machine.given("trace", "");
        let mut traced = laptop.machine.home.program("strace");
        traced.args(["-f", "-qq", "-e", "trace=%file,%network,ioctl", "-o"]).arg(&file);
        laptop.machine.succeeds(traced.arg(laptop.plugin.join("cf-dev")).args(words));
        trace += &std::fs::read_to_string(file).expect("a trace");
    }
    assert!(trace.contains("spool") && trace.contains("secret"), "the agent is in the trace");
    for source in ["machine-id", "/sys/class", "/dmi", "product_uuid", "hostid", "boot_id", "SIOCGIFHWADDR"] {
        assert!(!trace.contains(source), "{source} was looked at");
    }
}

#[test]
fn row_18_a_distributors_text_is_shown_its_consent_kept_apart_and_the_base_consent_alone_asks_again() {
    let Some(laptop) = Laptop::new() else { return };
    let distributor = laptop.plugin.join("distributor");
    let distribute = |name: &str| {
        let _ = std::fs::remove_dir_all(&distributor);
        std::fs::create_dir(&distributor).expect("a folder");
        let text = format!("Acme packages this PCF Dev ({name}) and reads the figures.");
        std::fs::write(distributor.join(format!("{name}.txt")), text).expect("a text");
    };
    laptop.succeeds(&["dev", "telemetry", "on"]);
    assert_eq!(laptop.mode(), Some(0));
    distribute("acme-1");
    assert_eq!(laptop.mode(), Some(5), "the base consent alone is none to the distributor's text");
    laptop.succeeds(&["dev", "start"]);
    assert!(!laptop.state().exists(), "nothing is recorded meanwhile");

    let ask = |name: &str, keys: &str| {
        let mut session = Session::start(&laptop.cf(&["dev", "stop"]), 100);
        session.expect(&format!("Acme packages this PCF Dev ({name}) and reads the figures."));
        session.expect("May it? [y/N/show] ");
        session.type_in(keys);
        session.end().0
    };
    let answered = ask("acme-1", "y\n");
    assert!(answered.contains("cf dev telemetry off"), "{answered}");
    assert_eq!(laptop.mode(), Some(0));
    let answers = laptop.machine.home.path().join(".config/pcf-dev");
    let answer = |file: &str| std::fs::read_to_string(answers.join(file)).unwrap_or_default();
    assert!(
        answer("consent").starts_with("answer=yes ") && answer("consent.acme-1").starts_with("answer=yes ")
    );
    let mut session = Session::start(&laptop.cf(&["dev", "stop"]), 100);
    assert_eq!(session.end().0, "", "who has answered is not asked");
    laptop.recorded(1);

    // Another text needs an answer of its own. The other one stays, and so does the one to no text.
    distribute("acme-2");
    assert_eq!(laptop.mode(), Some(5));
    distribute("acme-1");
    assert_eq!(laptop.mode(), Some(0));
    std::fs::remove_dir_all(&distributor).expect("the distributor's text goes");
    assert_eq!(laptop.mode(), Some(0));
    // A no to a text is one to everything.
    distribute("acme-2");
    ask("acme-2", "n\n");
    assert_eq!(laptop.mode(), Some(3));
    assert!(!laptop.state().exists(), "a no deletes");
    std::fs::remove_dir_all(&distributor).expect("the distributor's text goes");
    assert_eq!(laptop.mode(), Some(3));
}
