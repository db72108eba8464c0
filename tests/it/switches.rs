//! Any way to turn telemetry off is enough, and off does nothing: no file, no socket, no child, nothing counted.

use std::path::PathBuf;

use aboveboard_testing::OptOut;
use aboveboard_testing::assert_silent;

use crate::world::World;

#[test]
fn a_command_with_any_opt_out_makes_no_file_no_socket_and_no_child() {
    let quarry = harness::binary("quarry");
    let config = || {
        OptOut::named("the config key").file(".config/quarry/config.json", r#"{"enable_telemetry": false}"#)
    };
    assert_silent!(&quarry, "quarry", ["version"], opt_out = config());
    assert_silent!(&quarry, "quarry", ["init", "project"], opt_out = config(), allow = ["project"]);
    // `--help` is never recorded, so there is no control run.
    assert_silent!(&quarry, "quarry", ["--help"], opt_out = config(), control = false);
}

#[test]
fn a_server_with_any_opt_out_makes_no_file_no_connection_no_child_and_no_line() {
    let config = OptOut::named("the config key")
        .file("server.json", r#"{"enable_telemetry": false}"#)
        .argument("--config={home}/server.json");
    assert_silent!(
        harness::binary("quarry-server"),
        "quarry",
        ["--listen", "127.0.0.1:0", "--data", "catalog"],
        variable = ("QUARRY_ADMIN_SECRET", "secret"),
        until = "listening",
        // It prints its notice while it is undecided.
        undecided = false,
        answer = "catalog/consent",
        opt_out = config,
        // Its catalog, its listener, the threads that read the catalog, and the byte by which its runtime wakes itself
        // for a signal.
        allow = ["/catalog.", "\"catalog\"", "catalog/sources", "AF_INET, SOCK_STREAM"],
        allow = ["sin_port=htons(0)", "CLONE_THREAD", "\"\\1\", 1, MSG_NOSIGNAL"]
    );
}

#[test]
fn commands_with_an_opt_out_count_nothing_and_leave_only_the_answer() {
    let world = World::new();
    world.quarry_ok(&["telemetry", "off"]);
    let (server, address) = world.server(&["--enable-telemetry=false"], &[]);
    world.quarry_ok(&["init", "project"]);
    world.quarry_ok(&["--endpoint", &address, "--project", "project", "metadata", "export"]);
    drop(server);
    let kept: Vec<PathBuf> =
        world.user.files().into_iter().filter(|file| !file.starts_with("home/project")).collect();
    assert_eq!(kept, [PathBuf::from("home/.config/quarry/consent")]);
    let telemetry: Vec<PathBuf> = world
        .host
        .files()
        .into_iter()
        .filter(|file| file.to_string_lossy().contains("telemetry") || file.ends_with("consent"))
        .collect();
    assert_eq!(telemetry, Vec::<PathBuf>::new(), "a server that is off keeps nothing");
    assert_eq!(world.proxy.connections(), 0);
    for component in ["server", "cli", "console"] {
        assert_eq!(world.collector.counted(component), 0, "{component}");
    }
}

#[test]
fn the_config_key_turns_the_cli_and_the_server_off_and_purges_what_was_there() {
    let world = World::new();
    world.quarry_ok(&["telemetry", "on"]);
    world.quarry_ok(&["init", "project"]);
    assert!(world.user.state().join("secret").exists() || world.user.state().join("spool").exists());
    let config = world.user.path().join(".config/quarry");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("config.json"), r#"{"enable_telemetry": false}"#).unwrap();
    world.quarry_ok(&["init", "another"]);
    assert!(!world.user.state().join("secret").exists(), "the id outlived the config key");
    assert!(!world.user.state().join("spool").exists(), "the spool outlived the config key");

    let file = world.host.path().join("server.json");
    std::fs::write(&file, r#"{"enable_telemetry": false}"#).unwrap();
    let (_server, _) = world.server(&["--config", &file.to_string_lossy()], &[]);
    assert!(!world.host.data().join("telemetry").exists());
    assert_eq!(world.proxy.connections(), 0);
}

#[test]
fn undecided_under_ask_is_off_without_a_person_at_a_terminal() {
    let world = World::new();
    let output = world.quarry(&["init", "project"]);
    assert!(output.status.success());
    assert!(!String::from_utf8_lossy(&output.stderr).contains("telemetry"), "nobody is there to be asked");
    let files: Vec<_> =
        world.user.files().into_iter().filter(|file| !file.starts_with("home/project")).collect();
    assert_eq!(files, Vec::<PathBuf>::new());
}

#[test]
fn turning_it_on_again_is_a_new_installation_and_sends_nothing_from_before() {
    let world = World::new();
    let installation = || {
        world.quarry_ok(&["init", "--help"]);
        let preview = world.quarry_ok(&["telemetry", "preview"]);
        let preview: serde_json::Value = serde_json::from_str(preview.trim()).expect("a batch");
        preview["installation"].as_str().expect("an id").to_owned()
    };
    world.quarry_ok(&["telemetry", "on"]);
    world.quarry_ok(&["init", "before"]);
    let first = installation();
    world.quarry_ok(&["telemetry", "off"]);
    world.quarry_ok(&["telemetry", "on"]);
    world.quarry_ok(&["init", "after"]);
    assert_ne!(installation(), first);
    world.quarry_ok(&["telemetry", "send"]);
    assert_eq!(world.collector.await_counted("cli", 1), 1);
}
