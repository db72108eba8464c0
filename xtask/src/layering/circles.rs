//! Circles of files: each of them uses the next, and the last uses the first.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::resolve::Edges;

/// The groups of files that reach each other, largest first.
pub(super) fn circles<'a>(edges: &Edges<'a>) -> Vec<BTreeSet<&'a Path>> {
    let reached: BTreeMap<&Path, BTreeSet<&Path>> =
        edges.keys().map(|file| (*file, reachable(edges, file))).collect();
    let mut circles: BTreeSet<BTreeSet<&Path>> = BTreeSet::new();
    for (file, far) in &reached {
        let back = |other: &&&'a Path| reached.get(**other).is_some_and(|other| other.contains(file));
        let circle: BTreeSet<&Path> = far.iter().filter(back).copied().collect();
        if !circle.is_empty() {
            circles.insert(circle);
        }
    }
    let mut circles: Vec<_> = circles.into_iter().collect();
    circles.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    circles
}

fn reachable<'a>(edges: &Edges<'a>, from: &Path) -> BTreeSet<&'a Path> {
    let mut reached = BTreeSet::new();
    let mut next = vec![from];
    while let Some(file) = next.pop() {
        for target in edges.get(file).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(*target) {
                next.push(target);
            }
        }
    }
    reached
}

/// A circle for the eye: its files and the paths between them.
pub(super) fn describe(circle: &BTreeSet<&Path>, edges: &Edges<'_>, root: &Path) -> String {
    let short = |path: &Path| path.strip_prefix(root).unwrap_or(path).display().to_string();
    let mut text = format!("a circle of {} files:", circle.len());
    for (from, targets) in edges.iter().filter(|(from, _)| circle.contains(*from)) {
        for (to, paths) in targets.iter().filter(|(to, _)| circle.contains(*to)) {
            let paths = paths.iter().take(4).map(String::as_str).collect::<Vec<_>>().join(", ");
            text.push_str(&format!("\n  {} -> {}: {paths}", short(from), short(to)));
        }
    }
    text
}
