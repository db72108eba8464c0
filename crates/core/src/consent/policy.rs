//! Policy files: an empty file named `all` or after the product, in `off.d` of either directory, opts
//! out every user of the machine. Packages and administrators put one there without touching anyone's configuration.

use std::path::PathBuf;

use rustix::io::Errno;

use super::reading::Reading;
use crate::environment::Environment;

/// Where policy files lie.
const DIRECTORIES: [&str; 2] = ["/etc/aboveboard/off.d", "/usr/lib/aboveboard/off.d"];

/// Names one more directory, asked besides the others: for trying a policy file before it is installed. Since a
/// policy file only ever says no, so does this variable.
const VARIABLE: &str = "ABOVEBOARD_OFF_D";

/// What the policy files say, and the path of the one that says it. A directory that cannot be looked into is
/// unreadable, which counts as an opt-out.
pub(super) fn read(product: &str, environment: &Environment) -> (Reading, Option<PathBuf>) {
    let mut name = String::with_capacity(64);
    for directory in DIRECTORIES {
        // Most machines have neither, and look no further.
        if exists(directory) == Some(false) {
            continue;
        }
        for file in ["all", product] {
            name.clear();
            name.extend([directory, "/", file]);
            match exists(&name) {
                Some(false) => {}
                Some(true) => return (Reading::Off, Some(name.into())),
                None => return (Reading::Unreadable, Some(name.into())),
            }
        }
    }
    match environment.var(VARIABLE) {
        Some(directory) if !directory.is_empty() => besides(PathBuf::from(directory), product),
        _ => (Reading::Unset, None),
    }
}

/// `None` where the system does not say.
fn exists(name: &str) -> Option<bool> {
    match rustix::fs::access(name, rustix::fs::Access::EXISTS) {
        Ok(()) => Some(true),
        Err(Errno::NOENT | Errno::NOTDIR) => Some(false),
        Err(_) => None,
    }
}

fn besides(directory: PathBuf, product: &str) -> (Reading, Option<PathBuf>) {
    let found = ["all", product].map(|file| directory.join(file)).into_iter().find(|path| path.exists());
    (if found.is_some() { Reading::Off } else { Reading::Unset }, found)
}
