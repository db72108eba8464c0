//! Hints name what exists in a program of this shape, and what they name does what they say.

use super::tool::{CLOSED, Home, QUESTION, ask};

/// Answers the question of a program of this shape, and gives what was shown after it.
fn answered(home: &Home, shape: &str, arguments: &[&str], answer: &str) -> String {
    let mut session = ask(home, arguments, &[("TOOL_SHAPE", shape)]);
    session.expect(QUESTION);
    session.type_in(answer);
    let (seen, ..) = session.end();
    seen.split_once(QUESTION).unwrap().1.to_owned()
}

fn run(home: &Home, shape: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let output = home.tool(CLOSED).env("TOOL_SHAPE", shape).args(arguments).output().unwrap();
    (output.status.code(), [output.stdout, output.stderr].concat().escape_ascii().to_string())
}

#[test]
fn a_program_without_subcommands_has_a_flag() {
    let home = Home::new();
    let seen = answered(&home, "flat", &["telemetry"], "y\n");
    assert!(seen.contains("To change your mind: tool --telemetry=off\r\n"), "{seen}");
    assert!(seen.contains("as well: tool --telemetry=off --forget\r\n"), "{seen}");
    let (code, status) = run(&home, "flat", &["--telemetry=status"]);
    assert_eq!(code, Some(0));
    assert!(status.contains("`tool --telemetry=off` refuses, `tool --telemetry=local` keeps"), "{status}");
    assert_eq!(run(&home, "flat", &["--telemetry=status", "--check"]), (Some(0), String::new()));
    assert_eq!(run(&home, "flat", &["--telemetry=off"]).0, Some(0));
    assert!(home.answer().unwrap().starts_with("answer=no "));
    assert_eq!(run(&home, "flat", &["--telemetry=status", "--check"]).0, Some(3));
}

#[test]
fn a_plug_in_is_called_by_the_tool_that_calls_it() {
    let home = Home::new();
    let seen = answered(&home, "plug-in", &["tool", "good"], "y\n");
    assert!(seen.contains("To change your mind: cargo tool telemetry off\r\n"), "{seen}");
    assert_eq!(run(&home, "plug-in", &["tool", "telemetry", "off"]).0, Some(0));
    assert!(home.answer().unwrap().starts_with("answer=no "));
}

#[test]
fn a_program_without_clap_names_its_variable_and_the_file_of_the_answer() {
    let home = Home::new();
    let seen = answered(&home, "without clap", &[], "y\n");
    let change = "To change your mind: set TOOL_ENABLE_TELEMETRY=false in the environment\r\n";
    assert!(seen.ends_with(change), "{seen}");
    let home = Home::new();
    let seen = answered(&home, "without clap", &[], "n\n");
    let file = home.path().join(".config/tool/consent");
    assert!(seen.contains(&format!("To be asked again: delete {}\r\n", file.display())), "{seen}");
    std::fs::remove_file(file).unwrap();
    answered(&home, "without clap", &[], "y\n");
}

/// Who reads a hint of a verb has called that verb, by words that the program has not named.
#[test]
fn the_verbs_of_a_program_without_clap_name_what_can_be_called() {
    let home = Home::new();
    answered(&home, "without clap", &[], "y\n");
    run(&home, "without clap", &[]);
    let (code, status) = run(&home, "without clap", &["privacy", "status"]);
    assert_eq!(code, Some(0));
    let advice =
        "`TOOL_ENABLE_TELEMETRY=false` refuses, `local` in the place of this verb keeps everything here";
    assert!(status.contains(advice), "{status}");
    run(&home, "without clap", &["privacy", "send"]);
    let (_, doctor) = run(&home, "without clap", &["privacy", "doctor"]);
    assert!(doctor.contains("wait, or try now with `send` in the place of this verb"), "{doctor}");
    std::fs::write(home.path().join(".config/tool/consent"), "perhaps\n").unwrap();
    let (_, doctor) = run(&home, "without clap", &["privacy", "doctor"]);
    let again = "answer again with `on` in the place of this verb (or `off`)";
    assert!(doctor.contains(again), "{doctor}");
}
