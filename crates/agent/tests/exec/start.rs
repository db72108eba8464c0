//! How the program begins: what the system does not start by itself, what it is given, what it leaves behind.

use std::ffi::{CStr, CString};
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
use std::process::{Command, Output};

use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, posix_spawn};
use nix::sys::wait::{WaitStatus, waitpid};

use super::{Home, not_run};

#[test]
fn a_script_that_names_no_interpreter_is_run_by_the_shell() {
    let home = Home::consenting();
    let write = |folder: &str, name: &str, text: &str, mode: u32| {
        let file = home.0.path().join(folder).join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        file.to_str().unwrap().to_owned()
    };
    write("first", "script", "echo not this one\n", 0o644);
    std::fs::create_dir_all(home.0.path().join("other/script")).unwrap();
    let script = write("second", "script", "echo $0 $# \"$2\"; exit 5\n", 0o755);
    let empty = write("second", "empty", "", 0o755);
    let path = ["first", "other", "second"].map(|folder| home.0.path().join(folder).display().to_string());
    let path = format!("{}:/usr/bin:/bin", path.join(":"));
    for program in [&[&*script, "-x", "two words", ""][..], &["script", "1", "2"], &["empty"], &[&*empty]] {
        let output = |mut command: Command| -> Output { command.env("PATH", &path).output().unwrap() };
        let bare = output(home.bare(&[&["env"], program].concat()));
        assert_eq!(output(home.exec(program)), bare, "{program:?}");
        assert!(matches!(bare.status.code(), Some(0 | 5)), "{bare:?}");
    }
}

#[test]
fn the_program_gets_every_entry_of_the_environment_in_its_order() {
    let home = Home::consenting();
    let program = ["/bin/cat", "/proc/self/environ"];
    let c_string = |text: &[u8]| CString::new(text).unwrap();
    let mut environment = vec![c_string(&[b"HOME=", home.0.path().as_os_str().as_bytes()].concat())];
    let odd = [c"NO_EQUALS", c"=odd=1", c"TWICE=1", c"TWICE=2", c"EMPTY=", c"BYTES=\xff", c"DO_NOT_TRACK=1"];
    environment.extend(odd.map(CStr::to_owned));
    let seen = |command: Command| {
        let file = home.0.path().join("environment");
        let words: Vec<CString> = std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(|word| c_string(word.as_bytes()))
            .collect();
        let mut actions = PosixSpawnFileActions::init().unwrap();
        let written = std::fs::File::create(&file).unwrap();
        actions.add_dup2(written.as_raw_fd(), 1).unwrap();
        let attributes = PosixSpawnAttr::init().unwrap();
        let child = posix_spawn(&*words[0], &actions, &attributes, &words, &environment).unwrap();
        assert_eq!(waitpid(child, None).unwrap(), WaitStatus::Exited(child, 0));
        let text = std::fs::read(&file).unwrap();
        std::fs::remove_file(file).unwrap();
        String::from_utf8_lossy(&text).into_owned()
    };
    assert_eq!(seen(home.exec(&program)), seen(home.bare(&program)));
}

#[test]
fn as_the_first_process_of_a_container_it_reaps_what_others_left() {
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        return not_run("only root can make a namespace of processes");
    }
    let home = Home::consenting();
    let script = "orphan=$(sh -c 'sleep 0.2 >&2 & echo $!')
        while [ -d /proc/$orphan ] && [ $((waits += 1)) -lt 300 ]; do sleep 0.05; done
        test $PPID = 1 && ! test -d /proc/$orphan && exit 7";
    let exec = home.exec(&["bash", "-c", script]);
    let mut unshare = home.equip(Command::new("unshare"));
    unshare.args(["--pid", "--fork", "--mount-proc"]).arg(exec.get_program()).args(exec.get_args());
    let output = unshare.output().unwrap();
    if output.status.code() == Some(1) && String::from_utf8_lossy(&output.stderr).starts_with("unshare:") {
        return not_run("this system makes no namespace of processes");
    }
    assert_eq!(output.status.code(), Some(7), "{output:?}");
}

#[test]
fn a_service_that_is_handed_sockets_takes_them() {
    let home = Home::consenting();
    // As systemd does: sockets from descriptor 3 on, and the number of the process that they are for.
    let manager = "export LISTEN_FDS=2 LISTEN_FDNAMES=a:b LISTEN_PID=$$ WATCHDOG_PID=$$ SYSTEMD_EXEC_PID=$$ OTHER_PID=$PPID
        exec \"$@\" 3</dev/null 4</dev/zero";
    let service = r#"test "$LISTEN_PID $WATCHDOG_PID $SYSTEMD_EXEC_PID" = "$$ $$ $$" && echo takes $LISTEN_FDS $LISTEN_FDNAMES
        test "$OTHER_PID" = $$ && echo one too many; readlink /proc/$$/fd/3 /proc/$$/fd/4; echo $0 $# "$2"
        grep -E '^Sig(Blk|Ign)' /proc/self/status | sed 's/[0-9a-f]\{8\}$/-&/; s/[0-9a-f]-/-/'; kill -TERM $$"#;
    let script = home.0.path().join("plain");
    std::fs::write(&script, format!("{service}\n")).unwrap();
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).unwrap();
    let script = script.to_str().unwrap();
    let run = |command: Command| {
        let mut words = vec!["sh", "-c", manager, "systemd", command.get_program().to_str().unwrap()];
        words.extend(command.get_args().map(|word| word.to_str().unwrap()));
        home.bare(&words).output().unwrap()
    };
    for program in [&["sh", "-c", service, "name", "an argument", ""][..], &["env", script, "a", "b c"]] {
        let bare = run(home.bare(program));
        assert!(String::from_utf8_lossy(&bare.stdout).starts_with("takes 2 a:b\n/dev/null\n"), "{bare:?}");
        assert_eq!(run(home.exec(program)), bare, "{program:?}");
    }
    for (program, code) in [("/nowhere/program", 127), ("/etc/passwd", 126)] {
        let output = run(home.exec(&[program]));
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).starts_with("aboveboard: /"), "{output:?}");
    }
    // What names another process is left to it.
    let mut other = home.exec(&["sh", "-c", "echo $LISTEN_PID"]);
    assert_eq!(other.env("LISTEN_PID", "1").output().unwrap().stdout, b"1\n");
}
