//! Removing all that is kept of a user, as when a product is uninstalled.

use super::answer;
use super::purge::purge;
use crate::error::Result;
use crate::paths::Paths;
use aboveboard_files::{Errno, remove_empty};

/// Removes the answer and what belongs to it, what was recorded ([`purge`]), and the product's directories where nothing else is
/// in them. The answer goes first: without one nothing is recorded any more. A family's answer stays, since other products
/// obey it, and so does an erasure that waits.
///
/// # Errors
/// If something is left that had to go, or another user could have chosen the directory.
pub fn remove(places: &Paths) -> Result<()> {
    let answered = answer::remove(places);
    let purged = purge(places);
    for directory in places.of_product() {
        // It stays where something of the program's own is in it.
        let _: std::result::Result<(), Errno> = remove_empty(directory);
    }
    answered.and(purged)
}
