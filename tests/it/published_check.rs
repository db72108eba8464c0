//! The check of published figures by `sha256sum` and `openssl`, as the page for users prints it, on a site and on changed ones.

use std::path::Path;
use std::process::Command;

use aboveboard_testkit::published::MadeUpSite;

const ADDRESS: &str = "https://quarry.example/figures";

/// Every shell line of the page, in a directory and with a key.
fn check(site: &MadeUpSite, key: &str) -> (bool, String) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/users/check-published-figures.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let blocks = page.split("```sh\n").skip(1).filter_map(|block| block.split("```").next());
    let script: String = blocks.collect();
    let directory = tempfile::tempdir().expect("a directory");
    site.write_to(&directory.path().join("site"));
    let mut shell = Command::new("sh");
    shell.env_clear().env("PATH", "/usr/bin:/bin").env("TMPDIR", directory.path()).env("key", key);
    let output =
        shell.current_dir(directory.path().join("site")).args(["-c", &script]).output().expect("sh runs");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.success(), said)
}

#[test]
fn the_documented_check_passes_on_a_site_as_it_is_published() {
    let site = MadeUpSite::of_three_quarters(ADDRESS);
    let (fits, said) = check(&site, &site.key().to_string());
    assert!(fits && said.contains("Signature Verified Successfully"), "{said}");
    let mut one = MadeUpSite::empty(ADDRESS);
    one.publish("2026-q4", 1240);
    assert!(check(&one, &one.key().to_string()).0);
}

#[test]
fn the_documented_check_fails_for_each_thing_that_it_checks() {
    let site = MadeUpSite::of_three_quarters(ADDRESS);
    let key = site.key().to_string();
    let other_key = site.signer(2).verifier().to_string();
    assert!(!check(&site, &other_key).0, "another key");
    for path in [
        "checkpoint",
        "log/leaves.txt",
        "2026-q2/publication.json",
        "2026-q3/withdrawal.json",
        "2026-q4/active.csv",
        "2026-q4/counted.txt",
    ] {
        let mut changed = site.clone();
        let bytes = changed.files.get_mut(path).expect("a file of the site");
        let at = bytes.len() / 2;
        bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
        assert!(!check(&changed, &key).0, "{path} changed");
        let mut dropped = site.clone();
        dropped.files.remove(path);
        assert!(!check(&dropped, &key).0, "{path} dropped");
    }
}

/// Keys are files that both sides read.
#[test]
fn openssl_reads_our_keys_and_we_read_those_of_openssl() {
    use aboveboard_published::key::Signer;
    let directory = tempfile::tempdir().expect("a directory");
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl")
            .current_dir(directory.path())
            .args(arguments)
            .output()
            .expect("openssl runs");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).expect("PEM")
    };
    let ours = Signer::generate("quarry.example/figures").expect("a key");
    std::fs::write(directory.path().join("ours.pem"), ours.pem()).expect("a file");
    assert_eq!(openssl(&["pkey", "-in", "ours.pem", "-pubout"]), ours.verifier().pem());
    assert_eq!(openssl(&["pkey", "-in", "ours.pem"]), ours.pem());
    let theirs = openssl(&["genpkey", "-algorithm", "ed25519"]);
    let read = Signer::parse("quarry.example/figures", &theirs).expect("their key");
    assert_eq!(read.pem(), theirs);
}
