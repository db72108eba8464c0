//! Every instruction on the pages for users, executed: with a yes given, each way to say no turns it off.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use aboveboard_core::consent::{self, Choice, Host, Mode, Question, Surface};
use aboveboard_core::environment::Environment;
use aboveboard_core::paths::Paths;
use aboveboard_manifest::{Manifest, Switch, SwitchKind, parse};
use aboveboard_types::declaration::{Component, Declaration, Policy};

const NOW: u64 = 1_795_338_000;

fn manifests() -> Vec<Manifest> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = vec![root.join("examples/quarry/telemetry.toml")];
    let profiles = fs::read_dir(root.join("config/profiles")).unwrap().map(|entry| entry.unwrap().path());
    files.extend(profiles.filter(|path| path.extension().is_some_and(|it| it == "toml")));
    files.iter().map(|file| parse(&fs::read_to_string(file).unwrap(), "telemetry.toml").unwrap()).collect()
}

/// What is decided on a machine of its own, where a yes was given and then one thing was said.
fn decided(declaration: &Declaration, component: Component, said: Option<&Switch>) -> Mode {
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name);
    let mut variables = vec![
        ("HOME".to_owned(), home.path().display().to_string()),
        ("XDG_CONFIG_HOME".to_owned(), path("config").display().to_string()),
        ("ABOVEBOARD_OFF_D".to_owned(), path("off.d").display().to_string()),
    ];
    let mut host = Host::default().endpoint(Some(declaration.endpoint.to_string()));
    let mut answer = Choice::Yes;
    if let Some(Switch { kind, literal, .. }) = said {
        match kind {
            SwitchKind::Command => {
                assert!(literal.ends_with(" telemetry off"));
                answer = Choice::No;
            }
            SwitchKind::Flag => host = host.flag(literal.strip_prefix("--enable-telemetry=")),
            SwitchKind::Variable => {
                let (name, value) = literal.split_once('=').unwrap();
                variables.push((name.to_owned(), value.to_owned()));
            }
            SwitchKind::ConfigKey => {
                let file: serde_json::Value = serde_json::from_str(&format!("{{{literal}}}")).unwrap();
                host = host.config(Some(file["enable_telemetry"].to_string()));
            }
            SwitchKind::PolicyFile => {
                fs::create_dir(path("off.d")).unwrap();
                let name = literal.strip_prefix("/etc/aboveboard/off.d/").unwrap();
                fs::write(path("off.d").join(name), "").unwrap();
            }
            other => panic!("{other:?} is not executed"),
        }
    }
    let environment = Environment::of(variables);
    let places = Paths::of_user(declaration, &environment).unwrap();
    let question =
        Question { declaration, component, host: &host, environment: &environment, places: Some(&places) };
    // A server's yes is its operator's; a follower's is the answer to the family.
    let answered = question.answer(answer, Surface::Verb, NOW - 60).line();
    let file = match declaration.policy(component) {
        Some(Policy::Follow) => places.family_answer().unwrap(),
        _ => places.answer(),
    };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(file.parent().unwrap()).unwrap();
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(file).unwrap();
    std::io::Write::write_all(&mut file, answered.as_bytes()).unwrap();
    consent::decide(&question).mode
}

#[test]
fn every_instruction_on_every_page_turns_it_off() {
    let mut executed = 0;
    for manifest in manifests() {
        let declaration = manifest.declaration();
        for (component, policy) in manifest.components() {
            let Some(policy) = policy.filter(|policy| *policy != Policy::Off) else { continue };
            let name = format!("{} {}", manifest.product.id, component.name());
            assert_eq!(decided(&declaration, component, None), Mode::On, "{name}, {policy:?}");
            for switch in manifest.switches(component) {
                assert_eq!(decided(&declaration, component, Some(&switch)), Mode::Off, "{name}: {switch:?}");
                executed += 1;
            }
        }
    }
    assert!(executed > 50, "{executed}");
}
