//! Secrets do not leave their place: canaries are planted everywhere and searched for in every byte, raw and inflated.

use harness::oracle::{leaks, leaks_below};

use crate::world::{SECRET, World};

/// Canaries by the place they are put.
const CANARIES: [&str; 8] = [
    "canary-argument",
    "canary-environment",
    "canary-user",
    "canary-host",
    "canary_table",
    "canary-error",
    "canary-path",
    "canary-locale",
];

#[test]
fn no_secret_leaves_or_is_kept_in_what_telemetry_writes() {
    let mut world = World::new();
    let variables = [
        ("USER", "canary-user"),
        ("LOGNAME", "canary-user"),
        ("HOSTNAME", "canary-host"),
        ("API_TOKEN", "canary-environment"),
        ("LC_ALL", "canary-locale"),
    ];
    for (name, value) in variables {
        world.user.set(name, value);
        world.host.set(name, value);
    }
    let (server, address) = world.server(&[], &[]);
    let track =
        r#"{"type":"track_table","args":{"source":"default","schema":"public","name":"canary_table"}}"#;
    ureq::post(format!("{address}/v1/metadata"))
        .header("x-quarry-admin-secret", SECRET)
        .header("content-type", "application/json")
        .send(track)
        .expect("a table named after the canary is tracked");
    world.quarry_ok(&["telemetry", "on"]);
    world.quarry_ok(&["init", "canary-path"]);
    world.quarry_ok(&["--endpoint", &address, "--project", "canary-path", "metadata", "export"]);
    let failing = world.quarry(&["--endpoint", "http://canary-error.invalid", "metadata", "export"]);
    assert!(!failing.status.success());
    let _ = world.quarry(&["migrate", "create", "canary-argument", "--project", "canary-path"]);
    world.quarry_ok(&["telemetry", "preview"]);
    world.quarry_ok(&["telemetry", "send"]);
    let _ = world.collector.await_counted("cli", 4);
    let _ = world.collector.await_counted("server", 1);

    let mut found = leaks(&world.proxy.seen(), &CANARIES);
    assert!(!world.proxy.seen().is_empty(), "nothing was sent, so nothing was searched");
    found.extend(leaks(&world.proxy.seen(), &[SECRET]));
    for page in ["/?show=all", "/api/totals.json", "/metrics", "/api/tables/commands.csv?show=all"] {
        found.extend(leaks(world.collector.text(page).as_bytes(), &CANARIES));
    }
    drop(server);
    let folders =
        [world.user.state(), world.host.data().join("telemetry"), world.collector.data().to_owned()];
    for folder in folders {
        found.extend(leaks_below(&folder, &CANARIES));
        found.extend(leaks_below(&folder, &[SECRET]));
    }
    assert_eq!(found, Vec::<String>::new());
}
