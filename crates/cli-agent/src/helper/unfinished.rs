//! Deliveries that were started, and of which none has ended since: a line in one file.
//!
//! Who starts one counts it before, and whoever ends one, with or without success, removes the file. So a helper that is
//! killed with its container, or never began, leaves a trace.
//!
//! ```text
//! started=3 since=1764400000 because=first-process
//! ```

use aboveboard_core::consent::still_permitted;
use aboveboard_core::own_files::UNFINISHED as NAME;
use aboveboard_core::paths::Paths;
use aboveboard_files::Directory;
use aboveboard_types::clock;
use aboveboard_types::event::Seconds;

/// The longest line that is read, in bytes; three words with their numbers have less.
const MAX_BYTES: usize = 256;

/// Longer than a delivery takes, in seconds: until then one that has begun may still be at work.
const MAX_WORK: Seconds = 60;

/// What is kept of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unfinished {
    /// How many.
    pub(crate) number: u32,
    /// When the first of them was started.
    pub(crate) since: Seconds,
    /// What is known of the last.
    pub(crate) cause: Option<Cause>,
}

/// Why a delivery came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The program was the first process of its container, or takes over orphans as that does: what it would start is its
    /// child, or ends with it.
    FirstProcess,
    /// The system started no process, by the number of its error.
    System(u16),
    /// What was started ended at once with this code.
    Code(u16),
}

impl Unfinished {
    /// What is kept, if it tells something: the only one may be at work.
    pub(crate) fn read(paths: &Paths, now: Seconds) -> Option<Self> {
        let found = Self::load(&paths.open_state().ok()?)?;
        let tells = found.cause.is_some() || found.number > 1 || now > found.since + MAX_WORK;
        tells.then_some(found)
    }

    /// Counts one more.
    pub(super) fn add(paths: &Paths) {
        Self::change(paths, |found| {
            let number = found.map_or(0, |found| found.number).saturating_add(1);
            Self { number, since: found.map_or_else(clock::now, |found| found.since), cause: None }
        });
    }

    /// Says of the last, or of one that nobody started, what became of it.
    pub(super) fn explain(paths: &Paths, cause: Cause) {
        let known = paths.open_state().ok().and_then(|state| Self::load(&state));
        if known.is_some_and(|known| known.cause == Some(cause)) {
            return;
        }
        Self::change(paths, |found| {
            let known = found.unwrap_or(Self { number: 1, since: clock::now(), cause: None });
            Self { cause: Some(cause), ..known }
        });
    }

    /// One has ended.
    #[cfg(feature = "uploader")]
    pub(crate) fn forget(paths: &Paths) {
        if let Ok(state) = paths.open_state() {
            let _ = state.unlink(NAME);
        }
    }

    fn change(paths: &Paths, change: impl FnOnce(Option<Self>) -> Self) {
        let Ok(state) = paths.open_state() else { return };
        let line = change(Self::load(&state)).line();
        // Where it cannot be written nothing is told of it, and `doctor` finds the place.
        if state.replace(NAME, line.as_bytes(), false).is_ok() {
            still_permitted(paths);
        }
    }

    fn load(state: &Directory) -> Option<Self> {
        Self::parse(std::str::from_utf8(&state.content(NAME, MAX_BYTES).ok()?).ok()?)
    }

    fn line(self) -> String {
        let Self { number, since, cause } = self;
        let cause = match cause {
            None => "-".to_owned(),
            Some(Cause::FirstProcess) => "first-process".to_owned(),
            Some(Cause::System(error)) => format!("error-{error}"),
            Some(Cause::Code(code)) => format!("code-{code}"),
        };
        format!("started={number} since={since} because={cause}\n")
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.strip_suffix('\n')?.split(' ');
        let mut word = |name: &str| words.next()?.strip_prefix(name)?.strip_prefix('=');
        let number = word("started")?.parse().ok()?;
        let since = word("since")?.parse().ok()?;
        let cause = match word("because")? {
            "-" => None,
            "first-process" => Some(Cause::FirstProcess),
            other => match other.strip_prefix("error-") {
                Some(error) => Some(Cause::System(error.parse().ok()?)),
                None => Some(Cause::Code(other.strip_prefix("code-")?.parse().ok()?)),
            },
        };
        words.next().is_none().then_some(Self { number, since, cause })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_back_and_nothing_else_is() {
        for cause in [None, Some(Cause::FirstProcess), Some(Cause::System(13)), Some(Cause::Code(2))] {
            let kept = Unfinished { number: 3, since: 1_764_400_000, cause };
            assert_eq!(Unfinished::parse(&kept.line()), Some(kept));
        }
        for text in [
            "",
            "\n",
            "started=1 since=2 because=-",
            "started=1 since=2 because=x\n",
            "started=-1 since=2 because=-\n",
        ] {
            assert_eq!(Unfinished::parse(text), None, "{text}");
        }
    }
}
