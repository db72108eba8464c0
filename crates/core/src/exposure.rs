//! Whether other users can choose what lies where answer and state belong. What decides is whose the two directories above
//! are, and who may write to them: a look at each, since every command pays for it.

use std::io;
use std::path::Path;

use aboveboard_files::{Owner, Stat, stat, stat_target};

/// A directory above answer or state in which another user can put something in the place of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exposed<'p> {
    /// The directory.
    pub directory: &'p Path,
    /// What exposes it.
    pub by: Exposure,
}

impl Exposed<'_> {
    /// Why nothing is done there.
    pub(crate) fn as_error(&self) -> io::Error {
        let place = self.directory.display();
        let why = match self.by {
            Exposure::Owner => format!("{place} belongs to another user"),
            Exposure::Mode => format!("everybody can write to {place}"),
            Exposure::Link => format!("{place} is a link, which is not followed here"),
            Exposure::Open => {
                format!(
                    "{place} is open to others, as what comes with a checkout is, and a variable leads there"
                )
            }
        };
        io::Error::new(io::ErrorKind::PermissionDenied, why)
    }
}

/// What lets another user put something in the place of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposure {
    /// Another user owns the directory.
    Owner,
    /// Everybody can write to it.
    Mode,
    /// It is a link of somebody else, one that leads nowhere and may stand for a refusal, or any below the base of the state.
    Link,
    /// A variable leads there, and others may look into it: nobody knows that it was made here.
    Open,
}

/// Whether a directory is exposed; `None` where there is none. A group that may write is the user's choice, as
/// under `umask 002`; of what others may not write to, the sticky bit is enough.
pub(crate) fn exposure(
    directory: &Path,
    me: Owner,
    may_be_link: impl Fn(&Stat, Owner) -> bool,
) -> Option<Result<(), Exposed<'_>>> {
    let exposed = |by| Some(Err(Exposed { directory, by }));
    let mut found = stat(directory).ok()?;
    if found.is_link() {
        let target = stat_target(directory).ok().filter(Stat::is_directory);
        match target.filter(|_| may_be_link(&found, me)) {
            Some(target) => found = target,
            None => return exposed(Exposure::Link),
        }
    }
    match found {
        found if !found.is_directory() => Some(Ok(())),
        found if !is_own(&found, me) => exposed(Exposure::Owner),
        found if found.lets_others_replace() => exposed(Exposure::Mode),
        _ => Some(Ok(())),
    }
}

/// Whether it belongs to the user or to root.
pub(crate) fn is_own(found: &Stat, me: Owner) -> bool {
    found.owner().is_system() || found.owner() == me
}
