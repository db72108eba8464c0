//! A host that has the users' verbs among its own commands, and forwards what was typed there.

use aboveboard_testkit::terminal::Session;

use super::home::{Home, said};

/// How people call the verbs there.
const WORDS: &str = "hasura telemetry";

/// The users' verbs, each with what it needs.
const VERBS: [&[&str]; 16] = [
    &["status"],
    &["status", "--json"],
    &["preview"],
    &["send"],
    &["sent"],
    &["held"],
    &["published"],
    &["local"],
    &["on"],
    &["doctor"],
    &["commands"],
    &["export", "new-file"],
    &["import", "no-file"],
    &["forget"],
    &["off"],
    &["off", "--forget"],
];

#[test]
fn no_verb_names_this_program_where_a_host_forwards_to_it() {
    let home = Home::new();
    let mut hints = 0;
    let mut check = |arguments: &[&str]| {
        let output = home.run(&[&["--program", WORDS], arguments].concat());
        let said = said(&output);
        assert!(!said.contains("aboveboard-agent") && !said.contains("--manifest"), "{arguments:?}: {said}");
        hints += said.matches(WORDS).count();
    };
    // Undecided, then on, with something recorded, and off again.
    for verb in VERBS.iter().chain(&[&["on"][..]]).chain(&VERBS) {
        check(verb);
        check(&[*verb, &["--help"]].concat());
        check(&[*verb, &["--no-such-option"]].concat());
        check(&["help", verb[0]]);
    }
    check(&["on"]);
    check(&["record", "migrations-ended", "--field", "took=2s"]);
    VERBS.iter().for_each(|verb| check(verb));
    for other in [&[][..], &["--help"], &["no-such-verb"], &["status", "status"], &["--version"]] {
        check(other);
    }
    assert!(hints > 100, "{hints}");
}

#[test]
fn its_help_lists_the_users_verbs_and_nothing_that_is_the_hosts() {
    let home = Home::new();
    let help = said(&home.run(&["--program", WORDS, "--help"]));
    assert!(help.contains("Usage: hasura telemetry <COMMAND>") && help.contains("\n  status "), "{help}");
    for others in ["\n  record ", "\n  exec ", "--config", "--wording", "--program"] {
        assert!(!help.contains(others), "{others} is in: {help}");
    }
    let bare = home.run(&["--program", WORDS]);
    assert_eq!(bare.status.code(), Some(2));
    assert!(said(&bare).starts_with("Show and control") && said(&bare).contains("\n  status "), "{bare:?}");
    // A host may say everything about itself before what was typed, or after it.
    for arguments in [["--program", WORDS, "status"], ["status", "--program", WORDS]] {
        assert!(said(&home.run(&arguments)).contains("`hasura telemetry on` allows"), "{arguments:?}");
    }
}

#[test]
fn the_question_names_the_hosts_command_and_shows_a_distributors_wording() {
    let home = Home::new();
    let text = home.write("wording.txt", "Acme builds and supports this Quarry.");
    let text = text.to_str().unwrap();
    let worded = ["--wording", "acme-1", "--wording-file", text];
    let exec = |arguments: &[&str]| {
        let command = ["exec", "--program", WORDS, "--command", "init"];
        home.quarry(&[&command[..], arguments, &["--", "true"]].concat())
    };
    let mut session = Session::start(&exec(&worded), 80);
    session.expect("Acme builds and supports this Quarry.");
    session.expect("[y/N/show] ");
    session.type_in("y\n");
    session.expect("hasura telemetry off");
    assert!(session.end().2.success());
    let mode = |arguments: &[&str]| home.run(&[arguments, &["status", "--check"]].concat()).status.code();
    assert_eq!((mode(&worded), mode(&[])), (Some(0), Some(0)));
    // Another text needs its own answer, and says so before anything is recorded under it.
    let other = ["--wording", "acme-2", "--wording-file", text];
    assert_eq!(mode(&other), Some(5));
    // Half of a wording, or one that cannot be read, records nothing and keeps no program from running.
    assert_eq!(mode(&["--wording", "acme-1"]), Some(2));
    let missing = ["--wording", "acme-1", "--wording-file", "no-such-file"];
    assert_eq!(mode(&missing), Some(1));
    assert!(exec(&missing).output().unwrap().status.success());
}

#[test]
fn the_flag_is_spelled_as_everywhere_and_refuses_for_one_run() {
    let home = Home::new();
    home.run(&["on"]);
    for (flag, records) in [("--enable-telemetry=flase", false), ("--enable-telemetry", true)] {
        let recorded = home.run(&["record", "migrations-ended", "--field", "took=2s", flag]);
        assert!(recorded.status.success() && said(&recorded).is_empty(), "{flag}: {}", said(&recorded));
        assert_eq!(said(&home.run(&["preview"])).contains("migrations-ended"), records, "{flag}");
    }
}
