//! The files of each crate: no circles among them, folders as drawn, and one place that knows an adapter.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use super::arrows::Arrows;
use super::circles::{circles, describe};
use super::modules::Modules;
use crate::run::root;
use crate::workspace::Package;

/// Crates whose folders are drawn in ARCHITECTURE.md.
const WITH_FOLDERS: [&str; 1] = ["aboveboard-collector"];

/// In each of these crates, one file alone names the other crate: the one that puts the parts together.
const ONE_PLACE: [(&str, &str, &str); 2] = [
    ("aboveboard-collector", "aboveboard_store_sqlite", "crates/collector/src/database.rs"),
    ("aboveboard-collector", "aboveboard_store_clickhouse", "crates/collector/src/database.rs"),
];

pub(super) fn check(packages: &[Package], document: &str, wrong: &mut Vec<String>) -> Result<()> {
    for package in packages {
        for target in &package.roots {
            let modules = Modules::read(target)?;
            let edges = modules.edges();
            for circle in circles(&edges) {
                wrong.push(describe(&circle, &edges, &root()));
            }
            if WITH_FOLDERS.contains(&&*package.name) {
                let title = package.name.trim_start_matches("aboveboard-");
                Arrows::read(document, title)?.compare(&folders(&modules), wrong);
            }
            for (_, other, place) in ONE_PLACE.iter().filter(|(name, ..)| *name == package.name) {
                let place = root().join(place);
                let files = modules.files_that_name(other).into_iter().filter(|file| **file != place);
                wrong.extend(files.map(|file| format!("{} names {other}", file.display())));
            }
        }
    }
    Ok(())
}

/// Which folder of a crate uses which. A file at the top counts as the folder of its name, the root as `lib`.
fn folders(modules: &Modules) -> BTreeMap<String, BTreeMap<String, String>> {
    let folder = |path: &[String]| path.first().map_or("lib", String::as_str).to_owned();
    let folder_of: BTreeMap<&Path, String> =
        modules.0.iter().map(|module| (&*module.file, folder(&module.path))).collect();
    let mut used: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for name in folder_of.values() {
        used.entry(name.clone()).or_default();
    }
    for (from, targets) in modules.edges() {
        for (to, paths) in targets {
            let from_folder = &folder_of[from];
            let to_folder = &folder_of[to];
            if from_folder != to_folder {
                let file = from.strip_prefix(root()).unwrap_or(from).display();
                let how = format!("{file}: {}", paths.first().map_or("", String::as_str));
                used.entry(from_folder.clone()).or_default().insert(to_folder.clone(), how);
            }
        }
    }
    used
}
