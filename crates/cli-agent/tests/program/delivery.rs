//! From a command to the collector: by the helper, and by hand.

use std::io::Read as _;
use std::os::fd::AsRawFd as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use aboveboard_core::endpoint::Endpoint;
use aboveboard_types::id::Id;
use aboveboard_types::possession::Purpose;

use super::collector::{Answer, Collector};
use super::tool::{CLOSED, Home, program};

/// A home whose user said yes to this endpoint.
fn consenting(endpoint: &str) -> Home {
    let home = Home::new();
    home.verb(endpoint, &["on"]);
    home
}

/// What stands for an endpoint in the names of files.
fn tag(endpoint: &str) -> String {
    Endpoint::parse(endpoint, true).unwrap().tag()
}

/// The processes that are a helper of this home.
pub(crate) fn helpers(home: &Home) -> Vec<i32> {
    let marker = format!("HOME={}\0", home.path().display());
    let of_home = |pid: &i32| {
        let read = |file: &str| std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
        let arguments = String::from_utf8_lossy(&read("cmdline")).into_owned();
        arguments.contains("telemetry-deliver") && String::from_utf8_lossy(&read("environ")).contains(&marker)
    };
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(of_home)
        .collect()
}

/// Waits until no helper of this home is left; how long that took.
pub(crate) fn wait_for_end(home: &Home) -> Duration {
    let begun = Instant::now();
    while let Some(pid) = helpers(home).first() {
        let pid = rustix::process::Pid::from_raw(*pid).unwrap();
        if let Ok(process) = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()) {
            let mut ready = [rustix::event::PollFd::new(&process, rustix::event::PollFlags::IN)];
            let limit = rustix::event::Timespec { tv_sec: 30, tv_nsec: 0 };
            assert_eq!(rustix::event::poll(&mut ready, Some(&limit)).unwrap(), 1, "the helper does not end");
        }
    }
    begun.elapsed()
}

#[test]
fn a_command_reaches_the_collector_by_a_helper_that_is_then_gone() {
    let collector = Collector::start(Answer::Receipt);
    let home = consenting(&collector.endpoint);
    let output =
        home.tool(&collector.endpoint).args(["md", "a"]).env("TOOL_TELEMETRY_PERIOD", "0").output().unwrap();
    assert_eq!((output.stdout, output.stderr), (b"output\n".to_vec(), Vec::new()));
    let received = collector.next();
    assert_eq!(received.path, "/v1/batch");
    assert!(received.body.contains(r#""command":"metadata apply""#), "{}", received.body);
    assert!(received.body.contains(r#""error":false"#));
    wait_for_end(&home);
    let sent = home.verb(&collector.endpoint, &["sent", "--json"]);
    assert!(sent.contains(&received.body) && sent.contains(r#""accepted":1"#), "{sent}");
}

#[test]
fn nothing_is_delivered_within_the_first_hour() {
    let collector = Collector::start(Answer::Receipt);
    let home = consenting(&collector.endpoint);
    for _ in 0..3 {
        home.run(&collector.endpoint, &["good"]);
    }
    assert!(helpers(&home).is_empty());
    assert!(collector.arrived().is_none());
}

#[test]
fn the_helper_lets_go_of_everything_and_ends_before_a_silent_collector_answers() {
    let collector = Collector::start(Answer::Silence);
    let home = consenting(&collector.endpoint);
    // A pipe that the host inherits without closing it: who reads it to its end must not wait for the helper.
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut shell = Command::new("bash");
    shell.args(["-c", &format!("exec 7>&{}; exec \"$0\" good", writer.as_raw_fd())]).arg(program());
    rustix::io::fcntl_setfd(&writer, rustix::io::FdFlags::empty()).unwrap();
    let mut child = home
        .equip(shell, &collector.endpoint)
        .env("TOOL_TELEMETRY_PERIOD", "0")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(writer);
    assert!(child.wait().unwrap().success());
    collector.next();
    let begun = Instant::now();
    reader.read_to_end(&mut Vec::new()).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(2), "the helper holds the pipe");

    let [helper] = helpers(&home)[..] else { panic!("one helper at work") };
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{helper}/{file}")).unwrap();
    let arguments = read("cmdline");
    assert_eq!(
        arguments.split('\0').collect::<Vec<_>>(),
        [program().to_str().unwrap(), "telemetry-deliver", ""]
    );
    let stat = read("stat");
    let after_name: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    assert_eq!(after_name[3], helper.to_string(), "a session of its own");
    assert_eq!(after_name[4], "0", "no terminal");
    assert_eq!(std::fs::read_link(format!("/proc/{helper}/cwd")).unwrap(), std::path::Path::new("/"));
    for descriptor in 0..3 {
        let file = std::fs::read_link(format!("/proc/{helper}/fd/{descriptor}")).unwrap();
        assert_eq!(file, std::path::Path::new("/dev/null"));
    }

    // Another command meanwhile starts none that stays.
    home.tool(&collector.endpoint).arg("good").env("TOOL_TELEMETRY_PERIOD", "0").output().unwrap();
    assert!(wait_for_end(&home) < Duration::from_secs(12));
    assert!(collector.arrived().is_none(), "one at a time");
}

#[test]
fn preview_is_what_send_sends() {
    let collector = Collector::start(Answer::Receipt);
    let home = consenting(&collector.endpoint);
    home.run(&collector.endpoint, &["good"]);
    home.run(&collector.endpoint, &["bad"]);
    let preview = home.verb(&collector.endpoint, &["preview"]);
    let receipt = home.verb(&collector.endpoint, &["send"]);
    let received = collector.next();
    assert_eq!(preview, format!("{}\n", received.body));
    assert!(receipt.contains(r#""accepted":2"#), "{receipt}");
    assert_eq!(home.verb(&collector.endpoint, &["send"]), "", "nothing is left");
}

#[test]
fn preview_shows_every_batch_that_waits_in_the_order_of_sending() {
    let refusing = Collector::start(Answer::Refusal(503, "busy"));
    let home = consenting(&refusing.endpoint);
    let pause = home.state().join(format!("delivery.{}", tag(&refusing.endpoint)));
    for _ in 0..3 {
        home.run(&refusing.endpoint, &["good"]);
        home.run(&refusing.endpoint, &["telemetry", "send"]);
        std::fs::remove_file(&pause).unwrap();
    }
    home.run(&refusing.endpoint, &["bad"]);
    let preview = home.verb(&refusing.endpoint, &["preview"]);
    for (number, line) in preview.lines().enumerate() {
        assert!(line.contains(&format!(",\"sequence\":{number},")) && number < 4, "{preview}");
    }
    // The same bytes go first each time, as long as nobody takes them.
    for _ in 0..3 {
        assert_eq!(refusing.next().body, preview.lines().next().unwrap());
    }
    home.run(&refusing.endpoint, &["telemetry", "send"]);
    assert_eq!(home.verb(&refusing.endpoint, &["preview"]), preview, "sealing changes nothing of it");
}

#[test]
fn send_keeps_what_is_not_acknowledged() {
    let refusing = Collector::start(Answer::Refusal(503, "busy"));
    let home = consenting(&refusing.endpoint);
    home.run(&refusing.endpoint, &["good"]);
    let output = home.run(&refusing.endpoint, &["telemetry", "send"]);
    assert_eq!(output.status.code(), Some(6), "{output:?}");
    let body = refusing.next().body;
    // The same batch, byte for byte, once a collector takes it.
    let state = home.state().join(format!("delivery.{}", tag(&refusing.endpoint)));
    assert!(state.exists(), "the pause is remembered");
    std::fs::remove_file(state).unwrap();
    let again = home.run(&refusing.endpoint, &["telemetry", "send"]);
    assert_eq!(again.status.code(), Some(6));
    assert_eq!(refusing.next().body, body);
}

#[test]
fn a_run_that_ends_otherwise_is_reported_as_unfinished_and_a_live_one_not_at_all() {
    let collector = Collector::start(Answer::Receipt);
    let home = consenting(&collector.endpoint);
    assert_eq!(home.run(&collector.endpoint, &["leave"]).status.code(), Some(3));
    let mut waiting = home
        .tool(&collector.endpoint)
        .arg("wait")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut greeting = [0; 15];
    waiting.stdout.as_mut().unwrap().read_exact(&mut greeting).unwrap();

    home.verb(&collector.endpoint, &["send"]);
    let body = collector.next().body;
    assert!(body.contains(r#""command":"leave""#) && body.contains(r#""unfinished":true"#), "{body}");
    assert!(!body.contains(r#""command":"wait""#), "it still runs");

    waiting.kill().unwrap();
    waiting.wait().unwrap();
    home.verb(&collector.endpoint, &["send"]);
    let body = collector.next().body;
    assert!(body.contains(r#""command":"wait""#) && body.contains(r#""unfinished":true"#), "{body}");
}

#[test]
fn a_server_is_named_one_that_is_off_silences_and_one_that_waits_does_neither() {
    let collector = Collector::start(Answer::Receipt);
    let home = consenting(&collector.endpoint);
    let id = "a0a1a2a3-a4a5-86a7-98a9-aaabacadaeaf";
    let tag = aboveboard_types::host::tag("127.0.0.1");
    home.run(&collector.endpoint, &["serve", &format!("{id};0.1.2;{tag}")]);
    // One that reports elsewhere, and ones that say more than a server says of itself.
    for other in [
        format!("{id};0.1.2;{}", aboveboard_types::host::tag("elsewhere.example.org")),
        format!("{id};0.1.2"),
        format!("616c6963-6540-6578-616d-706c652e636f;0.1.2;{tag}"),
        "<script>".to_owned(),
    ] {
        home.run(&collector.endpoint, &["serve", &other]);
    }
    home.run(&collector.endpoint, &["serve", &format!("{id};65535.12345.54321-other;{tag}")]);
    home.run(&collector.endpoint, &["serve", "off"]);
    home.run(&collector.endpoint, &["serve", "waiting"]);
    home.verb(&collector.endpoint, &["send"]);
    let body = collector.next().body;
    let reference = Id::server_reference("tool", Id::parse(id).unwrap());
    assert!(body.contains(&format!(r#""server":"{reference}","server_version":"0.1.2""#)), "{body}");
    assert!(body.contains(&format!(r#""server":"{reference}","server_version":"0.0.0-other""#)), "{body}");
    assert_eq!(body.matches(r#""command":"serve""#).count(), 7, "{body}");
    assert_eq!(body.matches(r#""server":"#).count(), 2, "{body}");
    for leaked in [id, "616c6963", "65535", "script"] {
        assert!(!body.contains(leaked), "{leaked} in {body}");
    }
}

#[test]
fn what_is_not_declared_is_counted_and_not_named() {
    let collector = Collector::start(Answer::Receipt);
    let home = consenting(&collector.endpoint);
    home.run(&collector.endpoint, &["metadata", "undeclared"]);
    home.run(&collector.endpoint, &["good", "hunter2"]);
    home.verb(&collector.endpoint, &["send"]);
    let body = collector.next().body;
    assert!(!body.contains("\"metadata undeclared\"") && !body.contains("hunter2"), "{body}");
    assert!(body.contains(r#""outcomes":{"undeclared":1}"#), "{body}");
}

#[test]
fn a_hand_over_by_file_is_counted_by_its_ids() {
    let collector = Collector::start(Answer::Receipt);
    let home = consenting(CLOSED);
    home.run(CLOSED, &["good"]);
    let file = home.path().join("batches");
    home.verb(CLOSED, &["export", file.to_str().unwrap()]);
    let again = home.run(CLOSED, &["telemetry", "export", file.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(1), "a file that exists is not overwritten");

    let line = std::fs::read_to_string(&file).unwrap();
    let handed_over = aboveboard_wire::HandOver::read(line.as_bytes()).unwrap();
    assert_eq!(handed_over.host, "127.0.0.1");
    let other = consenting(&collector.endpoint);
    let receipts = other.verb(&collector.endpoint, &["import", file.to_str().unwrap()]);
    let sent = collector.next();
    assert_eq!(sent.body, handed_over.body.get());
    assert!(sent.proved(Purpose::Send).is_some(), "{sent:?}");
    assert_eq!(receipts.lines().count(), 1);

    std::fs::write(&file, line.replace("127.0.0.1", "telemetry.example.org")).unwrap();
    let foreign = other.run(&collector.endpoint, &["telemetry", "import", file.to_str().unwrap()]);
    assert_eq!(foreign.status.code(), Some(1));
    assert!(String::from_utf8(foreign.stderr).unwrap().contains("the collector of another host"));
    std::fs::write(&file, "{}\n").unwrap();
    assert_eq!(
        other.run(&collector.endpoint, &["telemetry", "import", file.to_str().unwrap()]).status.code(),
        Some(1)
    );
    assert!(collector.arrived().is_none(), "a file that is no hand-over sends nothing");
}

#[test]
fn a_hand_over_is_read_so_far_and_no_further_and_nobody_is_waited_for_at_a_pipe() {
    let collector = Collector::start(Answer::Receipt);
    let home = consenting(CLOSED);
    home.run(CLOSED, &["good"]);
    let path = |name: &str| home.path().join(name);
    home.verb(CLOSED, &["export", path("batches").to_str().unwrap()]);
    let line = std::fs::read(path("batches")).unwrap();
    let import = |name: &str| {
        let output = home.run(&collector.endpoint, &["telemetry", "import", path(name).to_str().unwrap()]);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    for name in ["pipe", "unwritten"] {
        assert!(Command::new("mkfifo").arg(path(name)).status().unwrap().success());
    }
    let long = line.repeat((16 << 20) / line.len() + 1);
    std::fs::write(path("long"), &long).unwrap();
    let (exit, why) = import("long");
    assert_eq!(exit, Some(1), "{why}");
    assert!(why.contains("longer than 16 MiB"), "{why}");
    // Without end: what was not read is refused to its writer.
    let pipe = path("pipe");
    let endless = std::thread::spawn(move || {
        let mut pipe = std::fs::OpenOptions::new().write(true).open(pipe).unwrap();
        while std::io::Write::write_all(&mut pipe, &line).is_ok() {}
    });
    let (exit, why) = import("pipe");
    assert_eq!(exit, Some(1), "{why}");
    assert!(why.contains("longer than 16 MiB"), "{why}");
    endless.join().unwrap();
    let (exit, why) = import("unwritten");
    assert_eq!(exit, Some(1), "{why}");
    assert!(why.contains("nobody writes to this pipe"), "{why}");
    assert!(collector.arrived().is_none(), "nothing is sent of what is refused");
    let pipe = path("pipe");
    let batches = path("batches");
    let written = std::thread::spawn(move || std::fs::copy(batches, pipe));
    assert_eq!(import("pipe").0, Some(0), "a pipe that somebody writes to is read");
    written.join().unwrap().unwrap();
}

#[test]
fn forgetting_proves_possession_and_starts_over() {
    let installation = |body: &str| body.split("\"installation\":\"").nth(1).unwrap()[..36].to_owned();
    let collector = Collector::start(Answer::Receipt);
    let home = consenting(&collector.endpoint);
    home.run(&collector.endpoint, &["good"]);
    home.verb(&collector.endpoint, &["send"]);
    let first = collector.next().body;
    let secret = std::fs::read_to_string(home.state().join("secret")).unwrap();
    home.verb(&collector.endpoint, &["forget"]);
    let erasure = collector.next();
    assert_eq!((&*erasure.path, &*erasure.body), ("/v1/erase", r#"{"product":"tool"}"#));
    assert_eq!(erasure.proved(Purpose::Forget).map(|id| id.to_string()), Some(installation(&first)));
    assert!(!erasure.proof.unwrap().contains(secret.trim_end()), "the secret itself stays here");
    assert!(!home.state().exists(), "id, spool and sent log are gone");
    assert!(home.answer().unwrap().starts_with("answer=yes "), "the answer stays");

    home.run(&collector.endpoint, &["good"]);
    home.verb(&collector.endpoint, &["send"]);
    assert_ne!(installation(&first), installation(&collector.next().body));
}

#[test]
fn a_secret_that_cannot_be_read_fails_forget_and_nothing_is_deleted() {
    let collector = Collector::start(Answer::Receipt);
    let home = consenting(&collector.endpoint);
    home.run(&collector.endpoint, &["good"]);
    home.verb(&collector.endpoint, &["send"]);
    let secret = home.state().join("secret");
    std::fs::write(&secret, "damaged").unwrap();
    let forget = home.run(&collector.endpoint, &["telemetry", "forget"]);
    assert_eq!(forget.status.code(), Some(1), "{forget:?}");
    let message = String::from_utf8(forget.stderr).unwrap();
    assert!(message.contains("cannot read the secret in"), "{message}");
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), "damaged", "there may be a way to mend it");
}

#[test]
fn an_erasure_without_a_network_leaves_a_ticket_and_nothing_else() {
    let home = consenting(CLOSED);
    home.run(CLOSED, &["good"]);
    // Nobody knows of an attempt that failed whether something arrived.
    assert_eq!(home.run(CLOSED, &["telemetry", "send"]).status.code(), Some(6));
    let off = home.run(CLOSED, &["telemetry", "off", "--forget"]);
    assert_eq!(off.status.code(), Some(6), "{off:?}");
    assert!(home.answer().unwrap().starts_with("answer=no "));
    let left: Vec<_> =
        std::fs::read_dir(home.state()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["ticket"]);

    let collector = Collector::start(Answer::Receipt);
    let tickets = std::fs::read_dir(home.state().join("ticket")).unwrap();
    let [file] = &tickets.map(|entry| entry.unwrap().path()).collect::<Vec<_>>()[..] else {
        panic!("one ticket")
    };
    let ticket = std::fs::read_to_string(file).unwrap();
    std::fs::write(file, ticket.replace(CLOSED, &collector.endpoint)).unwrap();
    home.verb(&collector.endpoint, &["forget"]);
    assert_eq!(collector.next().path, "/v1/erase");
    assert!(!home.state().exists());
}

#[test]
fn the_collectors_that_data_went_to_get_an_erasure_and_no_other_does() {
    let [first, second, third] = [(); 3].map(|()| Collector::start(Answer::Receipt));
    let home = Home::new();
    for collector in [&first, &second] {
        home.verb(&collector.endpoint, &["on"]);
        home.run(&collector.endpoint, &["good"]);
        home.verb(&collector.endpoint, &["send"]);
        assert_eq!(collector.next().path, "/v1/batch");
    }
    // Nobody said yes to this one, and nothing was ever sent to it.
    home.verb(&third.endpoint, &["forget"]);
    for collector in [&first, &second] {
        assert_eq!(collector.next().path, "/v1/erase");
    }
    assert!(third.arrived().is_none(), "the secret was shown to a stranger");

    // Where nothing was sent, nothing can be erased, and nothing waits.
    let home = consenting(CLOSED);
    home.run(CLOSED, &["good"]);
    home.verb(CLOSED, &["preview"]);
    home.verb(CLOSED, &["forget"]);
    assert!(!home.state().exists());
}

#[test]
fn a_collector_that_variables_named_gets_nothing_of_what_another_may_have_and_no_proof_while_it_is_not_in_use()
 {
    let [maker, stranger] = [(); 2].map(|()| Collector::start(Answer::Receipt));
    let home = consenting(&maker.endpoint);
    home.run(&maker.endpoint, &["good"]);
    let variables = |verb: &[&str]| {
        let mut tool = home.tool(&stranger.endpoint);
        let output = tool.env("TOOL_ENABLE_TELEMETRY", "true").args(verb).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    // What waits for the maker is neither shown nor sent nor exported nor forgotten at the stranger.
    assert!(variables(&["telemetry", "preview"]).contains(&format!("\"batch\":\"{}\"", Id::NIL)));
    variables(&["telemetry", "send"]);
    variables(&["telemetry", "export", home.path().join("handover").to_str().unwrap()]);
    assert!(stranger.arrived().is_none());
    variables(&["serve", "waiting"]);
    variables(&["telemetry", "send"]);
    let sent = stranger.next();
    assert!(
        sent.body.contains(r#""command":"serve""#) && !sent.body.contains(r#""command":"good""#),
        "{}",
        sent.body
    );
    home.verb(&maker.endpoint, &["send"]);
    let own = maker.next();
    assert!(
        own.body.contains(r#""command":"good""#) && !own.body.contains(r#""command":"serve""#),
        "{}",
        own.body
    );

    // Both are collectors now. The person erases at the one that they said yes to.
    let forget = home.run(&maker.endpoint, &["telemetry", "forget"]);
    assert_eq!(forget.status.code(), Some(6), "{forget:?}");
    let said = String::from_utf8(forget.stderr).unwrap();
    assert!(said.contains(&stranger.endpoint) && said.contains("only where it is"), "{said}");
    assert!(maker.next().proved(Purpose::Forget).is_some());
    assert!(stranger.arrived().is_none(), "shown to a stranger");
    // What was sent in the other environment can be erased in it.
    variables(&["telemetry", "send"]);
    assert!(stranger.next().proved(Purpose::Forget).is_some());
    assert!(!home.state().exists());
}

#[test]
fn off_alone_says_that_the_collector_keeps_what_it_has() {
    let collector = Collector::start(Answer::Receipt);
    let home = consenting(&collector.endpoint);
    home.run(&collector.endpoint, &["good"]);
    home.verb(&collector.endpoint, &["send"]);
    assert_eq!(collector.next().path, "/v1/batch");
    let off = home.run(&collector.endpoint, &["telemetry", "off"]);
    let said = String::from_utf8(off.stderr).unwrap();
    assert_eq!(off.status.code(), Some(0));
    assert!(
        said.contains(&format!("{} keeps it", collector.endpoint)) && said.contains("off --forget"),
        "{said}"
    );
    assert!(collector.arrived().is_none() && !home.state().exists());
}

#[test]
fn what_a_collector_holds_is_fetched_by_a_proof_of_its_own_page_by_page() {
    let collector = Collector::start(Answer::Receipt);
    let home = consenting(&collector.endpoint);
    home.run(&collector.endpoint, &["good"]);
    home.verb(&collector.endpoint, &["send"]);
    let batch = collector.next();
    let id = batch.proved(Purpose::Send).unwrap();
    let held = home.verb(&collector.endpoint, &["held", "--json"]);
    let held: serde_json::Value = serde_json::from_str(&held).unwrap();
    assert_eq!(held[0]["installation"], id.to_string());
    assert_eq!(held[0]["host"], "127.0.0.1");
    assert_eq!(held[0]["endpoint"], *collector.endpoint);
    assert_eq!(held[0]["first"], "2026-11-22");
    assert_eq!(held[0]["days"].as_array().unwrap().len(), 2);
    for page in [collector.next(), collector.next()] {
        assert_eq!((&*page.path, page.proved(Purpose::Read)), ("/v1/held", Some(id)));
        assert_eq!((page.proved(Purpose::Forget), page.proved(Purpose::Send)), (None, None));
    }
    let text = home.verb(&collector.endpoint, &["held"]);
    assert!(text.contains(&id.to_string()) && text.contains("2026-11-24\n"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
    let status = home.verb(&collector.endpoint, &["status"]);
    assert!(status.contains(&format!("installation: {id} (at 127.0.0.1)")), "{status}");
}

#[test]
fn held_says_why_nothing_was_asked_or_told() {
    let refusing = Collector::start(Answer::Refusal(429, "too-fast"));
    let code = |home: &Home, endpoint: &str| {
        let output = home.tool(endpoint).args(["telemetry", "held", "--json"]).output().unwrap();
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document, serde_json::json!([]));
        assert!(!output.stderr.is_empty());
        output.status.code()
    };
    let undecided = Home::new();
    assert_eq!(code(&undecided, CLOSED), Some(5));
    let fresh = consenting(CLOSED);
    assert_eq!(code(&fresh, CLOSED), Some(0), "on, and nothing was recorded");
    let off = Home::new();
    off.verb(CLOSED, &["off"]);
    assert_eq!(code(&off, CLOSED), Some(3));
    let unsent = consenting(CLOSED);
    unsent.run(CLOSED, &["good"]);
    unsent.verb(CLOSED, &["preview"]);
    assert_eq!(code(&unsent, CLOSED), Some(0), "an id that was sent nowhere");
    for endpoint in [CLOSED, &*refusing.endpoint] {
        let home = consenting(endpoint);
        home.run(endpoint, &["good"]);
        home.run(endpoint, &["telemetry", "send"]);
        assert_eq!(code(&home, endpoint), Some(6), "{endpoint}");
    }
    let damaged = consenting(CLOSED);
    damaged.run(CLOSED, &["good"]);
    damaged.verb(CLOSED, &["preview"]);
    std::fs::write(damaged.state().join("secret"), "short").unwrap();
    assert_eq!(damaged.run(CLOSED, &["telemetry", "held"]).status.code(), Some(1));
}

#[test]
fn an_answer_that_is_not_the_collectors_neither_loses_a_batch_nor_silences() {
    let good = Collector::start(Answer::Receipt);
    for status in [200, 204, 302, 400, 403, 404, 410, 413, 415, 422, 429, 500, 503, 507, 511] {
        let portal = Collector::start(Answer::Page(status));
        let home = consenting(&portal.endpoint);
        home.run(&portal.endpoint, &["good"]);
        let begun = Instant::now();
        let sent = home.tool(&portal.endpoint).args(["telemetry", "send"]).output().unwrap();
        assert!(!sent.status.success() && begun.elapsed() < Duration::from_secs(15), "{status}: {sent:?}");
        let first = portal.next();
        let batch: aboveboard_wire::Batch<'_> = serde_json::from_str(&first.body).unwrap();
        assert_eq!(first.batch, Some(batch.batch.to_string()));
        let again = home.tool(&portal.endpoint).args(["telemetry", "send"]).output().unwrap();
        assert_eq!(again.status.code(), sent.status.code(), "{status}: a person asks again at once");
        assert_eq!(portal.next().body, first.body, "{status}");
    }
    assert!(good.arrived().is_none());
}

#[test]
fn a_closed_product_is_asked_again_by_a_person_and_a_wrong_proof_sets_the_batch_aside() {
    let closed = Collector::start(Answer::Refusal(410, "product-closed"));
    let home = consenting(&closed.endpoint);
    home.run(&closed.endpoint, &["good"]);
    for _ in 0..2 {
        let sent = home.tool(&closed.endpoint).args(["telemetry", "send"]).output().unwrap();
        assert!(String::from_utf8_lossy(&sent.stderr).contains("closed"), "{sent:?}");
        closed.next();
        assert!(closed.arrived().is_none(), "one request for each time that a person asks");
    }
    for (reason, kept) in [("proof-missing", true), ("proof-wrong", false)] {
        let collector = Collector::start(Answer::Refusal(403, reason));
        let home = consenting(&collector.endpoint);
        home.run(&collector.endpoint, &["good"]);
        let sent = home.tool(&collector.endpoint).args(["telemetry", "send"]).output().unwrap();
        assert!(String::from_utf8_lossy(&sent.stderr).contains("proof"), "{sent:?}");
        let found = home.tool(&collector.endpoint).args(["telemetry", "doctor"]).output().unwrap();
        let found = String::from_utf8_lossy(&found.stdout).into_owned();
        assert!(found.contains("proof"), "{found}");
        let waits = String::from_utf8_lossy(&sent.stderr).contains("1 batch waits");
        assert_eq!(waits, kept, "{reason}: {sent:?}");
    }
}

#[test]
fn what_a_receipt_holds_besides_does_not_reach_the_terminal() {
    let hostile = r#","x":"\u{202e}\u{9b}2J\u{85}","y":"\u001b[2J""#;
    let hostile =
        hostile.replace("\\u{202e}", "\u{202e}").replace("\\u{9b}", "\u{9b}").replace("\\u{85}", "\u{85}");
    let collector = Collector::start(Answer::ReceiptAnd(Box::leak(hostile.into_boxed_str())));
    let home = consenting(&collector.endpoint);
    home.run(&collector.endpoint, &["good"]);
    let mut printed = Vec::new();
    for verb in [&["send"][..], &["sent"], &["sent", "--json"]] {
        let output = home.tool(&collector.endpoint).arg("telemetry").args(verb).output().unwrap();
        assert!(output.status.success(), "{verb:?}: {output:?}");
        printed.extend(output.stdout);
        printed.extend(output.stderr);
    }
    let printed = String::from_utf8(printed).unwrap();
    assert!(printed.contains("\\u202e") && printed.contains("\\u009b"), "{printed}");
    assert!(
        printed.chars().all(|c| c == '\n' || aboveboard_types::printable::is_printable(c)),
        "{printed:?}"
    );
}
