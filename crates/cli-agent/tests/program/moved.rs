//! Answers under variables that lead elsewhere, to what is the user's own and to what is not.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Output;

use super::tool::{CLOSED, Home};

/// A user that owns nothing.
const NOBODY: u32 = 65_534;

/// A directory of another user.
fn of_another(home: &Home) -> PathBuf {
    if !aboveboard_files::Owner::me().is_system() {
        return PathBuf::from("/");
    }
    let theirs = home.path().join("theirs");
    fs::create_dir(&theirs).unwrap();
    chown(&theirs, Some(NOBODY), Some(NOBODY)).unwrap();
    theirs
}

fn verb(home: &Home, variable: &str, value: &Path, verb: &[&str]) -> Output {
    home.tool(CLOSED).env(variable, value).arg("telemetry").args(verb).output().unwrap()
}

fn is_off(home: &Home) -> bool {
    home.run(CLOSED, &["telemetry", "status", "--check"]).status.code() == Some(3)
}

#[test]
fn an_opt_out_is_stored_also_where_a_variable_leads_to_what_is_another_users() {
    for variable in ["XDG_CONFIG_HOME", "XDG_STATE_HOME"] {
        for below in ["", "missing/deeper"] {
            for said in ["on", "local"] {
                let home = Home::new();
                let theirs = of_another(&home).join(below);
                home.verb(CLOSED, &[said]);
                home.run(CLOSED, &["good"]);
                assert!(home.state().join("spool").exists());
                let off = verb(&home, variable, &theirs, &["off"]);
                assert_eq!(off.status.code(), Some(0), "{off:?}");
                assert!(home.answer().unwrap().starts_with("answer=no "), "{variable}={}", theirs.display());
                assert!(is_off(&home) && !home.state().exists());
                // What widens is stored nowhere then, and says so.
                let on = verb(&home, variable, &theirs, &["on"]);
                let text = String::from_utf8(on.stderr).unwrap() + &String::from_utf8(on.stdout).unwrap();
                assert!(on.status.code() == Some(1) && text.contains(variable), "{text}");
                assert!(is_off(&home));
            }
        }
    }
}

#[test]
fn an_opt_out_that_can_be_stored_nowhere_fails_and_names_the_variable() {
    let home = Home::new();
    let missing = home.path().join("missing");
    for place in [Path::new("relative"), Path::new("/"), &missing, &of_another(&home)] {
        let run = |said: &[&str]| verb(&home, "HOME", place, said);
        for said in [&["off"][..], &["off", "--forget"]] {
            let off = run(said);
            assert_eq!(off.status.code(), Some(1), "{}: {off:?}", place.display());
            let text = String::from_utf8(off.stderr).unwrap() + &String::from_utf8(off.stdout).unwrap();
            assert!(text.contains("TOOL_ENABLE_TELEMETRY=false") && !text.contains("is off"), "{text}");
        }
        assert_eq!(run(&["on"]).status.code(), Some(1), "a yes has no place either");
        let status = String::from_utf8(run(&["status"]).stdout).unwrap();
        assert!(status.contains("to change it: run it as yourself"), "{status}");
    }
}
