//! `record`: what it records, and what `--explain` says of what it does not.

use super::home::said;
use super::product::{MANIFEST, Product, event};

const UNASKED: &str = "not recorded: it, or that figures of it are published, is new in the manifest, and nobody was asked about it yet";

#[test]
fn a_command_is_recorded_with_its_ending() {
    let product = Product::consenting("");
    assert_eq!(product.explained(&["--command", "lift"]), "recorded");
    assert_eq!(product.explained(&["--command", "lower", "--failed"]), "recorded");
    assert_eq!(product.explained(&["--command", "lower", "--unfinished"]), "recorded");
    let preview = product.preview();
    for (command, ending) in
        [("lift", "\"error\":false"), ("lower", "\"error\":true"), ("lower", "\"unfinished\":true")]
    {
        let is_it =
            |event: &str| event.contains(&format!("\"command\":\"{command}\"")) && event.contains(ending);
        assert!(preview.split("{\"name\"").any(is_it), "{command} {ending}: {preview}");
    }
    // What a user typed may be anything: it is counted, and no mistake of the program.
    let dropped = "not recorded: the manifest does not declare it";
    assert_eq!(product.explained(&["--command", "hunter2"]), dropped);
    let preview = product.preview();
    assert!(preview.contains("\"undeclared\":1") && !preview.contains("hunter2"), "{preview}");
}

#[test]
fn it_says_why_nothing_is_recorded() {
    let product = Product::new(&event("swung", ""));
    let explained = |arguments: &[&str]| product.explained(&[&["swung"], arguments].concat());
    assert_eq!(explained(&[]), "not recorded: nobody has decided yet");
    assert_eq!(
        explained(&["--enable-telemetry=false"]),
        "not recorded: telemetry is off because of the switch on the command line"
    );
    let config = product.home.write("crane.json", r#"{"enable_telemetry": false}"#);
    assert_eq!(
        explained(&["--config", config.to_str().unwrap()]),
        "not recorded: telemetry is off because of the product's configuration"
    );
    let with = |name: &str, value: &str| {
        let mut command = product.command(&["record", "--explain", "swung"]);
        said(&command.env(name, value).output().unwrap())
    };
    assert!(with("DO_NOT_TRACK", "1").contains("because of the variable DO_NOT_TRACK"));
    // A manifest that is read at run time is no release, and its own endpoint is not used.
    let mut alone = product.command(&["record", "--explain", "swung"]);
    let alone = said(&alone.env_remove("CRANE_TELEMETRY_ENDPOINT").output().unwrap());
    assert!(alone.contains("because of the build, which is no release and has no endpoint set"), "{alone}");
    assert!(product.run(&["on"]).status.success());
    assert_eq!(explained(&[]), "recorded");
    assert!(product.run(&["off"]).status.success());
    assert_eq!(explained(&[]), "not recorded: telemetry is off because of the stored answer");
    // Without the word, it says nothing.
    assert_eq!(said(&product.run(&["record", "swung"])), "");
}

#[test]
fn it_says_what_the_manifest_leaves_out() {
    let mut events = event("once", "daily = true");
    (0..20).for_each(|number| events += &event(&format!("shared-{number}"), "share = \"1/10\""));
    events += &event("expired", "until = 2026-11-02\n");
    let product = Product::consenting(&events);
    assert_eq!(product.explained(&["once"]), "recorded");
    assert_eq!(
        product.explained(&["once"]),
        "not recorded: the manifest has it recorded once a day, and it was, today"
    );
    assert_eq!(product.explained(&["expired"]), "not recorded: its date in the manifest has passed");
    let said: Vec<String> = (0..20).map(|number| product.explained(&[&format!("shared-{number}")])).collect();
    let left_out =
        "not recorded: the manifest has a share of the installations record it, and this is none of them";
    assert!(said.iter().any(|line| line == left_out), "{said:?}");
    assert!(said.iter().all(|line| line == left_out || line == "recorded"), "{said:?}");
}

#[test]
fn it_says_what_is_not_yet_asked_for_and_what_cannot_be_written() {
    let product = Product::consenting(&event("swung", ""));
    let wider = MANIFEST.replace("EVENTS", &(event("swung", "") + &event("turned", "")));
    product.home.write("telemetry.toml", &wider.replace("revision = 1", "revision = 2"));
    assert_eq!(product.explained(&["swung"]), "recorded");
    assert_eq!(product.explained(&["turned"]), UNASKED);
    let state = product.home.path().join(".local/state/crane/telemetry");
    std::fs::remove_dir_all(state.join("spool")).unwrap();
    std::fs::write(state.join("spool"), "in the way").unwrap();
    assert_eq!(product.explained(&["swung"]), "not recorded: it could not be written");
    assert_eq!(product.explained(&["--command", "lift"]), "not recorded: it could not be written");
}

#[test]
fn what_is_published_waits_for_an_answer_to_it_in_any_language() {
    let product = Product::consenting(&event("swung", ""));
    let publish = |revision: u32, tables: &str| {
        let key = "crane.example/figures+47519a3e+AYY4caPNfR3BvrQVIOX+7+ACeQYlwoTnIOjsOTbpN502";
        let table = format!(
            "[publish]\nwhy = \"Users see what becomes of it.\"\nevery = \"quarter\"\nlicence = \"CC0-1.0\"\n\
             site = \"https://crane.example/figures\"\nkeys = [\"{key}\"]\n{tables}"
        );
        let text = MANIFEST.replace("EVENTS", &(event("swung", "") + &table));
        let text = text.replace("revision = 1", &format!("revision = {revision}"));
        product.home.write("telemetry.toml", &text);
    };
    publish(2, "");
    assert_ne!(product.explained(&["swung"]), "recorded", "that figures are published is a term");
    assert!(product.run(&["on"]).status.success());
    assert_eq!(product.explained(&["swung"]), "recorded");
    publish(3, "tables = [\"events.swung\"]\n");
    assert_eq!(product.explained(&["swung"]), UNASKED);
    assert_eq!(product.explained(&["--command", "lift"]), "recorded");
    assert!(product.run(&["on"]).status.success());
    assert_eq!(product.explained(&["swung"]), "recorded");
}

#[test]
fn a_mistake_of_the_caller_is_1_or_2_and_records_nothing() {
    let of_server = event("restarted", "").replace("\"cli\"", "\"server\"");
    let product = Product::consenting(&(event("swung", "") + &of_server));
    let code = |arguments: &[&str]| product.run(arguments).status.code();
    assert_eq!(code(&["record", "unknown"]), Some(1));
    assert_eq!(code(&["record", "swung", "--field", "unknown=1"]), Some(1));
    let refused = product.run(&["record", "restarted"]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(said(&refused).contains("is the server's"), "{refused:?}");
    for wrong in [
        &["record"][..],
        &["record", "swung", "--command", "lift"],
        &["record", "swung", "--failed"],
        &["record", "--command", "lift", "--failed", "--unfinished"],
        &["record", "--command", "lift", "--field", "a=b"],
    ] {
        assert_eq!(code(wrong), Some(2), "{wrong:?}");
    }
    assert!(
        product.preview().starts_with("{") && product.preview().contains("placeholders"),
        "nothing is recorded"
    );
}
