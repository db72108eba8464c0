//! The head of the log as this user last saw it. It is kept only where telemetry may write at all, and goes with an opt-out.

use aboveboard_core::consent::still_permitted;
use aboveboard_core::own_files::PUBLISHED as FILE;
use aboveboard_files::Errno;
use aboveboard_published::verify::RememberedHead;

use crate::verbs::{Context, say};

/// The longest file: keys and a note.
const MAX_BYTES: usize = 64 << 10;

/// What is remembered.
pub(super) enum Remembered {
    /// This head.
    Head(RememberedHead),
    /// Nothing yet.
    Nothing,
    /// A file that cannot be used. It stays as it is: it may be what shows that a log was rewritten.
    Unusable(String),
}

/// Reads what is remembered.
pub(super) fn read(context: &Context<'_>) -> Remembered {
    let Some(paths) = &context.paths else { return Remembered::Nothing };
    let place = || paths.state().join(FILE).display().to_string();
    match paths.open_state().and_then(|state| state.content(FILE, MAX_BYTES)) {
        Ok(bytes) => {
            let head = std::str::from_utf8(&bytes).ok().and_then(RememberedHead::parse);
            head.map_or_else(|| Remembered::Unusable(format!("{} is damaged", place())), Remembered::Head)
        }
        Err(Errno::NOENT | Errno::NOTDIR) => Remembered::Nothing,
        Err(error) => Remembered::Unusable(format!("{} cannot be read: {error}", place())),
    }
}

/// Keeps a head. False where nothing may be written, which is said.
pub(super) fn keep(context: &Context<'_>, head: &RememberedHead) -> bool {
    let permit = context.decide().permit();
    let Some(paths) = permit.and(context.paths.as_ref()) else {
        say("the head of the log is not kept: nothing is written here while telemetry is not on or local. \
             `aboveboard figures verify --remember FILE` keeps it anywhere");
        return false;
    };
    let kept = paths.make_state().and_then(|state| state.replace(FILE, head.text().as_bytes(), true));
    if let Err(error) = kept {
        say(format_args!("the head of the log is not kept: {}: {error}", paths.state().display()));
        return false;
    }
    // An opt-out may have come meanwhile.
    still_permitted(paths)
}
