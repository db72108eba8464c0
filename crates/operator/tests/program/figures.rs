//! `aboveboard figures verify`: on a directory, on an address, with every way to know a key, and how it ends.

use std::path::Path;
use std::process::Output;

use aboveboard_testkit::published::MadeUpSite;

use super::aboveboard;

const ADDRESS: &str = "https://quarry.example/figures";

fn verify(home: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } =
        aboveboard(home).args(["figures", "verify"]).args(arguments).output().unwrap();
    (status.code(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

/// A site that is not overdue whenever this runs: its newest publication is of a far year.
fn site() -> MadeUpSite {
    let mut site = MadeUpSite::of_three_quarters(ADDRESS);
    site.publish("9998-q4", 1240);
    site
}

fn home_with(site: &MadeUpSite) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    site.write_to(&home.path().join("site"));
    home
}

#[test]
fn a_site_in_a_directory_fits_with_the_right_key() {
    let site = site();
    let home = home_with(&site);
    let (code, said) = verify(home.path(), &["site", "--key", &site.key().to_string()]);
    assert_eq!(code, Some(0), "{said}");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(
        lines[0],
        "2026-q3 is withdrawn since 2026-11-02: Installations of the maker's own tests were counted."
    );
    assert!(lines[1].starts_with("quarry.example/figures: 6 documents, root "), "{said}");
    assert!(lines[2].starts_with("All fits"), "{said}");
}

#[test]
fn each_way_to_end_has_its_exit_code() {
    let site = site();
    let key = site.key().to_string();
    let other = site.signer(2).verifier().to_string();
    let ends = |site: &MadeUpSite, key: &str| {
        let home = home_with(site);
        verify(home.path(), &["site", "--key", key]).0
    };
    assert_eq!(ends(&site, &other), Some(10));
    let mut changed = site.clone();
    changed.files.get_mut("2026-q2/publication.json").unwrap()[100] ^= 1;
    assert_eq!(ends(&changed, &key), Some(11));
    let mut changed = site.clone();
    changed.files.get_mut("2026-q2/active.csv").unwrap()[100] ^= 1;
    assert_eq!(ends(&changed, &key), Some(12));
    let mut overdue = MadeUpSite::empty(ADDRESS);
    overdue.publish("2001-q1", 1240);
    assert_eq!(ends(&overdue, &key), Some(13));
    let mut dropped = site.clone();
    dropped.files.remove("2026-q2/active.csv");
    assert_eq!(ends(&dropped, &key), Some(1));
    let home = home_with(&site);
    let (code, said) = verify(home.path(), &["site"]);
    assert_eq!(code, Some(14), "{said}");
    assert!(said.contains("--manifest"), "{said}");
    for wrong in [&["site", "--key", "nonsense"][..], &["site", "--key", &key, "--manifest", "m.toml"], &[]] {
        assert_eq!(verify(home.path(), wrong).0, Some(2), "{wrong:?}");
    }
    let (_, help) = verify(home.path(), &["--help"]);
    for code in ["1", "10", "11", "12", "13", "14", "0"] {
        assert!(help.contains(&format!("{code:>4}  ")), "{code}: {help}");
    }
}

#[test]
fn a_remembered_head_knows_the_key_and_finds_a_rewritten_log() {
    let mut site = site();
    let home = home_with(&site);
    let remember = ["site", "--remember", "quarry.head"];
    assert_eq!(verify(home.path(), &remember).0, Some(14));
    let first = std::fs::read(home.path().join("quarry.head")).unwrap();
    assert_eq!(verify(home.path(), &remember).0, Some(0));
    site.withdraw("9998-q4");
    site.write_to(&home.path().join("site"));
    assert_eq!(verify(home.path(), &remember).0, Some(0));
    let second = std::fs::read(home.path().join("quarry.head")).unwrap();
    assert_ne!(first, second);
    MadeUpSite::of_three_quarters(ADDRESS).write_to(&home.path().join("site"));
    let (code, said) = verify(home.path(), &remember);
    assert_eq!(code, Some(11), "{said}");
    assert!(said.contains("log/leaves.txt: 5 documents, and 7 are remembered"), "{said}");
    assert_eq!(std::fs::read(home.path().join("quarry.head")).unwrap(), second, "the proof is kept");
    std::fs::write(home.path().join("quarry.head"), "nonsense").unwrap();
    let (code, said) = verify(home.path(), &remember);
    assert!(code == Some(1) && said.contains("quarry.head is not a head that a check kept"), "{said}");
    assert_eq!(std::fs::read(home.path().join("quarry.head")).unwrap(), b"nonsense");
}

#[test]
fn a_site_at_an_address_of_this_machine_is_read_there() {
    let site = site();
    let home = tempfile::tempdir().unwrap();
    let address = site.serve();
    let key = site.key().to_string();
    let (code, said) = verify(home.path(), &[&format!("{address}/figures/"), "--key", &key]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = verify(home.path(), &[&format!("{address}/moved"), "--key", &key]);
    assert!(code == Some(1) && said.contains("the site redirects"), "{said}");
    let (code, said) = verify(home.path(), &[&format!("{address}/nowhere"), "--key", &key]);
    assert!(code == Some(1) && said.contains("checkpoint: not there"), "{said}");
    for elsewhere in ["http://quarry.example/figures", "ftp://quarry.example", "https://"] {
        let (code, said) = verify(home.path(), &[elsewhere, "--key", &key]);
        assert!(code == Some(1) && said.contains("https://, or a directory"), "{elsewhere}: {said}");
    }
}
