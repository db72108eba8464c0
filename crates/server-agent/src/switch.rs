//! The switch: what the agent may do at this moment, decided anew whenever the last decision is a second old.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockWriteGuard};
use std::time::Instant;

use aboveboard_core::clock::Clock;
use aboveboard_core::consent::answer::{self, StoredAnswer};
use aboveboard_core::consent::{self, Answer, Choice, Decision, Host, Mode, Permit, Question, Surface};
use aboveboard_core::declaration::{Component, Declaration, Policy};
use aboveboard_core::environment::Environment;
use aboveboard_core::event::Seconds;
use aboveboard_core::identity::{adopt, installation};
use aboveboard_core::paths::Paths;
use aboveboard_core::recorder::Recorder;
use aboveboard_core::typed::Timings;
use aboveboard_core::value::Version;
use http::HeaderValue;
use tokio::sync::Notify;

use crate::layer::OFF;
use crate::notice::{self, Show};
use crate::state::{Open, Silence, Standing};
use crate::state_store::Kept;
use crate::timing::{FRESH, Timing};

/// Everything a decision hangs on.
pub(crate) struct Switch {
    pub(crate) declaration: &'static Declaration,
    pub(crate) version: Version,
    pub(crate) host: Host,
    pub(crate) environment: Environment,
    pub(crate) places: Option<Paths>,
    /// What the host keeps with its data, where it does.
    pub(crate) kept: Option<Kept>,
    /// Whether the last decision was a no that deletes.
    deletes: AtomicBool,
    /// Wakes the worker when such a no is new: only it can ask the state store.
    pub(crate) deletion: Notify,
    pub(crate) timing: Timing,
    pub(crate) show: Option<Show>,
    timings: Option<&'static Timings>,
    /// The file of the certificates to trust, where it is not the roots of the web.
    pub(crate) roots: Option<PathBuf>,
    pub(crate) clock: Box<dyn Clock>,
    started: Seconds,
    since: Instant,
    /// Whether this process showed the notice.
    shown_here: AtomicBool,
    /// When it showed the notice, while that could not be stored.
    unstored: Mutex<Option<Seconds>>,
    last: RwLock<Option<(Instant, Standing)>>,
}

/// What a switch is made of.
pub(crate) struct Parts {
    pub(crate) declaration: &'static Declaration,
    pub(crate) version: Version,
    pub(crate) host: Host,
    pub(crate) environment: Environment,
    pub(crate) directory: Option<PathBuf>,
    pub(crate) kept: Option<Kept>,
    pub(crate) timing: Timing,
    pub(crate) show: Option<Show>,
    pub(crate) timings: Option<&'static Timings>,
    pub(crate) roots: Option<PathBuf>,
    pub(crate) clock: Box<dyn Clock>,
}

impl Switch {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts {
            declaration,
            version,
            host,
            environment,
            directory,
            kept,
            timing,
            show,
            timings,
            roots,
            clock,
        } = parts;
        let directory = directory.or_else(|| state_directory(&environment));
        let places = directory.map(|directory| Paths::in_directory(&directory));
        let places = if kept.is_some() { places.map(Paths::kept_elsewhere) } else { places };
        let started = clock.now();
        let (since, shown_here, last) = (Instant::now(), AtomicBool::new(false), RwLock::default());
        let unstored = Mutex::default();
        Self {
            declaration,
            version,
            host,
            environment,
            places,
            kept,
            deletes: AtomicBool::new(false),
            deletion: Notify::new(),
            timing,
            show,
            timings,
            roots,
            clock,
            started,
            since,
            shown_here,
            unstored,
            last,
        }
    }

    /// The question of consent as this server asks it.
    pub(crate) fn question(&self) -> Question<'_> {
        Question {
            declaration: self.declaration,
            component: Component::Server,
            host: &self.host,
            environment: &self.environment,
            places: self.places.as_ref(),
        }
    }

    /// When this process started, by the wall clock; where that has been set back since, by the time it has run.
    pub(crate) fn started(&self) -> Seconds {
        let now = self.clock.now();
        if self.started <= now { self.started } else { now.saturating_sub(self.since.elapsed().as_secs()) }
    }

    /// What may be done now, at most a second old.
    pub(crate) fn standing(&self) -> Standing {
        let known = self.last.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(standing) = fresh(known.as_ref()) {
            return standing;
        }
        drop(known);
        let mut last = self.last();
        // Somebody else may have been quicker.
        let renewed = fresh(last.as_ref());
        renewed.unwrap_or_else(|| self.renew(&mut last))
    }

    /// What may be done now, decided now.
    pub(crate) fn decide(&self) -> Standing {
        self.renew(&mut self.last())
    }

    fn last(&self) -> RwLockWriteGuard<'_, Option<(Instant, Standing)>> {
        // What is behind the lock is replaced as a whole, so a panic elsewhere leaves nothing half done.
        self.last.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn renew(&self, last: &mut Option<(Instant, Standing)>) -> Standing {
        let before = last.take().map(|(_, standing)| standing);
        let standing = self.stand(&consent::decide(&self.question()), before.as_ref());
        *last = Some((Instant::now(), standing.clone()));
        standing
    }

    fn stand(&self, decision: &Decision, before: Option<&Standing>) -> Standing {
        if decision.purges()
            && let Some(places) = &self.places
        {
            // What could not be deleted is tried again with the next decision.
            let _ = consent::purge(places);
        }
        if decision.purges() != self.deletes.swap(decision.purges(), Ordering::Relaxed) && self.kept.is_some()
        {
            self.deletion.notify_one();
        }
        let first = before.is_none();
        let policy = self.declaration.server;
        let unshown = decision.mode == Mode::Undecided && policy == Policy::Notice;
        if unshown {
            if !self.show_notice(&[]) {
                return Standing::Silent(Silence::Undecided(decision.because));
            }
            return self.stand_open(&consent::decide(&self.question()), before);
        }
        // Somebody has said something since, and the next notice is another one.
        *self.unstored() = None;
        let Some(permit) =
            decision.permit().filter(|_| policy == Policy::Notice && decision.mode == Mode::On)
        else {
            return self.stand_open(decision, before);
        };
        let wider = permit.wider(self.declaration);
        if first && self.show_notice(&wider) {
            self.shown_here.store(true, Ordering::Relaxed);
        }
        if !wider.is_empty() && self.may_widen() {
            self.widen();
            return self.stand_open(&consent::decide(&self.question()), before);
        }
        self.stand_open(decision, before)
    }

    /// Whether a no stands that deletes, so that what the host keeps goes too.
    pub(crate) fn deletes(&self) -> bool {
        self.deletes.load(Ordering::Relaxed)
    }

    /// Takes the secret that the host keeps for this installation's. False where that is not allowed or not possible.
    pub(crate) fn adopt(&self, secret: &str) -> bool {
        let Some(places) = &self.places else { return false };
        let permit = consent::decide(&self.question()).permit();
        permit.is_some_and(|permit| adopt(&permit, places, secret).is_some())
    }

    /// Compares when the notice was first shown here with what the host keeps of it, and takes the earlier for both.
    /// Gives what is to be kept instead, if anything.
    pub(crate) fn agree_on_notice(&self, kept: Option<&str>) -> Option<String> {
        let places = self.places.as_ref()?;
        let StoredAnswer::Answer(mine @ Answer { choice: Choice::Shown, .. }) = answer::read(places.answer())
        else {
            return None;
        };
        let kept = kept.and_then(Answer::parse).filter(|kept| kept.choice == Choice::Shown);
        match kept.filter(|kept| kept.endpoint == mine.endpoint) {
            Some(mut kept) if kept.at < mine.at => {
                kept.surface = Surface::Notice;
                // Where it cannot be stored, only this server waits longer.
                let _ = answer::store(places, &kept);
                None
            }
            Some(kept) if kept.revision >= mine.revision => None,
            _ => Some(mine.line()),
        }
    }

    /// What a newer manifest has beyond what was shown before gets its own first delay, from this start, which
    /// showed it.
    fn may_widen(&self) -> bool {
        let opens = self.timing.reports.opens(self.started());
        self.shown_here.load(Ordering::Relaxed) && self.clock.now() >= opens
    }

    /// Remembers that the manifest of this build was shown. The answer stays what it was, and keeps its time.
    fn widen(&self) {
        let Some(places) = &self.places else { return };
        if let StoredAnswer::Answer(Answer { choice: choice @ (Choice::Yes | Choice::Shown), .. }) =
            answer::read(places.answer())
        {
            let answer = Answer::new(choice, Surface::Notice, self.clock.now(), &self.question());
            // Where it cannot be stored, the wider items stay unrecorded.
            let _ = answer::store(places, &answer);
        }
    }

    fn stand_open(&self, decision: &Decision, before: Option<&Standing>) -> Standing {
        let because = decision.because;
        let (Some(permit), Some(places)) = (decision.permit(), &self.places) else {
            return Standing::Silent(match decision.mode {
                Mode::Undecided => Silence::Undecided(because),
                _ => Silence::Off(because),
            });
        };
        let shown = self.shown(places);
        let opens = self.timing.reports.opens(shown);
        if self.clock.now() < opens {
            return Standing::Silent(Silence::Until(opens));
        }
        // Asked each time: after a no and another yes it is another id.
        let Some(id) = installation(&permit, places).map(|installation| installation.id) else {
            return Standing::Silent(Silence::NoId);
        };
        let wider = permit.wider(self.declaration).len();
        let same = match before {
            Some(Standing::Open(open)) if open.id == id => Some(open),
            _ => None,
        };
        let timings = match same {
            Some(open) => open.timings.clone(),
            None => self.timings.and_then(Timings::begin).map(Arc::new),
        };
        let (server, console) = match same {
            Some(open) if open.wider == wider => (open.server.clone(), open.console.clone()),
            _ => (
                self.recorder(&permit, places, Component::Server),
                self.recorder(&permit, places, Component::Console),
            ),
        };
        let mode = decision.mode;
        let link = match mode {
            Mode::On => HeaderValue::try_from(format!("{id};{}", self.version)).unwrap_or(OFF),
            _ => OFF,
        };
        Standing::Open(Arc::new(Open {
            permit,
            mode,
            because,
            id,
            shown,
            wider,
            link,
            server,
            console,
            timings,
        }))
    }

    fn recorder(&self, permit: &Permit, places: &Paths, component: Component) -> Recorder<'static> {
        let header = self.environment.header(component, self.version, self.declaration.release);
        Recorder::open(permit.clone(), self.declaration, places, header)
    }

    /// When the notice was first shown here or a yes stored. A yes of the process alone counts from its start, and
    /// so does a time that has not come yet: some clock was wrong. Where the policy is to ask, the operator's own
    /// yes needs no time to be noticed.
    fn shown(&self, places: &Paths) -> Seconds {
        if self.declaration.server != Policy::Notice {
            return 0;
        }
        match answer::read(places.answer()) {
            StoredAnswer::Answer(answer) if answer.at <= self.clock.now() => answer.at,
            _ => self.started(),
        }
    }

    /// Shows the notice and remembers that it was, with what is wider in this manifest than in the one shown
    /// before. False if nobody could have seen it.
    fn show_notice(&self, wider: &[String]) -> bool {
        let question = self.question();
        let (Ok(Some(endpoint)), Some(places)) = (question.endpoint(), &self.places) else { return true };
        let now = self.clock.now();
        let mut unstored = self.unstored();
        if let Some(at) = *unstored {
            // Decisions come each second, and one line in the log is enough.
            *unstored = self.remember_shown(places, at.min(now));
            return true;
        }
        let stored = match answer::read(places.answer()) {
            StoredAnswer::Answer(answer)
                if matches!(answer.choice, Choice::Yes | Choice::Shown)
                    && answer.endpoint.as_deref() == Some(endpoint.as_str()) =>
            {
                Some(answer.at)
            }
            _ => None,
        };
        let opens = self.timing.reports.opens(stored.unwrap_or(now));
        let every = self.timing.reports.every;
        let line = notice::line(self.declaration, &endpoint, every, opens.max(now), wider);
        if !notice::show(&line, self.show.as_ref()) {
            return false;
        }
        if stored.is_none() {
            *unstored = self.remember_shown(places, now);
        }
        true
    }

    /// Stores that the notice was shown at this time. Gives the time back where that failed: it is tried again with
    /// each decision, and nothing is recorded until it is stored. Every start is the first one then.
    fn remember_shown(&self, places: &Paths, at: Seconds) -> Option<Seconds> {
        let answer = Answer::new(Choice::Shown, Surface::Notice, at, &self.question());
        answer::store(places, &answer).is_err().then_some(at)
    }

    fn unstored(&self) -> MutexGuard<'_, Option<Seconds>> {
        self.unstored.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fresh(last: Option<&(Instant, Standing)>) -> Option<Standing> {
    last.filter(|(at, _)| at.elapsed() < FRESH).map(|(_, standing)| standing.clone())
}

/// The directory that the service manager gives this server, the first if there are several.
fn state_directory(environment: &Environment) -> Option<PathBuf> {
    let variable = environment.var("STATE_DIRECTORY")?;
    let first = PathBuf::from(variable.to_str()?.split(':').next()?);
    first.is_absolute().then_some(first)
}

#[cfg(test)]
#[path = "switch_tests.rs"]
mod tests;
