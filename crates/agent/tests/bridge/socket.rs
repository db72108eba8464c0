//! Where a bridge listens, from when and until when, and what it leaves alone.

use std::fs::Permissions;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;

use rustix::process::{Pid, Signal, kill_process};

use super::host::{Host, config, send};

#[test]
fn it_is_for_its_user_alone_and_goes_with_the_host() {
    let host = Host::new();
    let bridge = host.recording();
    bridge.secret();
    let found = std::fs::symlink_metadata(host.socket()).unwrap();
    assert!(found.file_type().is_socket());
    assert_eq!(found.permissions().mode() & 0o777, 0o600);
    assert_eq!(bridge.close(), Vec::<String>::new());
    assert!(!host.socket().exists());
}

#[test]
fn signals_of_the_terminal_are_the_hosts_and_sigterm_ends_it() {
    let host = Host::new();
    let mut bridge = host.recording();
    let secret = bridge.secret();
    for signal in [Signal::INT, Signal::QUIT, Signal::HUP] {
        kill_process(Pid::from_child(&bridge.child), signal).unwrap();
    }
    assert_eq!(send(&host.socket(), config(&secret).as_bytes()).0, 200);
    kill_process(Pid::from_child(&bridge.child), Signal::TERM).unwrap();
    assert!(bridge.child.wait().unwrap().success());
    assert!(!host.socket().exists());
}

#[test]
fn the_socket_of_a_killed_bridge_gives_way_and_that_of_a_living_one_does_not() {
    let host = Host::new();
    let mut killed = host.recording();
    killed.secret();
    killed.child.kill().unwrap();
    killed.child.wait().unwrap();
    assert!(host.socket().exists());
    let bridge = host.recording();
    let secret = bridge.secret();

    let second = host.recording();
    assert!(second.told().get("secret").is_none());
    assert!(second.word().contains("another bridge answers there"));
    assert_eq!(send(&host.socket(), config(&secret).as_bytes()).0, 200, "the first goes on");
    // As soon as the first is gone the second listens.
    bridge.close();
    let secret = second.secret();
    assert_eq!(send(&host.socket(), config(&secret).as_bytes()).0, 200);
}

#[test]
fn what_is_nobodys_socket_stays_as_it_is() {
    for (what, put) in [
        ("a file", (|path| std::fs::write(path, "mine").unwrap()) as fn(&std::path::Path)),
        ("a directory", |path| std::fs::create_dir(path).unwrap()),
        ("a link", |path| symlink("elsewhere", path).unwrap()),
    ] {
        let host = Host::new();
        put(&host.socket());
        let before = std::fs::symlink_metadata(host.socket()).unwrap().file_type();
        let bridge = host.recording();
        assert!(bridge.told().get("secret").is_none(), "{what}");
        assert!(bridge.word().contains("something else is there"), "{what}");
        bridge.close();
        assert_eq!(std::fs::symlink_metadata(host.socket()).unwrap().file_type(), before, "{what}");
    }
}

#[test]
fn a_socket_that_took_its_place_stays_when_it_ends() {
    let host = Host::new();
    let bridge = host.recording();
    bridge.secret();
    std::fs::remove_file(host.socket()).unwrap();
    let _other = UnixListener::bind(host.socket()).unwrap();
    bridge.close();
    assert!(host.socket().exists());
}

#[test]
fn a_directory_that_others_can_write_to_gets_no_socket_and_keeps_its_mode() {
    for mode in [0o777, 0o770] {
        let host = Host::new();
        std::fs::set_permissions(host.path(), Permissions::from_mode(mode)).unwrap();
        let bridge = host.recording();
        assert!(bridge.told().get("secret").is_none());
        assert!(bridge.word().contains("nobody else can write"));
        bridge.close();
        assert!(!host.socket().exists());
        assert_eq!(std::fs::metadata(host.path()).unwrap().permissions().mode() & 0o777, mode);
    }
}
