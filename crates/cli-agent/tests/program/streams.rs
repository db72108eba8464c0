//! Standard output that takes nothing: a full disk, and a reader that went away; and hand-over by pipe.

use std::fs::File;
use std::process::{Command, Output, Stdio};

use super::collector::{Answer, Collector};
use super::tool::{CLOSED, Home, program};

/// The verbs that write data, with what they need.
const VERBS: [&[&str]; 10] = [
    &["status"],
    &["status", "--json"],
    &["preview"],
    &["send"],
    &["sent"],
    &["sent", "--json"],
    &["held", "--json"],
    &["export", "-"],
    &["commands"],
    &["doctor", "--json"],
];

/// A home in which a batch was sent and another waits.
fn home(collector: &Collector) -> Home {
    let home = Home::new();
    home.verb(&collector.endpoint, &["on"]);
    home.run(&collector.endpoint, &["good"]);
    home.verb(&collector.endpoint, &["send"]);
    home.run(CLOSED, &["good"]);
    home.run(&collector.endpoint, &["good"]);
    home
}

#[test]
fn what_is_lost_to_a_full_disk_is_a_failure_and_said_once() {
    for verb in VERBS {
        let collector = Collector::start(Answer::Receipt);
        let home = home(&collector);
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut tool = home.tool(&collector.endpoint);
        let output = tool.arg("telemetry").args(verb).stdout(full).stderr(Stdio::piped()).output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{verb:?}: {words}");
        assert_eq!(words.matches("No space left on device").count(), 1, "{verb:?}: {words}");
    }
}

#[test]
fn a_reader_that_went_away_has_read_what_it_wanted() {
    for verb in VERBS {
        let collector = Collector::start(Answer::Receipt);
        let home = home(&collector);
        let run = |stdout: Stdio| {
            let mut tool = home.tool(&collector.endpoint);
            tool.arg("telemetry").args(verb).stdout(stdout).stderr(Stdio::piped()).output().unwrap()
        };
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let gone = run(writer.into());
        let words = String::from_utf8_lossy(&gone.stderr);
        assert!(!words.contains("error") && !words.contains("pipe"), "{verb:?}: {words}");
        if verb[0] != "doctor" && verb[0] != "held" {
            assert_eq!(gone.status.code(), Some(0), "{verb:?}: {words}");
        }
    }
}

/// Runs a line of the shell in which `tool` is the program.
fn line(home: &Home, endpoint: &str, line: &str) -> Output {
    let mut shell = home.equip(Command::new("sh"), endpoint);
    shell.args(["-c", &format!("tool() {{ '{}' telemetry \"$@\"; }}; {line}", program().display())]);
    shell.current_dir(home.path()).output().unwrap()
}

#[test]
fn a_hand_over_goes_through_pipes_with_nothing_but_data_in_them() {
    let collector = Collector::start(Answer::Receipt);
    let home = Home::new();
    home.verb(&collector.endpoint, &["on"]);
    home.run(&collector.endpoint, &["good"]);
    let exported = line(&home, &collector.endpoint, "tool export - | tee kept | tool import -");
    let words = String::from_utf8_lossy(&exported.stderr);
    assert!(exported.status.success(), "{words}");
    assert!(words.contains("1 batch for") && words.contains("whoever has this file"), "{words}");
    let kept = std::fs::read_to_string(home.path().join("kept")).unwrap();
    assert_eq!(kept.lines().count(), 1);
    assert!(kept.starts_with('{') && kept.ends_with("}\n"), "{kept}");
    assert!(String::from_utf8_lossy(&exported.stdout).contains("\"accepted\":1"), "{exported:?}");
    assert!(!home.path().join("-").exists());

    let nothing = line(&home, &collector.endpoint, "tool import - < /dev/null");
    assert!(nothing.status.success() && nothing.stdout.is_empty(), "{nothing:?}");
    let wrong = line(&home, &collector.endpoint, "echo nonsense | tool import -");
    assert_eq!(wrong.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("-: line 1 is no batch"), "{wrong:?}");
}
