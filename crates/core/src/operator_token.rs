//! The token with which a server's operator reads the server's status and preview, in a file that only the server's user
//! reads.

use aboveboard_files::{Directory, random};
use aboveboard_types::hex;

use crate::consent::Permit;
use crate::own_files::TOKEN;
use crate::paths::Paths;

/// Longest file that is read.
const MAX_BYTES: usize = 128;

/// Makes the token where there is none. That it cannot be made is no reason to stop: nobody reads the status then.
pub fn make(_: &Permit, places: &Paths) {
    let Ok(state) = places.make_state() else { return };
    if state.stat(TOKEN).is_err()
        && let Some(token) = random::<32>()
    {
        let _ = state.replace(TOKEN, format!("{}\n", hex::encode(&token)).as_bytes(), false);
    }
}

/// The token; `None` where there is none, or its file is not ours.
#[must_use]
pub fn read(places: &Paths) -> Option<String> {
    let content = Directory::open(places.state()).ok()?.content(TOKEN, MAX_BYTES).ok()?;
    let token = String::from_utf8(content).ok()?.trim_end().to_owned();
    (!token.is_empty()).then_some(token)
}
