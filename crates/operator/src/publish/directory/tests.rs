//! The directory of a site through exchanges, hands that edit it, and interruptions.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{NewFile, SiteDirectory, sha256};

fn place() -> (TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("figures");
    (place, path)
}

fn files(files: &[(&str, &str)]) -> BTreeMap<String, NewFile> {
    let bytes = |text: &str| NewFile::Bytes(text.as_bytes().to_vec());
    files.iter().map(|(path, text)| ((*path).to_owned(), bytes(text))).collect()
}

fn put(path: &Path, new: &BTreeMap<String, NewFile>) -> anyhow::Result<()> {
    let site = SiteDirectory::open(path)?;
    site.replace(&site.content()?, new)
}

fn refusal(path: &Path, new: &[(&str, &str)]) -> String {
    format!("{:#}", put(path, &files(new)).unwrap_err())
}

fn beside_of(path: &Path) -> PathBuf {
    path.with_file_name(".figures.aboveboard-new")
}

fn beside(path: &Path) -> Vec<String> {
    let names = fs::read_dir(path.parent().unwrap()).unwrap();
    names
        .map(|name| name.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "figures")
        .collect()
}

#[test]
fn a_site_is_exchanged_whole_and_what_is_not_ours_goes_along() {
    let (_place, path) = place();
    put(&path, &files(&[("index.html", "one"), ("2026-q3/active.csv", "past"), ("gone.html", "x")])).unwrap();
    fs::create_dir_all(path.join(".git/refs/empty")).unwrap();
    fs::write(path.join("CNAME"), "figures.example").unwrap();
    fs::write(path.join(".git/HEAD"), "ref").unwrap();
    symlink("index.html", path.join("start.html")).unwrap();
    let inode = |name: &str| fs::metadata(path.join(name)).unwrap().ino();
    let past = inode("2026-q3/active.csv");
    let foreign = inode(".git/HEAD");
    let mut new = files(&[("index.html", "two"), ("2026-q4/active.csv", "new")]);
    new.insert("2026-q3/active.csv".to_owned(), NewFile::AsItIs);
    put(&path, &new).unwrap();
    let text = |name: &str| fs::read_to_string(path.join(name)).unwrap();
    assert_eq!((&*text("index.html"), &*text("2026-q4/active.csv")), ("two", "new"));
    assert_eq!((&*text("CNAME"), &*text(".git/HEAD")), ("figures.example", "ref"));
    assert!(path.join(".git/refs/empty").is_dir() && !path.join("gone.html").exists());
    assert_eq!(fs::read_link(path.join("start.html")).unwrap(), Path::new("index.html"));
    assert_eq!((inode("2026-q3/active.csv"), inode(".git/HEAD")), (past, foreign), "not written anew");
    assert_eq!(beside(&path), [""; 0]);
    assert!(text("SHA256SUMS").contains(&format!("{}  index.html\n", sha256(b"two"))));
}

#[test]
fn a_file_that_was_edited_by_hand_is_named_and_nothing_is_written() {
    let (_place, path) = place();
    let old = [("index.html", "one"), ("2026-q3/active.csv", "past")];
    put(&path, &files(&old)).unwrap();
    fs::write(path.join("2026-q3/active.csv"), "better").unwrap();
    let why = refusal(&path, &[("index.html", "two"), ("2026-q3/active.csv", "past")]);
    assert!(
        why.contains("changed by hand") && why.contains("2026-q3/active.csv") && why.contains("Put the"),
        "{why}"
    );
    assert_eq!(fs::read_to_string(path.join("index.html")).unwrap(), "one");
    fs::write(path.join("2026-q3/active.csv"), "past").unwrap();
    // A page that is deleted is made anew.
    fs::remove_file(path.join("index.html")).unwrap();
    put(&path, &files(&old)).unwrap();
    assert_eq!(fs::read_to_string(path.join("index.html")).unwrap(), "one");
    fs::write(path.join("SHA256SUMS"), "nonsense\n").unwrap();
    let why = refusal(&path, &old);
    assert!(why.contains("SHA256SUMS does not read") && why.contains("put it back"), "{why}");
}

#[test]
fn a_foreign_file_with_the_name_of_one_of_ours_is_not_written_over() {
    let (_place, path) = place();
    fs::create_dir(&path).unwrap();
    fs::write(path.join("index.html"), "hello").unwrap();
    let why = refusal(&path, &[("index.html", "ours")]);
    assert!(why.contains("index.html is not ours") && why.contains("move it away"), "{why}");
    assert_eq!(fs::read_to_string(path.join("index.html")).unwrap(), "hello");
    assert_eq!(beside(&path), [""; 0], "nothing is left");
    let missing = path.join("a/b");
    let why = format!("{:#}", SiteDirectory::open(&missing).unwrap_err());
    assert!(why.contains("make") && why.contains("first"), "{why}");
    let why = format!("{:#}", SiteDirectory::open(&path.join("index.html")).unwrap_err());
    assert!(why.contains("is no directory"), "{why}");
}

#[test]
fn a_directory_of_ours_that_is_a_link_is_refused_and_nothing_is_written_where_it_leads() {
    let (_place, path) = place();
    let elsewhere = tempfile::tempdir().unwrap();
    let moved = elsewhere.path().join("2026-q4");
    let old = [("index.html", "one"), ("2026-q4/active.csv", "past")];
    put(&path, &files(&old)).unwrap();
    fs::rename(path.join("2026-q4"), &moved).unwrap();
    symlink(&moved, path.join("2026-q4")).unwrap();
    let why = refusal(&path, &old);
    assert!(why.contains("figures/2026-q4 is a link") && why.contains("Put the directory itself"), "{why}");
    assert_eq!(fs::read_to_string(moved.join("active.csv")).unwrap(), "past");
    fs::remove_file(path.join("2026-q4")).unwrap();
    symlink(elsewhere.path(), path.join("2027-q1")).unwrap();
    let why = refusal(&path, &[("2027-q1/tables/active.csv", "new")]);
    assert!(why.contains("figures/2027-q1 is a link") && why.contains("move the link away"), "{why}");
    assert!(!elsewhere.path().join("tables").exists());
    assert_eq!(fs::read_to_string(path.join("index.html")).unwrap(), "one");
}

#[test]
fn what_an_interrupted_run_left_is_removed_but_nothing_that_is_nowhere_else() {
    let (_place, path) = place();
    put(&path, &files(&[("index.html", "one"), ("a/b.csv", "x")])).unwrap();
    fs::write(path.join("CNAME"), "figures.example").unwrap();
    // A directory that was half made.
    fs::create_dir_all(beside_of(&path).join("a")).unwrap();
    fs::write(beside_of(&path).join("a/b.c"), "half").unwrap();
    fs::write(beside_of(&path).join(".SHA256SUMS.aboveboard"), "").unwrap();
    put(&path, &files(&[("index.html", "two")])).unwrap();
    // One that was replaced, in which somebody has put a file meanwhile.
    let replaced = files(&[("index.html", "one")]);
    put(&beside_of(&path), &replaced).unwrap();
    fs::write(beside_of(&path).join("CNAME"), "figures.example").unwrap();
    put(&path, &files(&[("index.html", "three")])).unwrap();
    assert_eq!(beside(&path), [""; 0]);
    put(&beside_of(&path), &files(&[("index.html", "one")])).unwrap();
    fs::write(beside_of(&path).join("mine"), "precious").unwrap();
    let why = refusal(&path, &[("index.html", "four")]);
    assert!(why.contains("mine is in no other place") && why.contains("see what is in it"), "{why}");
    assert_eq!(fs::read_to_string(beside_of(&path).join("mine")).unwrap(), "precious");
    assert_eq!(fs::read_to_string(path.join("index.html")).unwrap(), "three");
}

#[test]
fn what_was_there_before_the_first_publication_is_removed_only_where_the_site_has_it_too() {
    let (_place, path) = place();
    put(&path, &files(&[("index.html", "one")])).unwrap();
    let old = beside_of(&path);
    for directory in [&path, &old] {
        fs::create_dir_all(directory.join("well-known")).unwrap();
        fs::write(directory.join("well-known/CNAME"), "figures.example").unwrap();
    }
    fs::write(old.join("mine"), "precious").unwrap();
    let why = refusal(&path, &[("index.html", "two")]);
    assert!(why.contains("mine is in no other place") && why.contains("see what is in it"), "{why}");
    assert_eq!(fs::read_to_string(old.join("mine")).unwrap(), "precious");
    fs::remove_file(old.join("mine")).unwrap();
    put(&path, &files(&[("index.html", "two")])).unwrap();
    assert_eq!(beside(&path), [""; 0]);
}
