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
