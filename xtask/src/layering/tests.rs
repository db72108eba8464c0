//! Small crates, each with one thing that the check must see, or must not.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::circles::{circles, describe};
use super::modules::Modules;

fn sample(files: &[(&str, &str)]) -> (TempDir, Modules) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let modules = Modules::read(&folder.path().join("lib.rs")).unwrap();
    (folder, modules)
}

/// The edges of a sample as `from -> to`.
fn edges(files: &[(&str, &str)]) -> Vec<String> {
    let (folder, modules) = sample(files);
    let short = |path: &Path| path.strip_prefix(folder.path()).unwrap().display().to_string();
    let edges = modules.edges();
    let pairs = edges.iter().flat_map(|(from, targets)| targets.keys().map(move |to| (*from, *to)));
    pairs.map(|(from, to)| format!("{} -> {}", short(from), short(to))).collect()
}

fn circle(files: &[(&str, &str)]) -> Vec<BTreeSet<String>> {
    let (folder, modules) = sample(files);
    let short = |path: &&Path| path.strip_prefix(folder.path()).unwrap().display().to_string();
    circles(&modules.edges()).iter().map(|circle| circle.iter().map(short).collect()).collect()
}

#[test]
fn two_files_that_use_each_other_are_a_circle_and_it_is_described() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B; pub struct A(B);"),
        ("b.rs", "pub struct B; impl B { fn a(&self) -> super::a::A { todo!() } }"),
    ];
    assert_eq!(circle(&files), [BTreeSet::from(["a.rs".to_owned(), "b.rs".to_owned()])]);
    let (folder, modules) = sample(&files);
    let edges = modules.edges();
    let text = describe(&circles(&edges)[0], &edges, folder.path());
    assert!(text.contains("a.rs -> b.rs: crate::b::B (line 1)"), "{text}");
}

#[test]
fn a_chain_is_no_circle() {
    assert!(
        circle(&[
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "use crate::b::B; pub struct A(B);"),
            ("b.rs", "use crate::c::C; pub struct B(C);"),
            ("c.rs", "pub struct C;"),
        ])
        .is_empty()
    );
}

#[test]
fn a_circle_through_three_files_and_a_folder_is_found() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a/mod.rs", "mod one; mod two; pub use one::One; pub use two::Two;"),
        ("a/one.rs", "pub struct One(super::Two);"),
        ("a/two.rs", "pub struct Two(crate::b::B);"),
        ("b.rs", "use crate::a; pub struct B(Box<a::One>);"),
    ];
    let files = circle(&files).pop().unwrap();
    assert_eq!(files, BTreeSet::from(["a/one.rs", "a/two.rs", "b.rs"].map(str::to_owned)));
}

#[test]
fn of_files_for_several_systems_the_first_is_read() {
    let files = [
        (
            "lib.rs",
            "mod a; #[cfg_attr(unix, path = \"b/unix.rs\")] #[cfg_attr(windows, path = \"b/windows.rs\")] mod b;",
        ),
        ("a.rs", "fn a() { crate::b::b(); }"),
        ("b/unix.rs", "pub fn b() {}"),
    ];
    assert_eq!(edges(&files), ["a.rs -> b/unix.rs"]);
}

#[test]
fn a_table_of_contents_that_passes_names_on_uses_nothing() {
    let files = [
        ("lib.rs", "mod a; pub use a::A;"),
        ("a/mod.rs", "mod inner; pub use inner::*;"),
        ("a/inner.rs", "pub struct A;"),
    ];
    assert!(edges(&files).is_empty());
}

#[test]
fn a_name_through_re_exports_a_rename_and_a_glob_leads_to_the_file_that_defines_it() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a/mod.rs", "mod inner; pub use inner::*;"),
        ("a/inner.rs", "pub struct A; pub fn make() -> A { A }"),
        ("b.rs", "use crate::a::make as produce; fn b() { produce(); }"),
    ];
    assert_eq!(edges(&files), ["b.rs -> a/inner.rs"]);
}

#[test]
fn a_module_and_a_function_of_one_name_are_told_apart() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a/mod.rs", "mod routes; pub fn routes() {}"),
        ("a/routes.rs", "pub fn problem() {}"),
        ("b.rs", "fn b() { crate::a::routes::problem() }"),
    ];
    assert_eq!(edges(&files), ["b.rs -> a/routes.rs"]);
}

#[test]
fn paths_in_macros_and_inline_modules_count() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "pub const A: u8 = 1;"),
        ("b.rs", "fn b() { println!(\"{}\", crate::a::A); }"),
        ("c.rs", "mod inner { fn c() -> u8 { super::super::a::A } }"),
    ];
    assert_eq!(edges(&files), ["b.rs -> a.rs", "c.rs -> a.rs"]);
}

#[test]
fn tests_are_no_edges() {
    let files = [
        ("lib.rs", "mod a; mod b; #[cfg(test)] mod tests;"),
        ("a.rs", "pub struct A; #[cfg(test)] mod tests { use crate::b::B; }"),
        ("b.rs", "use crate::a::A; pub struct B(A); #[cfg(all(test, unix))] fn t(_: crate::tests::T) {}"),
        ("tests.rs", "use crate::{a::A, b::B}; pub struct T;"),
    ];
    assert_eq!(edges(&files), ["b.rs -> a.rs"]);
}

#[test]
fn a_file_that_names_another_crate_is_found() {
    let (folder, modules) = sample(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "fn open() { store_sqlite::open() }"),
        ("b.rs", "struct Other;"),
    ]);
    assert_eq!(modules.files_that_name("store_sqlite"), BTreeSet::from([&*folder.path().join("a.rs")]));
}
