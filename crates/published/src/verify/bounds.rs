//! How much of a site is read. What is longer is refused: nothing that this program writes is.

use crate::log::MAX_DOCUMENTS;

/// The leaves of the longest log: 65 bytes each.
pub(super) const MAX_LEAVES_BYTES: usize = 65 * MAX_DOCUMENTS;

/// The ledger of the longest log, a few kilobytes an entry.
pub(super) const MAX_LEDGER_BYTES: usize = 16 << 20;

/// The keys of a site.
pub(super) const MAX_KEYS_BYTES: usize = 16 << 10;

/// One file with figures: ten times the table of the longest list that a manifest may have.
pub(super) const MAX_FILE_BYTES: usize = 4 << 20;

/// How many files a publication names, at most: those of the most tables, and the 256 of a long list of the counted.
pub(super) const MAX_FILES: usize = 4_096;
