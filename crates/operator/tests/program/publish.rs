//! `aboveboard publish key`: a key that `openssl` reads too, and that nobody else reads.

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};

use super::aboveboard;

#[test]
fn a_key_is_made_for_its_owner_alone_and_openssl_knows_it_too() {
    let home = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| -> Output { aboveboard(home.path()).args(arguments).output().unwrap() };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let made = run(&["publish", "key", "new", "key.pem", "--name", "https://quarry.example/figures/"]);
    assert!(made.status.success(), "{made:?}");
    let line = text(made.stdout);
    assert!(line.starts_with("quarry.example/figures+"), "{line}");
    assert!(text(made.stderr).contains("`keys` under [publish]"));
    let key = home.path().join("key.pem");
    let pem = std::fs::read(&key).unwrap();
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let shown = run(&["publish", "key", "show", "key.pem", "--name", "quarry.example/figures"]);
    assert_eq!(text(shown.stdout), line);
    let public = run(&["publish", "key", "show", "--pem", "key.pem", "--name", "quarry.example/figures"]);
    let openssl = Command::new("openssl").args(["pkey", "-pubout", "-in"]).arg(&key).output().unwrap();
    assert_eq!(text(public.stdout), text(openssl.stdout));
    let again = run(&["publish", "key", "new", "key.pem", "--name", "quarry.example/figures"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(text(again.stderr).contains("no key is written over"));
    assert_eq!(std::fs::read(&key).unwrap(), pem);
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let open = run(&["publish", "key", "show", "key.pem", "--name", "quarry.example/figures"]);
    assert!(text(open.stderr).contains("others can read the key"));
    let name = run(&["publish", "key", "new", "other.pem", "--name", "two words"]);
    assert_eq!(name.status.code(), Some(2));
    assert!(!home.path().join("other.pem").exists());
}
