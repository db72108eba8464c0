//! Policy files: an empty file named `all` or after the product, in `off.d` of a directory of the machine, opts
//! out every user of it. Packages and administrators put one there without touching anyone's configuration.

use std::path::{Path, PathBuf};

use aboveboard_files::{Errno, stat, stat_target};

use super::found::PolicyFile;
use super::system;
use crate::consent::reading::Reading;
use crate::environment::Environment;

/// Names one more directory, asked besides the others: for trying a policy file before it is installed. Since a
/// policy file only ever says no, so does this variable.
const VARIABLE: &str = "ABOVEBOARD_OFF_D";

/// The first policy file that opts out, if there is one. A name that is there counts whatever it belongs to: a file, a
/// directory, a link to nothing. Where the system does not say whether it is there, that counts too, and deletes nothing.
pub(in crate::consent) fn read(product: &str, environment: &Environment) -> Option<PolicyFile> {
    if let Some(found) = system::beside_files(product) {
        return Some(found);
    }
    for directory in system::directories() {
        let directory = directory.as_ref();
        // Most machines have none, and look no further.
        if exists(directory) == Some(false) {
            continue;
        }
        if !is_directory(directory) {
            return Some(unreadable(directory.into()));
        }
        if let Some(found) =
            ["all", product].into_iter().find_map(|file| found(&directory.join(file), system::FILES_DELETE))
        {
            return Some(found);
        }
    }
    let directory = environment.var(VARIABLE).filter(|directory| !directory.is_empty()).map(PathBuf::from)?;
    if exists(&directory) != Some(false) && !is_directory(&directory) {
        return Some(unreadable(directory));
    }
    ["all", product].into_iter().find_map(|file| found(&directory.join(file), false))
}

fn found(path: &Path, is_of_machine: bool) -> Option<PolicyFile> {
    let exists = exists(path);
    let reading = match exists {
        Some(false) => return None,
        Some(true) => Reading::Off,
        None => Reading::Unreadable,
    };
    Some(PolicyFile { path: path.to_owned(), reading, deletes: is_of_machine && exists == Some(true) })
}

/// A link to nothing, a file, or what may not be looked into: in its place there may be a policy.
fn unreadable(path: PathBuf) -> PolicyFile {
    PolicyFile { path, reading: Reading::Unreadable, deletes: false }
}

fn is_directory(path: &Path) -> bool {
    stat_target(path).is_ok_and(|found| found.is_directory())
}

/// Whether a name is there, without following it where it is a link. `None` where the system does not say.
fn exists(path: &Path) -> Option<bool> {
    match stat(path) {
        Ok(_) => Some(true),
        Err(Errno::NOENT | Errno::NOTDIR) => Some(false),
        Err(_) => None,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn whatever_has_the_name_of_a_policy_opts_out() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        std::fs::write(path("file"), "nonsense").unwrap();
        std::fs::create_dir(path("directory")).unwrap();
        std::os::unix::fs::symlink("/nonexistent", path("dangling")).unwrap();
        std::os::unix::fs::symlink(path("loop"), path("loop")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, path("pipe"), rustix::fs::Mode::RWXU).unwrap();
        for name in ["file", "directory", "dangling", "loop", "pipe"] {
            let of_machine = found(&path(name), true).unwrap();
            assert_eq!((of_machine.reading, of_machine.deletes), (Reading::Off, true), "{name}");
            let of_variable = found(&path(name), false).unwrap();
            assert_eq!((of_variable.reading, of_variable.deletes), (Reading::Off, false), "{name}");
        }
        assert!(found(&path("another"), true).is_none());
    }

    #[test]
    fn a_directory_that_cannot_be_looked_into_silences_and_deletes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        std::fs::write(path("file"), "").unwrap();
        std::os::unix::fs::symlink("/nonexistent", path("dangling")).unwrap();
        std::os::unix::fs::symlink(path("loop"), path("loop")).unwrap();
        for name in ["file", "dangling", "loop"] {
            let environment = Environment::of([(VARIABLE, path(name))]);
            let said = read("product", &environment).unwrap();
            assert_eq!((said.reading, said.deletes), (Reading::Unreadable, false), "{name}");
        }
        let too_long = directory.path().join("x".repeat(300));
        assert_eq!(
            found(&too_long, true).map(|found| (found.reading, found.deletes)),
            Some((Reading::Unreadable, false))
        );
        let environment = Environment::of([(VARIABLE, path("nowhere"))]);
        assert!(read("product", &environment).is_none());
    }
}
