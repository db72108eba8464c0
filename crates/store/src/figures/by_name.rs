//! Sums by name.

use std::collections::BTreeMap;

/// Changes what is kept by a name, which is copied only where it is new.
pub(super) fn update<V: Default>(by_name: &mut BTreeMap<String, V>, name: &str, change: impl FnOnce(&mut V)) {
    match by_name.get_mut(name) {
        Some(known) => change(known),
        None => change(by_name.entry(name.to_owned()).or_default()),
    }
}
