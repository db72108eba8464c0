//! Every kind of thing that can have a name, at every way of opening.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use aboveboard_files::named::{self, Pipes};
use aboveboard_files::{Directory, Errno, is_there, stat};

/// A user that owns nothing.
const NOBODY: u32 = 65_534;

fn made(command: &mut Command) {
    assert!(command.status().unwrap().success(), "{command:?}");
}

/// Everything that can have a name and is no file of ours that may be written, by what it is called below.
fn plant(folder: &Path) -> Vec<&'static str> {
    let at = |name| folder.join(name);
    made(Command::new("mkfifo").arg(at("pipe")));
    drop(UnixListener::bind(at("socket")).unwrap());
    fs::create_dir(at("directory")).unwrap();
    fs::write(at("file"), "untouched").unwrap();
    symlink(at("file"), at("link")).unwrap();
    symlink(at("nothing"), at("dangling")).unwrap();
    fs::hard_link(at("file"), at("second")).unwrap();
    let mut names = vec!["pipe", "socket", "directory", "link", "dangling", "second"];
    if fs::metadata(folder).unwrap().uid() == 0 {
        made(Command::new("mknod").arg(at("device")).args(["c", "1", "5"]));
        fs::write(at("foreign"), "of another").unwrap();
        chown(at("foreign"), Some(NOBODY), Some(NOBODY)).unwrap();
        names.extend(["device", "foreign"]);
    }
    names
}

#[test]
fn nothing_but_a_file_of_ours_with_one_name_is_written_and_nothing_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let names = plant(folder.path());
    let ours = Directory::open(folder.path()).unwrap();
    for name in names {
        assert!(ours.append(name).and_then(|file| file.checked_to_write()).is_err(), "append {name}");
        assert!(
            ours.append_or_create(name).and_then(|file| file.checked_to_write()).is_err(),
            "or create {name}"
        );
        assert!(ours.keep(name).and_then(|file| file.checked_to_write()).is_err(), "keep {name}");
        assert_eq!(ours.create(name).unwrap_err(), Errno::EXIST, "create {name}");
        let fault = ours.stat(name).unwrap().fault_of_file();
        assert!(fault.is_some(), "{name}");
        let read = ours.content(name, 100);
        assert!(name == "second" || read.is_err(), "read {name}: {read:?}");
    }
    assert!(!is_there(&folder.path().join("nothing")).unwrap(), "no link was written through");
    assert_eq!(fs::read(folder.path().join("file")).unwrap(), b"untouched");
}

#[test]
fn what_has_the_name_is_replaced_and_what_it_led_to_stays() {
    let folder = tempfile::tempdir().unwrap();
    let names = plant(folder.path());
    let ours = Directory::open(folder.path()).unwrap();
    for name in names.into_iter().filter(|name| *name != "directory") {
        ours.replace(name, b"ours", true).unwrap();
        assert_eq!(ours.content(name, 100).unwrap(), b"ours", "{name}");
        assert_eq!(ours.stat(name).unwrap().fault_of_file(), None, "{name}");
    }
    ours.sync().unwrap();
    assert!(ours.replace("directory", b"ours", true).is_err());
    assert_eq!(fs::read(folder.path().join("file")).unwrap(), b"untouched");
}

#[test]
fn a_directory_of_ours_is_one_that_nobody_else_owns_or_writes_to() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name| folder.path().join(name);
    let names = plant(folder.path());
    for name in names.into_iter().filter(|name| *name != "directory") {
        assert!(Directory::open(&at(name)).is_err(), "{name}");
        assert!(Directory::make(&at(name)).is_err(), "make {name}");
        let ours = Directory::open(folder.path()).unwrap();
        assert!(ours.make_directory(name).is_err(), "make {name}");
        assert!(stat(&at(name)).unwrap().fault_of_directory().is_some(), "{name}");
    }
    let ours = Directory::open(folder.path()).unwrap();
    let mode_now = || fs::metadata(at("directory")).unwrap().permissions().mode() & 0o7777;
    for mode in [0o777, 0o2777, 0o702, 0o1777] {
        fs::set_permissions(at("directory"), fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(Directory::open(&at("directory")).unwrap_err(), Errno::PERM, "{mode:o}");
        assert_eq!(ours.directory("directory").unwrap_err(), Errno::PERM, "{mode:o}");
        assert_eq!(mode_now(), mode);
    }
    // A group is taken out of a directory of our own; one that an operator named stays as it is, and is refused.
    for mode in [0o770, 0o2770, 0o2775, 0o720] {
        for open in [
            (|_, path: &Path| Directory::open(path)) as fn(&Directory, &Path) -> _,
            |_, path| Directory::make(path).map(|(directory, _)| directory),
            |ours, _| ours.directory("directory"),
            |ours, _| ours.make_directory("directory"),
        ] {
            fs::set_permissions(at("directory"), fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(Directory::open_named(&at("directory")).unwrap_err(), Errno::PERM, "{mode:o}");
            assert_eq!(Directory::make_named(&at("directory")).unwrap_err(), Errno::PERM, "{mode:o}");
            assert_eq!(mode_now(), mode);
            open(&ours, &at("directory")).unwrap();
            assert_eq!(mode_now(), 0o700, "{mode:o}");
        }
    }
    fs::set_permissions(at("directory"), fs::Permissions::from_mode(0o755)).unwrap();
    Directory::open(&at("directory")).unwrap();
    symlink(at("directory"), at("leads-there")).unwrap();
    assert!(Directory::open(&at("leads-there")).is_err(), "a link to a directory of ours");
    let (made, is_new) = Directory::make(&at("new/and/deep")).unwrap();
    assert!(is_new && made.list().unwrap().is_empty());
    for path in ["new", "new/and", "new/and/deep"] {
        assert_eq!(fs::metadata(at(path)).unwrap().permissions().mode() & 0o7777, 0o700, "{path}");
    }
}

#[test]
fn a_directory_that_an_operator_named_is_reached_through_links_of_root_and_ours_alone() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name| folder.path().join(name);
    Directory::make_named(&at("private/data")).unwrap();
    symlink("private/data", at("data")).unwrap();
    symlink(at("data"), at("further")).unwrap();
    for name in ["data", "further"] {
        assert!(Directory::make_named(&at(name)).unwrap().is_at(&at("private/data")).unwrap(), "{name}");
    }
    symlink("round", at("round")).unwrap();
    assert_eq!(Directory::make_named(&at("round")).unwrap_err(), Errno::LOOP);
    symlink("not-yet", at("to-nothing")).unwrap();
    Directory::make_named(&at("to-nothing")).unwrap();
    assert!(stat(&at("not-yet")).is_ok(), "what a link of ours names is made");
    fs::set_permissions(at("private/data"), fs::Permissions::from_mode(0o777)).unwrap();
    assert_eq!(Directory::make_named(&at("further")).unwrap_err(), Errno::PERM);
    if fs::metadata(folder.path()).unwrap().uid() == 0 {
        fs::set_permissions(at("private/data"), fs::Permissions::from_mode(0o700)).unwrap();
        std::os::unix::fs::lchown(at("data"), Some(NOBODY), Some(NOBODY)).unwrap();
        for name in ["data", "further"] {
            assert_eq!(
                Directory::make_named(&at(name)).unwrap_err(),
                Errno::LOOP,
                "{name}: a link of another user"
            );
        }
    }
}

#[test]
fn a_directory_knows_whether_its_path_still_leads_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ours");
    let (ours, _) = Directory::make(&path).unwrap();
    assert!(ours.is_at(&path).unwrap());
    fs::rename(&path, folder.path().join("moved")).unwrap();
    assert!(!ours.is_at(&path).unwrap(), "moved");
    fs::create_dir(&path).unwrap();
    assert!(!ours.is_at(&path).unwrap(), "another has its name");
    fs::remove_dir(&path).unwrap();
    fs::rename(folder.path().join("moved"), &path).unwrap();
    assert!(ours.is_at(&path).unwrap(), "it is back");
    fs::remove_dir(&path).unwrap();
    assert!(!ours.is_at(&path).unwrap(), "removed");
}

#[test]
fn a_file_that_a_person_named_may_be_a_link_and_a_pipe_only_where_it_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    plant(folder.path());
    let at = |name| folder.path().join(name);
    assert_eq!(named::content(&at("link"), 100).unwrap(), b"untouched");
    assert_eq!(named::content(&at("file"), 3).unwrap_err(), Errno::FBIG);
    assert_eq!(named::content(&at("pipe"), 100).unwrap_err(), Errno::INVAL);
    assert_eq!(named::content(&at("directory"), 100).unwrap_err(), Errno::INVAL);
    assert_eq!(named::content(Path::new("/dev/zero"), 100).unwrap_err(), Errno::INVAL);
    assert!(named::content(&at("dangling"), 100).is_err());
    for name in ["pipe", "link", "dangling", "file"] {
        assert_eq!(named::create(&at(name)).unwrap_err(), Errno::EXIST, "{name}");
    }
    let writer = at("pipe");
    let writing = std::thread::spawn(move || fs::write(writer, "waited for").unwrap());
    assert_eq!(
        named::read(&at("pipe"), Pipes::Read)
            .map(|file| std::io::read_to_string(file.into_std()).unwrap())
            .unwrap(),
        "waited for"
    );
    writing.join().unwrap();
    named::create(&at("fresh")).unwrap().write(b"new", 0).unwrap();
    assert_eq!(fs::metadata(at("fresh")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_long_file_is_read_whole_and_in_parts() {
    let folder = tempfile::tempdir().unwrap();
    let ours = Directory::open(folder.path()).unwrap();
    for length in [0, 1, 511, 512, 513, 1_023, 1_024, 1_025, 300_000] {
        let content: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
        ours.replace("long", &content, false).unwrap();
        assert_eq!(ours.content("long", length).unwrap(), content, "{length}");
        if length > 0 {
            assert_eq!(ours.content("long", length - 1).unwrap_err(), Errno::FBIG, "{length}");
            let mut end = [0];
            let file = ours.read("long").unwrap();
            file.read_exact_at(&mut end, length as u64 - 1).unwrap();
            assert_eq!(end[0], content[length - 1]);
            assert_eq!(file.read_exact_at(&mut [0; 2], length as u64 - 1).unwrap_err(), Errno::NODATA);
        }
    }
    let space = ours.space().unwrap();
    assert!(space.bytes > 0);
}
