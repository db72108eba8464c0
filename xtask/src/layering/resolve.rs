//! From a path in a file to the files that define what it names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::modules::Modules;

/// What a path leads to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Module(usize),
    /// An item that stands in this module.
    Item {
        module: usize,
        is_type: bool,
    },
}

/// An edge between two files, with the paths that make it: `path (line)`.
pub(super) type Edges<'a> = BTreeMap<&'a Path, BTreeMap<&'a Path, Vec<String>>>;

impl Modules {
    /// Which file uses items that another file of the same target defines.
    pub(super) fn edges(&self) -> Edges<'_> {
        let mut edges = Edges::new();
        for (index, module) in self.0.iter().enumerate() {
            let imports = module.imports.iter().filter(|import| !import.re_export);
            let imports = imports.map(|import| (&import.path, import.line));
            let paths = module.paths.iter().map(|path| (&path.segments, path.line));
            for (path, line) in imports.chain(paths) {
                for target in self.resolve(index, path, &mut BTreeSet::new()) {
                    let Target::Item { module: target, .. } = target else { continue };
                    let target = &*self.0[target].file;
                    if target == module.file {
                        continue;
                    }
                    let paths = edges.entry(&*module.file).or_default().entry(target).or_default();
                    paths.push(format!("{} (line {line})", path.join("::")));
                }
            }
        }
        edges
    }

    /// The files with a path that begins with this name, which is that of another crate.
    pub(super) fn files_that_name(&self, other: &str) -> BTreeSet<&Path> {
        let names = |path: &Vec<String>| path.first().is_some_and(|first| first == other);
        let named = self.0.iter().filter(|module| {
            module.imports.iter().any(|import| names(&import.path))
                || module.paths.iter().any(|path| names(&path.segments))
        });
        named.map(|module| &*module.file).collect()
    }

    fn resolve(&self, from: usize, path: &[String], seen: &mut BTreeSet<(usize, String)>) -> Vec<Target> {
        let Some((first, mut rest)) = path.split_first() else { return Vec::new() };
        let mut targets = match first.as_str() {
            "crate" => vec![Target::Module(0)],
            "self" => vec![Target::Module(from)],
            "super" => {
                let mut module = self.0[from].parent;
                while rest.first().is_some_and(|next| next == "super") {
                    module = self.0[module].parent;
                    rest = &rest[1..];
                }
                vec![Target::Module(module)]
            }
            name => self.look_up(from, name, seen),
        };
        for name in rest {
            let modules = targets.iter().filter_map(|target| match target {
                Target::Module(module) => Some(*module),
                Target::Item { .. } => None,
            });
            let found: Vec<Target> = modules.flat_map(|module| self.look_up(module, name, seen)).collect();
            // What follows a type is a method, a variant or an associated item of it.
            targets.retain(|target| matches!(target, Target::Item { is_type: true, .. }));
            targets.extend(found);
        }
        targets
    }

    fn look_up(&self, module: usize, name: &str, seen: &mut BTreeSet<(usize, String)>) -> Vec<Target> {
        if !seen.insert((module, name.to_owned())) {
            return Vec::new();
        }
        let here = &self.0[module];
        let mut found = BTreeSet::new();
        found.extend(here.children.get(name).map(|child| Target::Module(*child)));
        if let Some(is_type) = here.items.get(name) {
            found.insert(Target::Item { module, is_type: *is_type });
        }
        for import in here.imports.iter().filter(|import| import.name.as_deref() == Some(name)) {
            found.extend(self.resolve(module, &import.path, seen));
        }
        if found.is_empty() {
            for glob in here.imports.iter().filter(|import| import.name.is_none()) {
                for target in self.resolve(module, &glob.path, seen) {
                    if let Target::Module(target) = target {
                        found.extend(self.look_up(target, name, seen));
                    }
                }
            }
        }
        seen.remove(&(module, name.to_owned()));
        found.into_iter().collect()
    }
}
