//! Off means nothing: no socket, no file, no id; and what a change of consent does while it runs.

use aboveboard_testing::Silence;

use super::host::{AGENT, Bridge, Host, POST, config, manifest, post, send, token};

#[test]
fn with_any_opt_out_it_says_off_and_does_not_listen() {
    let policies = tempfile::tempdir().unwrap();
    std::fs::write(policies.path().join("quarry"), "").unwrap();
    let config = policies.path().join("quarry.toml");
    std::fs::write(&config, "enable_telemetry = false\n").unwrap();
    for (source, value) in [
        ("--enable-telemetry", "false"),
        ("--enable-telemetry", "flase"),
        ("--config", config.to_str().unwrap()),
        ("ENABLE_TELEMETRY", "false"),
        ("QUARRY_ENABLE_TELEMETRY", ""),
        ("DO_NOT_TRACK", "1"),
        ("ABOVEBOARD_OFF_D", policies.path().to_str().unwrap()),
    ] {
        for console in [&["--server", "--directory", "data"][..], &["--port", "8080"]] {
            let host = Host::new();
            let mut command = host.bridge(console);
            if source.starts_with("--") {
                command.arg(format!("{source}={value}"));
            } else {
                command.env(source, value);
            }
            let bridge = Bridge::start(&mut command);
            assert_eq!(bridge.told().to_string(), r#"{"link":"off"}"#, "{source} {console:?}");
            let status = std::fs::read_to_string(format!("/proc/{}/status", bridge.child.id())).unwrap();
            assert!(status.contains("Threads:\t1\n"), "{status}");
            assert_eq!(bridge.close(), Vec::<String>::new(), "{source} {console:?}");
            assert_eq!(std::fs::read_dir(host.path()).unwrap().count(), 0, "{source} {console:?}");
        }
    }
}

#[test]
fn nobody_has_decided_and_it_shows_no_notice_and_does_not_listen() {
    for console in [&["--server", "--directory", "data"][..], &["--port", "8080"]] {
        let host = Host::new();
        let bridge = Bridge::start(&mut host.bridge(console));
        assert_eq!(bridge.told().to_string(), r#"{"link":"off"}"#, "{console:?}");
        assert_eq!(bridge.close(), Vec::<String>::new(), "{console:?}");
        assert_eq!(std::fs::read_dir(host.path()).unwrap().count(), 0, "{console:?}");
    }
}

#[test]
fn the_kernel_sees_no_file_socket_or_child_of_a_bridge_that_is_off() {
    let manifest = manifest();
    let manifest = manifest.to_str().unwrap();
    let arguments =
        ["bridge", "--manifest", manifest, "--server", "--directory", "data", "--socket", "b.sock"];
    Silence::of(AGENT, "quarry")
        .arguments(arguments)
        .answer("data/consent")
        .undecided(false)
        .allow([r#"{"link":"off"}"#])
        .assert();
}

#[test]
fn an_opt_out_closes_it_and_consent_opens_it_again() {
    let host = Host::new();
    let bridge = host.recording();
    let told = bridge.told();
    let secret = told["secret"].as_str().unwrap();
    let token = token(&host.socket(), secret);
    assert_eq!(send(&host.socket(), post(secret, &token, POST).as_bytes()).0, 204);
    host.answer("no");
    assert_eq!(bridge.told().to_string(), r#"{"link":"off"}"#);
    assert!(!host.socket().exists());
    assert!(!host.data().join("telemetry").exists(), "what was recorded is deleted");

    host.answer("yes");
    let anew = bridge.told();
    assert_eq!(anew["secret"], secret);
    assert_ne!(anew["link"], told["link"], "the id is another one");
    assert_eq!(send(&host.socket(), config(secret).as_bytes()).0, 200);
}

#[test]
fn it_opens_when_the_agent_of_the_server_has_shown_the_notice_and_both_name_one_installation() {
    let host = Host::new();
    let bridge = Bridge::start(&mut host.of_server());
    assert_eq!(bridge.told().to_string(), r#"{"link":"off"}"#);
    let mut relay = host.equip(std::process::Command::new(AGENT));
    relay.args(["relay", "--server", "--directory", "data", "--manifest"]).arg(manifest());
    let mut relay = Bridge::start(&mut relay);
    relay.tell(b"{\"relay\":1}\n");
    assert!(relay.word().contains("Quarry"), "the notice");
    let link = loop {
        let told = relay.told();
        if told["link"].as_str().is_some_and(|link| link.len() > "waiting".len()) {
            break told["link"].clone();
        }
    };
    let told = bridge.told();
    assert_eq!(told["link"], link);
    let secret = told["secret"].as_str().unwrap();
    let token = token(&host.socket(), secret);
    assert_eq!(send(&host.socket(), post(secret, &token, POST).as_bytes()).0, 204);
    assert!(host.events().iter().any(|event| event["action"] == "table_tracked"));
}

#[test]
fn without_a_manifest_or_a_console_to_serve_it_says_why_and_ends() {
    let host = Host::new();
    let missing = host.of_server().args(["--directory", "elsewhere"]).output().unwrap();
    assert_eq!(missing.status.code(), Some(2), "{missing:?}");
    for arguments in [
        &[][..],
        &["--server", "--port", "80"],
        &["--port", "0"],
        &["--port", "8080", "--origin", "https://a.example"],
    ] {
        assert_eq!(host.bridge(arguments).output().unwrap().status.code(), Some(2), "{arguments:?}");
    }
    let mut command = host.equip(std::process::Command::new(AGENT));
    command.args(["bridge", "--manifest", "no-such-file", "--socket", "b.sock", "--server"]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty());
}
