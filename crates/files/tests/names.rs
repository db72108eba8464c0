//! Names in a directory, as they come, change and go.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use aboveboard_files::{Directory, Errno};

#[test]
fn a_directory_lists_what_is_in_it_each_time_it_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, is_new) = Directory::make(&folder.path().join("a/b")).unwrap();
    assert!(is_new);
    assert_eq!(ours.list().unwrap(), Vec::<String>::new());
    drop(ours.create("two").unwrap());
    assert_eq!(ours.list().unwrap(), ["two"]);
    drop(ours.create("one").unwrap());
    assert_eq!(ours.list().unwrap(), ["one", "two"]);
    assert_eq!(ours.list().unwrap(), ["one", "two"]);
    ours.unlink("one").unwrap();
    assert_eq!(ours.list().unwrap(), ["two"]);
    for number in 0..400 {
        drop(ours.create(&format!("a file with quite a long name {number:04}")).unwrap());
    }
    assert_eq!(ours.list().unwrap().len(), 401);
}

#[test]
fn a_name_is_made_renamed_replaced_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, _) = Directory::make(&folder.path().join("ours")).unwrap();
    assert_eq!(ours.read("a").unwrap_err(), Errno::NOENT);
    ours.replace("a", b"first", true).unwrap();
    assert_eq!(ours.create("a").unwrap_err(), Errno::EXIST);
    assert_eq!(ours.content("a", 100).unwrap(), b"first");
    assert_eq!(ours.content("a", 4).unwrap_err(), Errno::FBIG);
    ours.replace("b", b"second", false).unwrap();
    assert_eq!(ours.rename_to_new("a", "b").unwrap_err(), Errno::EXIST);
    ours.rename_to_new("a", "c").unwrap();
    ours.rename("c", "b").unwrap();
    assert_eq!(ours.list().unwrap(), ["b"]);
    assert_eq!(ours.content("b", 100).unwrap(), b"first");
    let inner = ours.make_directory("inner").unwrap();
    assert_eq!(ours.directory("b").unwrap_err(), Errno::NOTDIR);
    ours.rename_into("b", &inner, "b").unwrap();
    assert_eq!(inner.list().unwrap(), ["b"]);
    assert_eq!(ours.remove_directory("inner").unwrap_err(), Errno::NOTEMPTY);
    inner.unlink("b").unwrap();
    assert_eq!(inner.unlink("b").unwrap_err(), Errno::NOENT);
    inner.remove("b").unwrap();
    drop(inner);
    ours.remove_directory("inner").unwrap();
    assert_eq!(ours.list().unwrap(), Vec::<String>::new());
}

#[test]
fn a_file_is_appended_to_written_over_cut_and_locked() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, _) = Directory::make(&folder.path().join("ours")).unwrap();
    let file = ours.create("file").unwrap();
    file.write(b"one ", 0).unwrap();
    ours.append("file").unwrap().write(b"two", 4).unwrap();
    file.write(b"!", 7).unwrap();
    file.sync().unwrap();
    assert_eq!(ours.content("file", 100).unwrap(), b"one two!");
    let kept = ours.keep("file").unwrap();
    kept.write_over(b"ONE").unwrap();
    kept.cut(7).unwrap();
    assert_eq!(kept.content(100).unwrap(), b"ONE two");
    assert_eq!(kept.checked_to_write().unwrap().size(), 7);
    assert!(ours.name_refers_to("file", &kept.stat().unwrap()));
    // What is locked can be read and written all the same.
    assert!(kept.try_lock_exclusive().unwrap());
    let other = ours.keep("file").unwrap();
    assert!(!other.try_lock_exclusive().unwrap() && !other.try_lock_shared().unwrap());
    other.write_over(b"two").unwrap();
    assert_eq!(ours.content("file", 100).unwrap(), b"two two");
    drop(kept);
    assert!(other.try_lock_shared().unwrap());
    assert!(ours.read("file").unwrap().try_lock_shared().unwrap());
}

#[test]
fn a_directory_knows_whether_it_is_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ours");
    let (ours, _) = Directory::make(&path).unwrap();
    assert!(ours.is_at(&path).unwrap());
    assert!(ours.space().unwrap().bytes > 0);
    std::fs::rename(&path, folder.path().join("moved")).unwrap();
    assert!(!ours.is_at(&path).unwrap());
    std::fs::create_dir(&path).unwrap();
    assert!(!ours.is_at(&path).unwrap());
}

#[test]
fn a_directory_that_was_moved_is_known_where_it_is_now() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, _) = Directory::make(&folder.path().join("ours")).unwrap();
    let moved = folder.path().join("moved");
    std::fs::rename(folder.path().join("ours"), &moved).unwrap();
    assert!(ours.is_at(&moved).unwrap());
}
