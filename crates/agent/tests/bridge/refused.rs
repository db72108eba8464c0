//! Who is answered and who is not.

use super::host::{Host, POST, config, post, send, token};

#[test]
fn a_page_gets_the_config_and_its_events_are_recorded_under_the_servers_id() {
    let host = Host::new();
    let bridge = host.recording();
    let told = bridge.told();
    let secret = told["secret"].as_str().unwrap();
    let token = token(&host.socket(), secret);
    assert_ne!(token, secret);
    let (status, answer) = send(&host.socket(), post(secret, &token, POST).as_bytes());
    assert_eq!(status, 204, "{answer}");
    let events = host.events();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!((&events[0]["action"], &events[0]["route"]), (&"table_tracked".into(), &"/data".into()));
    let id = told["link"].as_str().unwrap().split(';').next().unwrap();
    assert_eq!(events[0]["server"], id, "{events:?}");
    let client = config(secret).replace("config", "client.js");
    let (status, answer) = send(&host.socket(), client.as_bytes());
    assert!(status == 200 && answer.contains("text/javascript"), "{answer}");
}

#[test]
fn whoever_does_not_know_the_secret_of_this_start_is_answered_nothing() {
    let host = Host::new();
    let bridge = host.recording();
    let secret = bridge.secret();
    let right = config(&secret);
    for wrong in [
        right.replace(&secret, "0b0f3c5e-6f0a-4f5e-9d50-3c8f1c0a2b7d"),
        right.replace(&secret, ""),
        right.replace("aboveboard-bridge", "aboveboard-other"),
        right.replace("\r\n\r\n", &format!("\r\naboveboard-bridge: {secret}\r\n\r\n")),
    ] {
        let (status, answer) = send(&host.socket(), wrong.as_bytes());
        assert!(status == 403 && !answer.contains("token"), "{wrong}: {answer}");
    }
    bridge.close();
    let again = host.recording();
    assert_ne!(again.secret(), secret);
    assert_eq!(send(&host.socket(), right.as_bytes()).0, 403);
}

#[test]
fn what_was_passed_on_of_a_browser_is_checked_as_if_the_bridge_saw_it() {
    let host = Host::new();
    let bridge = host.recording();
    let secret = bridge.secret();
    let token = token(&host.socket(), &secret);
    let right = post(&secret, &token, POST);
    for (from, to, status) in [
        ("host: 127.0.0.1:8080", "host: evil.example", 421),
        ("host: 127.0.0.1:8080\r\n", "", 421),
        ("host: 127.0.0.1:8080", "host: 127.0.0.1:8080\r\nhost: evil.example", 421),
        ("origin: http://127.0.0.1:8080", "origin: http://evil.example", 403),
        ("origin: http://127.0.0.1:8080\r\n", "", 403),
        ("sec-fetch-site: same-origin", "sec-fetch-site: cross-site", 403),
        ("content-type: application/json", "content-type: text/plain", 415),
        (&*token, "0b0f3c5e-6f0a-4f5e-9d50-3c8f1c0a2b7d", 403),
        ("POST /telemetry/events", "PUT /telemetry/events", 405),
        ("POST /telemetry/events", "POST /telemetry/other", 404),
        ("{\"session\"", "{\"sessions\"", 413),
        ("HTTP/1.1", "HTTP/3", 400),
        ("content-length:", "content-length: 5\r\ncontent-length:", 400),
        ("content-length:", "transfer-encoding: chunked\r\ncontent-length:", 411),
    ] {
        let mut wrong = right.replacen(from, to, 1);
        if status == 413 {
            wrong = post(&secret, &token, &"x".repeat(20_000));
        }
        assert_eq!(send(&host.socket(), wrong.as_bytes()).0, status, "{from} → {to}");
    }
    for body in ["", "{}", "[]", "{\"session\":\"x\",\"events\":[]}"] {
        assert_eq!(send(&host.socket(), post(&secret, &token, body).as_bytes()).0, 400, "{body}");
    }
    assert_eq!(host.events().len(), 0);
    assert_eq!(send(&host.socket(), right.as_bytes()).0, 204);
    assert_eq!(host.events().len(), 1);
}

#[test]
fn only_the_origins_that_were_named_are_answered() {
    let host = Host::new();
    host.answer("yes");
    let mut command = host.of_server();
    let bridge = super::host::Bridge::start(command.args(["--origin", "https://quarry.example.org"]));
    let secret = bridge.secret();
    assert_eq!(send(&host.socket(), config(&secret).as_bytes()).0, 421);
    let named = config(&secret).replace("127.0.0.1:8080", "quarry.example.org");
    assert_eq!(send(&host.socket(), named.as_bytes()).0, 200);
    let wrong = host.of_server().args(["--origin", "https://quarry.example.org/"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2), "{wrong:?}");
}

#[test]
fn connections_that_say_nothing_keep_nobody_waiting() {
    let host = Host::new();
    let bridge = host.recording();
    let secret = bridge.secret();
    let silent: Vec<_> =
        (0..20).map(|_| std::os::unix::net::UnixStream::connect(host.socket()).unwrap()).collect();
    assert_eq!(send(&host.socket(), config(&secret).as_bytes()).0, 200);
    // With all places taken, a page is asked to come again.
    let more: Vec<_> =
        (0..20).map(|_| std::os::unix::net::UnixStream::connect(host.socket()).unwrap()).collect();
    assert_eq!(send(&host.socket(), config(&secret).as_bytes()).0, 503);
    drop((silent, more));
    assert_eq!(bridge.close(), Vec::<String>::new());
}

#[test]
fn a_signal_reaches_the_loop_and_no_thread_that_answers_a_page() {
    let host = Host::new();
    let bridge = host.recording();
    let secret = bridge.secret();
    let silent = std::os::unix::net::UnixStream::connect(host.socket()).unwrap();
    // Taken after the other, whose thread is there by then.
    assert_eq!(send(&host.socket(), config(&secret).as_bytes()).0, 200);
    let own = bridge.child.id().to_string();
    let term: u64 = 1 << (15 - 1);
    let mut threads = 0;
    for task in std::fs::read_dir(format!("/proc/{own}/task")).unwrap() {
        let task = task.unwrap();
        // The other one may end meanwhile.
        let Ok(status) = std::fs::read_to_string(task.path().join("status")) else { continue };
        let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:\t")).unwrap();
        let blocked = u64::from_str_radix(blocked, 16).unwrap();
        if task.file_name() != *own {
            assert_ne!(blocked & term, 0, "{status}");
            threads += 1;
        }
    }
    assert!(threads > 0, "one waits for what the silent connection says");
    drop(silent);
    assert_eq!(bridge.close(), Vec::<String>::new());
}

#[test]
fn a_page_that_floods_is_held_to_the_rate_of_every_bridge() {
    let host = Host::new();
    let bridge = host.recording();
    let secret = bridge.secret();
    let token = token(&host.socket(), &secret);
    let statuses: Vec<u16> =
        (0..200).map(|_| send(&host.socket(), post(&secret, &token, POST).as_bytes()).0).collect();
    let taken = statuses.iter().filter(|status| **status == 204).count();
    assert!(statuses.iter().all(|status| [204, 429].contains(status)), "{statuses:?}");
    assert!(taken >= 50 && statuses.contains(&429), "{taken}");
    assert_eq!(host.events().len(), taken, "each that was taken counts once");
}
