//! What has a name of ours in the state directory: a purge, the bounds and the sweep remove that and nothing else. The
//! directory is found by variables, and what lies in it under other names is somebody else's.

use std::path::{Path, PathBuf};

use aboveboard_files::Directory;

use crate::paths::Paths;
use crate::spool::{REJECTED, SENT, is_digits, is_of_rejected, is_of_sent, is_of_spool};

/// The local secret of the installation: 64 hexadecimal digits and a line feed.
pub const SECRET: &str = "secret";

/// The token with which a server's operator reads its status: 64 hexadecimal digits and a line feed.
pub const TOKEN: &str = "token";

/// The directory of the tickets, one for each erasure that could not be sent to its collector yet; the one thing a purge
/// leaves.
pub const TICKET: &str = "ticket";

/// What the name of the file begins with that remembers what a collector answered; the tag of its endpoint follows.
pub const DELIVERY: &str = "delivery.";

/// The endpoints that something was sent to: on each line one and how it came to be one, the latest last.
pub const COLLECTORS: &str = "collectors";

/// When a server sent its last report.
pub const REPORT: &str = "report";

/// Locked by the process whose turn it is to report.
pub const REPORT_LOCK: &str = "report.lock";

/// When the next helper starts.
pub const DUE: &str = "due";

/// What a program without an uploader leaves for the one that delivers: the [product file](crate::product_file).
pub const PRODUCT: &str = "product";

/// The head of the log of the product's published figures, as its user last saw it.
pub const PUBLISHED: &str = "published";

/// How many deliveries were started of which none has ended.
pub const UNFINISHED: &str = "unfinished";

/// Locked by the one helper of a product that is at work.
pub const HELPER_LOCK: &str = "helper.lock";

/// What the name of the file begins with for an event that is recorded once a day; its name, the tag of the host and the
/// day follow.
pub(crate) const DAILY: &str = "daily-";

/// The directory of the spool.
pub const SPOOL: &str = "spool";

/// What a name ends with whose file is being written.
const PASSING: &str = ".tmp";

/// Whether a name is ours in one directory.
pub(crate) type Grammar = fn(&str) -> bool;

/// The directories of ours in the state directory, each with the names that are ours in it.
pub(crate) const DIRECTORIES: [(&str, Grammar); 3] =
    [(SPOOL, is_of_spool), (SENT, is_of_sent), (REJECTED, is_of_rejected)];

/// The names of all directories of ours in the state directory.
pub const DIRECTORY_NAMES: [&str; 4] = [SPOOL, SENT, REJECTED, TICKET];

/// What lies in a state under a name of ours and is not used, as it is no file of ours, with what is wrong with it. What
/// vanishes meanwhile is not among it.
#[must_use]
pub fn unusable(places: &Paths) -> Vec<(PathBuf, String)> {
    let look = |directory: Directory, place: &Path, is_ours: Grammar| {
        let names = directory.list().unwrap_or_default().into_iter().filter(|name| is_ours(name));
        let fault = |name: String| Some((place.join(&name), directory.stat(&name).ok()?.fault_of_file()?));
        names.filter_map(fault).collect::<Vec<_>>()
    };
    let Ok(state) = places.open_state() else { return Vec::new() };
    let below = DIRECTORIES.iter().filter_map(|(name, is_ours)| {
        Some(look(state.directory(name).ok()?, &places.state().join(name), *is_ours))
    });
    let mut found: Vec<_> = below.flatten().collect();
    found.extend(look(state, places.state(), is_of_state));
    found
}

/// Whether this is the name of a file of ours in the state directory itself.
pub(crate) fn is_of_state(name: &str) -> bool {
    let is_kept = [SECRET, REPORT_LOCK, DUE, HELPER_LOCK].contains(&name) || is_daily(name);
    let whole = name.strip_suffix(PASSING).unwrap_or(name);
    let is_replaced = [TOKEN, COLLECTORS, REPORT, PRODUCT, PUBLISHED, UNFINISHED].contains(&whole)
        || whole.strip_prefix(DELIVERY).is_some_and(|tag| is_digits(tag, 16));
    is_kept || is_replaced || is_secret_in_the_making(name)
}

/// Whether this is the name of a file of ours in the state directory that is being written.
pub(crate) fn is_passing_of_state(name: &str) -> bool {
    name.ends_with(PASSING) && is_of_state(name)
}

fn is_secret_in_the_making(name: &str) -> bool {
    let random = name.strip_prefix(SECRET).and_then(|rest| rest.strip_prefix('-')?.strip_suffix(PASSING));
    random.is_some_and(|random| is_digits(random, 16))
}

/// An event's name has the letters that a manifest allows.
fn is_daily(name: &str) -> bool {
    let Some(mut parts) = name.strip_prefix(DAILY).map(|rest| rest.rsplitn(3, '.')) else { return false };
    let is_number = |day: &str| !day.is_empty() && day.bytes().all(|byte| byte.is_ascii_digit());
    let is_letter =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'.');
    parts.next().is_some_and(is_number)
        && parts.next().is_some_and(|tag| is_digits(tag, 16))
        && parts.next().is_some_and(|event| !event.is_empty() && event.bytes().all(is_letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_call_their_files_is_never_ours() {
        const ID: &str = "01234567-89ab-8def-8123-456789abcdef";
        let ours =
            |name: &str| is_of_state(name) || DIRECTORIES.iter().any(|(directory, _)| *directory == name);
        let all = [
            "secret",
            "secret-0123456789abcdef.tmp",
            "token.tmp",
            "daily-started.0123456789abcdef.20500",
            "due",
            "product",
            "product.tmp",
            "published",
            "published.tmp",
            "unfinished",
            "unfinished.tmp",
            "spool",
        ];
        assert!(all.into_iter().all(ours));
        for theirs in [
            "notes.md",
            "thesis.txt",
            "secret.txt",
            "secret-",
            "secret~",
            "daily-",
            "daily-notes.md",
            "daily-.1",
            "daily-started.20500",
            "secret.tmp",
            "due.tmp",
            "report.pdf",
            "x.tmp",
            ".git",
            "token.json",
            "collectors (copy)",
            "due.1",
            "product.toml",
            "products",
            "published.html",
            "consent",
            "",
        ] {
            assert!(!ours(theirs), "{theirs}");
        }
        for (spool, is_ours) in [
            ("open-01234567.0", true),
            ("run-0", true),
            ("sequence.0123456789abcdef.tmp", true),
            ("sequence.txt", false),
            ("new-0123456789abcdef0123456789abcdef", true),
            ("outcomes.0123456789abcdef", true),
            ("seal.lock", true),
            ("open-01234567.0123456789abcdef.0", false),
            ("open-letter.txt", false),
            ("run-4", false),
            ("run-tests.sh", false),
            ("package.json", false),
            ("outcomes-2026", false),
            ("new-folder", false),
            ("sealing-wax", false),
        ] {
            assert_eq!(is_of_spool(spool), is_ours, "{spool}");
        }
        for name in
            ["{}.0123456789abcdef.json", "{}.0123456789abcdef.claim-1.json", "{}.0123456789abcdef.json.tmp"]
        {
            assert!(is_of_spool(&name.replace("{}", ID)), "{name}");
        }
        assert!(is_of_sent(&format!("{ID}.receipt.json")) && is_of_rejected(&format!("{ID}.403.json")));
        assert!(!is_of_sent("package.json") && !is_of_rejected("package.403.json"));
    }
}
