//! When the notice was first shown to this installation, and to which items: remembered as an answer on the disk.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aboveboard_core::consent::answer::{self, StoredAnswer};
use aboveboard_core::consent::{Answer, Choice, Surface};
use aboveboard_core::paths::Paths;
use aboveboard_types::declaration::Policy;
use aboveboard_types::event::Seconds;

use super::notice;
use super::settings::{Settings, Setup};

/// What this process knows of its notice.
#[derive(Debug, Default)]
pub(super) struct NoticeRecord {
    /// Whether this process showed the notice at its start.
    shown_here: AtomicBool,
    /// When this process showed the notice, as long as that could not be stored.
    unstored: Mutex<Option<Seconds>>,
}

impl NoticeRecord {
    /// Shows the notice and stores that it was shown. `wider` are the items that an earlier notice did not cover.
    /// False if nothing listens to it.
    pub(super) fn show(&self, setup: &Setup, wider: &[String]) -> bool {
        let endpoint = setup.question().endpoint().ok().flatten();
        let Some((endpoint, paths)) = endpoint.zip(setup.paths.as_ref()) else { return true };
        let now = setup.now();
        let mut unstored = self.unstored();
        if let Some(shown_at) = *unstored {
            // Decisions come each second, and one line in the log is enough.
            *unstored = store_shown(setup, paths, shown_at.min(now));
            return true;
        }
        let stored = match answer::read(paths.answer()) {
            StoredAnswer::Answer(answer)
                if matches!(answer.choice, Choice::Yes | Choice::Shown)
                    && answer.endpoint.as_deref() == Some(endpoint.as_str()) =>
            {
                Some(answer.at)
            }
            _ => None,
        };
        let opens_at = Some(setup.timing.reports.opens(stored.unwrap_or(now))).filter(|at| *at > now);
        let every = setup.timing.reports.every;
        let Settings { declaration, opt_outs, .. } = &setup.settings;
        let line = notice::line(declaration, &endpoint, every, opens_at, opt_outs, wider);
        if !(setup.settings.show)(&line) {
            return false;
        }
        if stored.is_none() {
            *unstored = store_shown(setup, paths, now);
        }
        true
    }

    /// Shows the notice once for this start.
    pub(super) fn show_at_start(&self, setup: &Setup, wider: &[String]) {
        if self.show(setup, wider) {
            self.shown_here.store(true, Ordering::Relaxed);
        }
    }

    /// Whether what a newer manifest added may be recorded: it has its own first delay, from this start, which showed
    /// it.
    pub(super) fn may_widen(&self, setup: &Setup) -> bool {
        let opens_at = setup.timing.reports.opens(setup.started_at());
        self.shown_here.load(Ordering::Relaxed) && setup.now() >= opens_at
    }

    /// Forgets a notice that could not be stored: it was answered since, and the next notice is another one.
    pub(super) fn was_answered(&self) {
        *self.unstored() = None;
    }

    /// A panic elsewhere leaves nothing half done: what is behind the lock is one number.
    fn unstored(&self) -> MutexGuard<'_, Option<Seconds>> {
        self.unstored.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When the notice was first shown here, or consent stored. Consent of this process alone (a flag or variable) counts
/// from its start, and so does a time in the future, which a wrong clock wrote. Where the policy is to ask, the operator
/// consented and needs no time to notice it.
pub(super) fn first_shown(setup: &Setup, paths: &Paths) -> Seconds {
    if setup.settings.declaration.server != Policy::Notice {
        return 0;
    }
    match answer::read(paths.answer()) {
        StoredAnswer::Answer(answer) if answer.at <= setup.now() => answer.at,
        _ => setup.started_at(),
    }
}

/// Stores that the manifest of this build was shown. The answer stays what it was, and keeps its time.
pub(super) fn widen(setup: &Setup) {
    let Some(paths) = &setup.paths else { return };
    if let StoredAnswer::Answer(Answer { choice: choice @ (Choice::Yes | Choice::Shown), .. }) =
        answer::read(paths.answer())
    {
        let answer = setup.question().answer(choice, Surface::Notice, setup.now());
        // Where it cannot be stored, the wider items stay unrecorded.
        let _ = answer::store(paths, setup.settings.declaration, &answer);
    }
}

/// Compares when the notice was first shown here with what the state store knows of it, and takes the earlier time for
/// both. Returns what the store should hold instead, if anything.
#[must_use]
pub fn agree(setup: &Setup, shared: Option<&str>) -> Option<String> {
    let paths = setup.paths.as_ref()?;
    let StoredAnswer::Answer(own @ Answer { choice: Choice::Shown, .. }) = answer::read(paths.answer())
    else {
        return None;
    };
    // A store may keep the line without its end.
    let shared = shared.and_then(|line| Answer::parse(&format!("{}\n", line.trim_end())));
    let shared = shared.filter(|shared| shared.choice == Choice::Shown);
    match shared.filter(|shared| shared.endpoint == own.endpoint) {
        // It was shown for other items or under other terms; of the two, what was shown last is shared.
        Some(shared) if shared.items != own.items => (shared.at < own.at).then(|| own.line()),
        Some(mut earlier) if earlier.at < own.at => {
            earlier.surface = Surface::Notice;
            // Where it cannot be stored, only this server waits longer.
            let _ = answer::store(paths, setup.settings.declaration, &earlier);
            None
        }
        Some(shared) if shared.at == own.at => None,
        _ => Some(own.line()),
    }
}

/// Stores that the notice was shown at this time. Returns the time where that failed: it is tried again with each
/// decision, and nothing is recorded until it is stored, because otherwise every start would be the first one.
fn store_shown(setup: &Setup, paths: &Paths, at: Seconds) -> Option<Seconds> {
    let answer = setup.question().answer(Choice::Shown, Surface::Notice, at);
    answer::store(paths, setup.settings.declaration, &answer).is_err().then_some(at)
}
