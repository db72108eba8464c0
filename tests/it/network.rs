//! Faults of the network that need more than a proxy: a server under each of them, a resolver that never answers, a
//! listener without TLS, and wrong clocks.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use harness::clock::Clock;
use harness::home::{Home, end_pauses};
use harness::oracle::acknowledged;
use harness::process::Process;
use harness::proxy::Fault;

use crate::faults::faults;
use crate::world::{SECRET, World};

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    harness::until(what, || is_so().then_some(()));
}

#[test]
fn a_server_serves_through_every_fault_and_what_it_reported_is_counted_once() {
    let mut hosts = Vec::new();
    let mut world = World::new();
    for (name, fault) in faults() {
        world.host = Home::new()
            .endpoint(world.proxy.address())
            .with("QUARRY_ADMIN_SECRET", SECRET)
            .with("QUARRY_TELEMETRY_FIRST_DELAY", "0")
            .with("QUARRY_TELEMETRY_PERIOD", "3600");
        world.proxy.set(fault);
        let met = world.proxy.connections();
        let log = world.host.path().join("log");
        let mut command = world.server_command(&[]);
        command.stderr(File::create(&log).expect("a log"));
        let mut server = Process::start(&mut command);
        let address = server.await_line("listening");
        until(name, || world.proxy.connections() > met);
        assert_eq!(ureq::get(format!("{address}/healthz")).call().expect(name).status(), 200, "{name}");
        let begun = Instant::now();
        assert_eq!(server.terminate(), Some(0), "{name}");
        // A second is promised; the machine may be busy.
        assert!(begun.elapsed() < Duration::from_secs(8), "{name}: it waited {:?}", begun.elapsed());
        let log = std::fs::read_to_string(log).expect("its log");
        assert!(log.matches("WARN").count() <= 1, "{name}: one warning for one outage: {log}");
        assert!(!log.contains("panicked") && !log.contains("ERROR"), "{name}: {log}");
        world.proxy.set(Fault::None);
        hosts.push(std::mem::replace(&mut world.host, Home::new()));
    }
    // The faults are over. The pause of what had to wait ends with them.
    let mut sent = 0;
    for host in hosts {
        world.host = host.with("QUARRY_TELEMETRY_PERIOD", "1");
        let state = world.host.data().join("telemetry");
        end_pauses(&state);
        let (mut server, _) = world.server(&[], &[]);
        let receipts = || acknowledged(&state).get("server").copied().unwrap_or(0);
        until("a receipt", || receipts() > 0 && !waits(&state.join("spool")));
        assert_eq!(server.terminate(), Some(0));
        sent += receipts();
    }
    assert_eq!(world.collector.await_counted("server", sent), sent);
}

/// Whether a sealed batch is still waiting.
fn waits(spool: &std::path::Path) -> bool {
    let names = std::fs::read_dir(spool).into_iter().flatten().flatten().map(|entry| entry.file_name());
    names.into_iter().any(|name| name.to_string_lossy().contains(".json"))
}

/// A shell script that sets up a network in which the name server never answers: packets to the bridge arrive nowhere.
const SILENT: &str = "ip link set lo up && ip link add silent type bridge && ip addr add 192.0.2.1/24 dev silent \
    && ip link set silent up && ip neigh add 192.0.2.53 lladdr 02:00:00:00:00:01 dev silent nud permanent \
    && mount --bind \"$RESOLV\" /etc/resolv.conf && exec \"$@\"";

/// A program in that network; `None` if it cannot be set up.
fn in_silence(home: &Home, program: Command) -> Option<Command> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let resolv = home.path().join("resolv.conf");
    std::fs::write(&resolv, "nameserver 192.0.2.53\n").expect("a file");
    let mut unshare = home.program("unshare");
    unshare.args(["--net", "--mount", "--", "bash", "-c", SILENT, "bash"]).arg(program.get_program());
    unshare.args(program.get_args());
    unshare.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    unshare.env("RESOLV", resolv).env("QUARRY_TELEMETRY_ENDPOINT", "https://telemetry.quarry.example");
    Some(unshare)
}

fn is_claimed(spool: PathBuf) -> impl FnMut() -> bool {
    move || {
        let names = std::fs::read_dir(&spool).into_iter().flatten().flatten().map(|entry| entry.file_name());
        names.into_iter().any(|name| name.to_string_lossy().contains(".claim-"))
    }
}

/// How many helpers of this home are running.
fn helpers(home: &Home) -> usize {
    let marker = format!("HOME={}\0", home.path().display());
    let read = |file: PathBuf| String::from_utf8_lossy(&std::fs::read(file).unwrap_or_default()).into_owned();
    let processes = std::fs::read_dir("/proc").expect("processes").flatten();
    processes
        .filter(|entry| {
            read(entry.path().join("cmdline")).contains("telemetry-deliver")
                && read(entry.path().join("environ")).contains(&marker)
        })
        .count()
}

#[test]
fn a_name_server_that_never_answers_delays_neither_command_nor_helper() {
    let home = Home::new().with("QUARRY_TELEMETRY_PERIOD", "0").with("QUARRY_ENABLE_TELEMETRY", "true");
    let bare = home.quarry(&["version"]).env("DO_NOT_TRACK", "1").output().expect("quarry runs");
    let Some(mut command) = in_silence(&home, home.quarry(&["version"])) else { return };
    let output = command.output().expect("unshare runs");
    assert_eq!(
        (output.status, output.stdout, output.stderr),
        (bare.status, bare.stdout, bare.stderr),
        "the command does not show it"
    );
    // The command has ended, and its helper asks in vain.
    until("the helper claims what it is to send", is_claimed(home.state().join("spool")));
    until("the helper is gone", || helpers(&home) == 0);
}

#[test]
fn a_name_server_that_never_answers_delays_no_server_and_no_shutdown() {
    let home = Home::new()
        .with("QUARRY_ADMIN_SECRET", SECRET)
        .with("QUARRY_TELEMETRY_FIRST_DELAY", "0")
        .with("QUARRY_TELEMETRY_PERIOD", "1");
    let mut command = home.program(harness::binary("quarry-server"));
    command.args(["--listen", "127.0.0.1:0", "--data"]).arg(home.data());
    let Some(mut command) = in_silence(&home, command) else { return };
    let mut server = Process::start(&mut command);
    server.await_line("listening");
    until("the server claims what it is to send", is_claimed(home.data().join("telemetry/spool")));
    let begun = Instant::now();
    assert_eq!(server.terminate(), Some(0));
    // The resolver of the C library would hold it for ten seconds and more.
    assert!(begun.elapsed() < Duration::from_secs(8), "it waited {:?}", begun.elapsed());
}

#[test]
fn a_listener_without_tls_receives_nothing_but_a_greeting_and_nothing_is_lost() {
    for answer in
        ["HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n", "\u{15}\u{3}\u{3}\0\u{2}\u{2}\u{28}", ""]
    {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let endpoint = format!("https://{}", listener.local_addr().expect("its address"));
        let heard = std::thread::spawn(move || {
            use std::io::Write as _;
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut heard = vec![0; 4096];
            let length = stream.read(&mut heard).expect("a greeting");
            heard.truncate(length);
            let _ = stream.write_all(answer.as_bytes());
            heard
        });
        let home = Home::new().endpoint(&endpoint).with("QUARRY_TELEMETRY_PERIOD", "3600");
        for arguments in [&["telemetry", "on"][..], &["version"]] {
            assert!(home.quarry(arguments).output().expect("quarry runs").status.success());
        }
        let preview = || home.quarry(&["telemetry", "preview"]).output().expect("quarry runs").stdout;
        let before = preview();
        let sent = home.quarry(&["telemetry", "send"]).output().expect("quarry runs");
        assert_eq!(sent.status.code(), Some(6), "{answer:?}: {sent:?}");
        let heard = heard.join().expect("what it heard");
        assert_eq!(heard[0], 0x16, "a TLS greeting and nothing else");
        assert_eq!(harness::oracle::leaks(&heard, &["wire", "quarry", "POST"]), Vec::<String>::new());
        assert_eq!(preview(), before, "it still waits, byte for byte");
    }
}

fn clock(ahead: i64) -> Clock {
    let clock = Clock::new();
    clock.set(ahead, 0);
    clock
}

#[test]
fn a_clock_that_is_years_wrong_changes_nothing_of_the_host_and_loses_nothing() {
    const YEAR: i64 = 31_557_600;
    let mut world = World::new();
    let clocks = BTreeMap::from([-60, -10, 0, 1, 10, 200].map(|years| (years, clock(years * YEAR))));
    let bare = world.user.quarry(&["version"]).env("DO_NOT_TRACK", "1").output().expect("quarry runs");
    let mut counted = 0;
    // How many years the clock is off while recording, and while sending.
    for (recorded, sent) in
        [(0, 0), (-10, -10), (-60, -60), (1, 1), (10, 10), (200, 200), (0, 10), (1, 0), (-10, 0), (-60, 200)]
    {
        let _ = world.next_user();
        let at = |years: i64, arguments: &[&str]| {
            let mut command = world.user.quarry(arguments);
            command.envs(clocks[&years].variables()).output().expect("quarry runs")
        };
        assert!(at(recorded, &["telemetry", "on"]).status.success());
        for _ in 0..2 {
            let output = at(recorded, &["version"]);
            assert_eq!((output.status, &output.stdout), (bare.status, &bare.stdout), "{recorded} years");
            assert_eq!(output.stderr, bare.stderr, "{recorded} years");
        }
        let output = at(sent, &["telemetry", "send"]);
        let receipts = acknowledged(&world.user.state()).get("cli").copied().unwrap_or(0);
        // The sending header corrects the skew. With a clock that is ahead, the kernel's dates make the files too old.
        if recorded == sent && recorded <= 0 {
            assert!(output.status.success(), "{recorded} years: {output:?}");
            assert_eq!(receipts, 2, "{recorded} years: {output:?}");
            counted += receipts;
        }
        assert!(receipts <= 2, "{recorded} years, sent at {sent}");
    }
    // What was recorded by one clock and sent by another is acknowledged, and counted as unplaced.
    assert_eq!(world.collector.await_counted("cli", counted), counted);
}
