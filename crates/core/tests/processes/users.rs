//! Other users' homes, no homes, borrowed rights.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;
use std::process::Command;

/// A user that owns nothing.
const NOBODY: u32 = 65_534;

fn place(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn with(variables: &[(&str, &str)]) -> String {
    let mut command = crate::child("place", Path::new("."));
    place(command.env_clear().envs(variables.iter().copied()))
}

pub(crate) fn only_a_home_of_our_own_is_used() {
    let directory = tempfile::tempdir().unwrap();
    let home = directory.path().to_str().unwrap();
    let missing = format!("{home}/missing");
    let below_missing = format!("{home}/not/yet/there");
    for (variables, expected) in [
        (vec![("HOME", home)], "some"),
        (vec![], "none"),
        (vec![("HOME", "")], "none"),
        (vec![("HOME", "/")], "none"),
        (vec![("HOME", "relative")], "none"),
        (vec![("HOME", &missing)], "none"),
        (vec![("HOME", home), ("XDG_STATE_HOME", "relative")], "some"),
        (vec![("HOME", home), ("XDG_STATE_HOME", &below_missing)], "some"),
    ] {
        assert_eq!(with(&variables), expected, "{variables:?}");
    }
    if !crate::is_root() {
        println!("  not run: other users' homes need root");
        return;
    }
    // As under `sudo` with the caller's home kept.
    let theirs = tempfile::tempdir().unwrap();
    chown(theirs.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    let their_home = theirs.path().to_str().unwrap();
    assert_eq!(with(&[("HOME", their_home)]), "none");
    assert_eq!(with(&[("HOME", home), ("XDG_STATE_HOME", their_home)]), "none");
    assert_eq!(with(&[("HOME", home), ("XDG_CONFIG_HOME", their_home)]), "none");
    assert_eq!(fs::read_dir(theirs.path()).unwrap().count(), 0);

    // A program with the rights of another user.
    let program = theirs.path().join("program");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    chown(&program, Some(NOBODY), Some(NOBODY)).unwrap();
    fs::set_permissions(theirs.path(), fs::Permissions::from_mode(0o755)).unwrap();
    for mode in [0o4755, 0o2755] {
        fs::set_permissions(&program, fs::Permissions::from_mode(mode)).unwrap();
        let mut command = Command::new(&program);
        command
            .args(["act", "place", "."])
            .env_clear()
            .env("HOME", if mode == 0o4755 { their_home } else { home });
        assert_eq!(place(&mut command), "none", "{mode:o}");
    }
}

pub(crate) fn a_home_that_cannot_be_written_to_is_silence() {
    if !crate::is_root() {
        println!("  not run: it takes root to become somebody else");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join("program");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let home = directory.path().join("home");
    fs::create_dir(&home).unwrap();
    chown(&home, Some(NOBODY), Some(NOBODY)).unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    for (mode, expected) in [(0o500, "dropped write-failed"), (0o700, "recorded 7")] {
        fs::set_permissions(&home, fs::Permissions::from_mode(mode)).unwrap();
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&program);
        command.args(["act", "record-many"]).arg(&home).args(["7", "1"]);
        assert_eq!(place(&mut command), expected, "{mode:o}");
    }
}

/// As an operator writes it into a volume that a pod mounts with `fsGroup`.
pub(crate) fn an_opt_out_of_root_counts_also_where_a_group_may_write_it_and_nothing_else_does() {
    if !crate::is_root() {
        println!("  not run: it takes root to become somebody else");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = directory.path().join("program");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let answer = directory.path().join("consent");
    for (line, mode, expected) in [
        ("answer=no\n", 0o664, "off true"),
        ("answer=no\n", 0o666, "off false"),
        ("answer=yes\n", 0o664, "off false"),
        ("answer=maybe\n", 0o664, "off false"),
    ] {
        fs::write(&answer, line).unwrap();
        fs::set_permissions(&answer, fs::Permissions::from_mode(mode)).unwrap();
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&program);
        command.args(["act", "decide"]).arg(directory.path());
        assert_eq!(place(&mut command), expected, "{line:?} {mode:o}");
    }
}
