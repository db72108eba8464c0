//! A configuration that cannot be read is nobody's opt-out: it silences, and deletes nothing.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::world::World;

/// What keeps a file of settings from being read at some moment, and the files that programs keep.
const UNREADABLE: [(&str, &[u8]); 8] = [
    ("empty", b""),
    ("half written", b"{\"enable_telemetry\": tr"),
    ("with a byte order mark", b"\xef\xbb\xbf{}"),
    ("with a comment", b"// mine\n{}"),
    ("with a comma too many", b"{\"enable_telemetry\": true,}"),
    ("with a newer key", b"{\"colour\": true}"),
    ("in UTF-16", b"\xff\xfe{\0}\0"),
    ("of NULs after a crash", &[0; 64]),
];

/// What is left of what was recorded.
fn recorded(world: &World) -> Vec<(PathBuf, Vec<u8>)> {
    let files = world.user.files().into_iter().filter(|file| file.starts_with("home/.local"));
    let root = world.user.path().parent().expect("a root").to_owned();
    files.map(|file| (file.clone(), std::fs::read(root.join(file)).unwrap_or_default())).collect()
}

#[test]
fn a_configuration_that_cannot_be_read_keeps_what_was_recorded_and_its_id() {
    let world = World::new();
    world.quarry_ok(&["telemetry", "on"]);
    world.quarry_ok(&["init", "project"]);
    let config = world.user.path().join(".config/quarry/config.json");
    let settings = world.user.path().join("settings.json");
    // Whoever looks first makes the secret.
    let preview = world.quarry_ok(&["telemetry", "preview"]);
    let before = recorded(&world);
    assert!(before.iter().any(|(file, _)| file.ends_with("secret")));
    let try_out = |what: &str| {
        // It does not run where it cannot read its configuration; its agent does.
        world.quarry(&["migrate", "create", "change"]);
        let status = world.quarry_ok(&["telemetry", "status"]);
        assert!(status.contains(": off") && status.contains("configuration"), "{what}: {status}");
        assert_eq!(world.quarry_ok(&["telemetry", "preview"]), preview, "{what}: what waits is shown");
        let doctor = world.quarry(&["telemetry", "doctor"]);
        let said = [doctor.stdout, doctor.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(said.contains("configuration cannot be read"), "{what}: {said}");
        assert_eq!(recorded(&world), before, "{what}");
    };
    for (what, bytes) in UNREADABLE {
        std::fs::write(&config, bytes).expect("a configuration");
        try_out(what);
    }
    std::fs::remove_file(&config).expect("to remove it");
    std::fs::create_dir(&config).expect("a directory in its place");
    try_out("a directory");
    std::fs::remove_dir(&config).expect("to remove it");

    for (what, bytes) in UNREADABLE.into_iter().filter(|(what, _)| *what != "with a newer key") {
        std::fs::write(&settings, bytes).expect("settings");
        assert!(execute(&world, &settings).success(), "{what}");
        assert_eq!(recorded(&world), before, "exec: {what}");
    }
    std::fs::write(&settings, "{\"enable_telemetry\": false}").expect("settings");
    assert!(execute(&world, &settings).success());
    assert_eq!(recorded(&world), [], "a no that was read deletes");
}

/// Runs `true` for the command `init` of quarry, behind these settings.
fn execute(world: &World, settings: &Path) -> std::process::ExitStatus {
    let mut exec = world.user.program(harness::binary("aboveboard-agent"));
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/quarry/telemetry.toml");
    exec.args(["exec", "--command", "init", "--manifest"]).arg(manifest);
    exec.arg("--config").arg(settings).args(["--", "true"]).status().expect("the agent")
}

#[test]
fn commands_beside_a_program_that_saves_the_configuration_again_and_again_are_of_one_installation() {
    let world = World::new();
    world.quarry_ok(&["telemetry", "on"]);
    world.quarry_ok(&["init", "project"]);
    world.quarry_ok(&["telemetry", "preview"]);
    let secret = world.user.state().join("secret");
    let before = std::fs::read(&secret).expect("a secret");
    let config = world.user.path().join(".config/quarry/config.json");
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // As an editor does that saves by writing anew.
            while !is_done.load(Ordering::Relaxed) {
                for text in ["", "{\"enable_tele", "{\"enable_telemetry\": true}\n"] {
                    std::fs::write(&config, text).expect("the configuration");
                }
            }
        });
        for number in 0..60 {
            world.quarry(&["init", &format!("p{number}")]);
        }
        is_done.store(true, Ordering::Relaxed);
    });
    assert_eq!(std::fs::read(&secret).expect("the same secret"), before);
    std::fs::write(&config, "{\"enable_telemetry\": true}\n").expect("the configuration");
    let status = world.quarry_ok(&["telemetry", "status"]);
    assert!(status.contains(": on"), "{status}");
}
