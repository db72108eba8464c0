//! Off means nothing: no file, no socket, no thread, no notice.

use std::process::Stdio;

use aboveboard_testing::Silence;

use super::relay::{AGENT, Relay, Server, manifest};

const LINES: [&str; 4] = [
    r#"{"event":"migrated","fields":{"worked":true}}"#,
    r#"{"counts":{"tables":3,"rules":{"read":2,"write":1}}}"#,
    r#"{"timing":"requests","kind":{"operation":"query"},"took":1}"#,
    "not even JSON",
];

#[test]
fn with_any_opt_out_a_relay_reads_and_drops_and_makes_nothing() {
    let policies = tempfile::tempdir().unwrap();
    std::fs::write(policies.path().join("larder"), "").unwrap();
    let config = policies.path().join("larder.toml");
    std::fs::write(&config, "enable_telemetry = false\n").unwrap();
    let sources: [(&str, &str); 7] = [
        ("--enable-telemetry", "false"),
        ("--enable-telemetry", "flase"),
        ("--config", config.to_str().unwrap()),
        ("ENABLE_TELEMETRY", "false"),
        ("LARDER_ENABLE_TELEMETRY", ""),
        ("DO_NOT_TRACK", "1"),
        ("ABOVEBOARD_OFF_D", policies.path().to_str().unwrap()),
    ];
    for (source, value) in sources {
        let server = Server::reporting_every(1);
        let mut command = server.command();
        if source.starts_with("--") {
            command.arg(format!("{source}={value}"));
        } else {
            command.env(source, value);
        }
        let mut relay = Relay::start(command.stdin(Stdio::piped()));
        assert_eq!(relay.line(), r#"{"link":"off"}"#, "{source}");
        for line in LINES {
            relay.say(line);
        }
        assert_eq!(relay.threads(), 1, "{source}");
        assert_eq!(relay.close(), "", "{source}");
        assert_eq!(server.files(), Vec::<String>::new(), "{source}");
        assert!(server.collector.batches().is_empty(), "{source}");
    }
}

#[test]
fn the_kernel_sees_no_file_socket_or_child_of_a_relay_that_is_off() {
    let arguments = ["relay", "--manifest", manifest(), "--server", "--directory", "data"];
    Silence::of(AGENT, "larder")
        .arguments(arguments)
        .answer("data/consent")
        .undecided(false)
        .allow([r#"{"link":"off"}"#])
        .assert();
}
