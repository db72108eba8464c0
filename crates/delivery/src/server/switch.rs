//! The switch: what a server's agent may do at this moment, decided anew whenever the last decision is a second old.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};
use std::time::Instant;

use aboveboard_core::consent::{self, Decision, Mode, Permit, Source, answer};
use aboveboard_core::identity::{adopt, installation, run_id, stored_secret};
use aboveboard_core::operator_token;
use aboveboard_core::paths::Paths;
use aboveboard_core::recorder::Recorder;
use aboveboard_types::declaration::{Component, Policy};

use super::link;
use super::notice_record::{self, NoticeRecord};
use super::settings::Setup;
use super::state::{Recording, Silence, State};
use crate::limits::MAX_DECISION_AGE;

/// What to do about a file or directory that is not this user's alone, as where a platform runs a program as another user
/// than before, or on a file system that keeps no modes.
const REMEDY: &str = "give it to this user alone (chown, chmod go-w), or delete it to begin anew";

/// Decides, and remembers the last decision.
#[derive(Debug)]
pub struct Switch {
    /// What the server said.
    pub setup: Setup,
    notice: NoticeRecord,
    /// Whether the last decision was an opt-out that deletes.
    purges: AtomicBool,
    /// Whether the log says that something in the way of the directory keeps this server silent.
    is_told: AtomicBool,
    last: RwLock<Option<(Instant, State)>>,
}

impl Switch {
    /// A switch that has not decided yet.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        Self {
            setup,
            notice: NoticeRecord::default(),
            purges: AtomicBool::new(false),
            is_told: AtomicBool::new(false),
            last: RwLock::default(),
        }
    }

    /// What may be done now, by a decision that is at most a second old. Cheap enough for every event and response.
    #[must_use]
    pub fn state(&self) -> State {
        let last = self.last.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = fresh(last.as_ref()) {
            return state;
        }
        drop(last);
        let mut last = self.last();
        // Another thread may have decided while this one waited for the lock.
        let renewed = fresh(last.as_ref());
        renewed.unwrap_or_else(|| self.renew(&mut last))
    }

    /// What may be done now, decided now.
    pub fn decide(&self) -> State {
        self.renew(&mut self.last())
    }

    /// Whether the last decision was an opt-out that deletes, so that what the host's state store keeps goes too.
    #[must_use]
    pub fn purges(&self) -> bool {
        self.purges.load(Ordering::Relaxed)
    }

    /// Makes the secret of the host's state store this installation's own. Does nothing where that is not allowed or
    /// not possible; the next decision then finds no id.
    pub fn adopt(&self, secret: &str) {
        let permit = self.setup.decide().permit();
        if let (Some(permit), Some(paths)) = (permit, &self.setup.paths) {
            let _ = adopt(&permit, paths, secret);
        }
    }

    fn last(&self) -> RwLockWriteGuard<'_, Option<(Instant, State)>> {
        // What is behind the lock is replaced as a whole, so a panic elsewhere leaves nothing half done.
        self.last.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides and remembers. The previous state goes in, since recorders and timings outlive a decision.
    fn renew(&self, last: &mut Option<(Instant, State)>) -> State {
        let previous = last.take().map(|(_, state)| state);
        let state = self.next_state(previous.as_ref());
        self.tell_why_silent(&state);
        let is_off = |state: &State| matches!(state, State::Silent(Silence::Off(_) | Silence::Undecided(_)));
        if previous.as_ref().is_some_and(is_off) && !is_off(&state) {
            (self.setup.settings.opt_out_ended)();
        }
        *last = Some((Instant::now(), state.clone()));
        state
    }

    /// Says once in the log what keeps this server silent, where that is no word of anybody's but a fault on the disk.
    fn tell_why_silent(&self, state: &State) {
        let Some(paths) = &self.setup.paths else { return };
        let why = match state {
            State::Silent(Silence::NoId) => match stored_secret(paths) {
                Err(error) => format!("{error}; {REMEDY}"),
                // The store that it comes from has not answered yet.
                Ok(_) if paths.is_kept_elsewhere() => return,
                Ok(_) => format!("nothing can be stored in {}", paths.state().display()),
            },
            State::Silent(Silence::Off(Source::Answer)) => {
                let Some(fault) = answer::fault(paths.answer()) else { return };
                format!("{} {fault}, so it counts as an opt-out; {REMEDY}", paths.answer().display())
            }
            _ => return,
        };
        if !self.is_told.swap(true, Ordering::Relaxed) {
            let name = &self.setup.settings.declaration.name;
            (self.setup.settings.show)(&format!("{name} records no usage data: {why}"));
        }
    }

    /// What follows from a fresh decision and the notice.
    fn next_state(&self, previous: Option<&State>) -> State {
        let decision = self.setup.decide();
        self.purge(&decision);
        if self.setup.settings.declaration.server != Policy::Notice {
            return self.state_of(&decision, previous);
        }
        match decision.mode {
            // The notice is what makes an undecided server speak.
            Mode::Undecided if self.notice.show(&self.setup, &[]) => self.decide_again(previous),
            Mode::Undecided => State::Silent(Silence::Undecided(decision.because)),
            mode => {
                self.notice.was_answered();
                match decision.permit().filter(|_| mode == Mode::On) {
                    Some(permit) => self.state_beside_notice(&decision, &permit, previous),
                    None => self.state_of(&decision, previous),
                }
            }
        }
    }

    /// Shows the notice at each start, also to an installation that saw it before, and lets what a newer manifest
    /// added be recorded once its own first delay is over.
    fn state_beside_notice(&self, decision: &Decision, permit: &Permit, previous: Option<&State>) -> State {
        let wider = permit.wider(self.setup.settings.declaration);
        if previous.is_none() {
            self.notice.show_at_start(&self.setup, &wider);
        }
        if !wider.is_empty() && self.notice.may_widen(&self.setup) {
            notice_record::widen(&self.setup);
            return self.decide_again(previous);
        }
        self.state_of(decision, previous)
    }

    /// Decides once more after the notice was stored, which is itself an answer that counts.
    fn decide_again(&self, previous: Option<&State>) -> State {
        self.state_of(&self.setup.decide(), previous)
    }

    /// Deletes what an opt-out deletes here, and says so for what the host keeps elsewhere.
    fn purge(&self, decision: &Decision) {
        let purges = decision.purges();
        if purges && let Some(paths) = &self.setup.paths {
            // What could not be deleted is tried again with the next decision.
            let _ = consent::purge(paths);
        }
        let changed = purges != self.purges.swap(purges, Ordering::Relaxed);
        if changed {
            (self.setup.settings.purge_changed)();
        }
    }

    /// What follows from a decision alone: silence with its reason, or everything that recording needs.
    fn state_of(&self, decision: &Decision, previous: Option<&State>) -> State {
        let Some((permit, paths)) = decision.permit().zip(self.setup.paths.as_ref()) else {
            return State::Silent(match decision.mode {
                Mode::Undecided => Silence::Undecided(decision.because),
                _ => Silence::Off(decision.because),
            });
        };
        let shown_at = notice_record::first_shown(&self.setup, paths);
        let opens_at = self.setup.timing.reports.opens(shown_at);
        if self.setup.now() < opens_at {
            return State::Silent(Silence::FirstDelay(opens_at));
        }
        // Read each time: after an opt-out and a new consent it is another id.
        let Some(id) = installation(&permit, paths).map(|installation| installation.id) else {
            return State::Silent(Silence::NoId);
        };
        if self.setup.settings.makes_token {
            operator_token::make(&permit, paths);
        }
        let declaration = self.setup.settings.declaration;
        let wider_items = permit.wider(declaration).len();
        let mut reports = self.setup.timing.reports;
        let agreed = permit.report_every(declaration);
        if agreed > declaration.report_every {
            reports.every = reports.every.max(agreed);
        }
        let same = match previous {
            Some(State::Recording(recording))
                if recording.id == id && recording.permit.endpoint() == permit.endpoint() =>
            {
                Some(recording)
            }
            _ => None,
        };
        let timings = match same {
            Some(recording) => recording.timings.clone(),
            None => {
                let timings = self.setup.settings.timings.zip(run_id());
                timings.map(|(timings, run)| Arc::new(timings.begin(run)))
            }
        };
        // A recorder knows which items it may record, so it is opened anew when they become more.
        let (server, console) = match same {
            Some(recording) if recording.wider_items == wider_items => {
                (recording.server.clone(), recording.console.clone())
            }
            _ => (
                self.recorder(&permit, paths, Component::Server),
                self.recorder(&permit, paths, Component::Console),
            ),
        };
        let link = match permit.endpoint() {
            Some(endpoint) => link::named(id, self.setup.settings.version, endpoint),
            None => link::OFF.to_owned(),
        };
        State::Recording(Arc::new(Recording {
            permit,
            mode: decision.mode,
            because: decision.because,
            paths: paths.clone(),
            id,
            shown_at,
            reports,
            wider_items,
            link,
            server,
            console,
            timings,
        }))
    }

    /// The recorder of one component, bound to this permit.
    fn recorder(&self, permit: &Permit, paths: &Paths, component: Component) -> Recorder<'static> {
        let declaration = self.setup.settings.declaration;
        Recorder::open(permit.clone(), declaration, paths, self.setup.header(component))
    }
}

/// The last state, while it is young enough to be believed.
fn fresh(last: Option<&(Instant, State)>) -> Option<State> {
    last.filter(|(at, _)| at.elapsed() < MAX_DECISION_AGE).map(|(_, state)| state.clone())
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::AtomicUsize;

    use aboveboard_core::consent::Host;
    use aboveboard_core::environment::Environment;
    use aboveboard_types::clock::FixedClock;
    use aboveboard_types::declaration::Declaration;

    use super::*;
    use crate::server::Settings;

    #[test]
    fn a_notice_that_cannot_be_stored_is_shown_once_and_stored_when_it_can_be() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("data");
        std::fs::write(&directory, "a file where the directory is to be").unwrap();
        let declaration: &'static Declaration =
            Box::leak(Box::new(aboveboard_testkit::server_product::declaration()));
        let shown = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&shown);
        let mut settings = Settings::new(declaration, "1.0.0");
        settings.host = Host::default().endpoint(Some("http://127.0.0.1:9".to_owned())).allow_private(true);
        settings.environment = Environment::of([("", ""); 0]);
        settings.directory = Some(directory.clone());
        settings.clock = Box::new(FixedClock::at(1_800_000_000));
        settings.show = Box::new(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            true
        });
        let switch = Switch::new(Setup::new(settings));
        for _ in 0..3 {
            assert!(matches!(switch.decide(), State::Silent(Silence::Undecided(_))), "nothing is recorded");
        }
        assert_eq!(shown.load(Ordering::Relaxed), 1);

        std::fs::remove_file(&directory).unwrap();
        assert!(matches!(switch.decide(), State::Silent(Silence::FirstDelay(_))), "the delay runs");
        assert_eq!(shown.load(Ordering::Relaxed), 1);

        // Once it is stored, a deleted answer is a fresh start again.
        std::fs::remove_file(directory.join("consent")).unwrap();
        switch.decide();
        assert_eq!(shown.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_configuration_that_cannot_be_read_for_a_moment_silences_and_deletes_nothing() {
        use std::sync::Mutex;

        use aboveboard_types::typed::ConfigValue;

        let home = tempfile::tempdir().unwrap();
        let config: Arc<Mutex<ConfigValue>> = Arc::default();
        let declaration: &'static Declaration =
            Box::leak(Box::new(aboveboard_testkit::server_product::declaration()));
        let mut settings = Settings::new(declaration, "1.0.0");
        settings.host = Host::default().endpoint(Some("http://127.0.0.1:9".to_owned())).allow_private(true);
        settings.environment = Environment::of([("QUARRY_TELEMETRY_FIRST_DELAY", "0")]);
        settings.directory = Some(home.path().to_owned());
        settings.clock = Box::new(FixedClock::at(1_800_000_000));
        settings.show = Box::new(|_| true);
        let held = Arc::clone(&config);
        settings.read_config = Some(Box::new(move || held.lock().unwrap().clone()));
        let switch = Switch::new(Setup::new(settings));
        let id = || match switch.decide() {
            State::Recording(recording) => Some(recording.id),
            State::Silent(_) => None,
        };
        let before = id();
        assert!(before.is_some());
        for unread in [ConfigValue::UNREADABLE, Some("tru").into(), Err::<Option<bool>, _>("half").into()] {
            config.lock().unwrap().clone_from(&unread);
            assert!(matches!(switch.decide(), State::Silent(Silence::Off(Source::Config))), "{unread:?}");
            assert!(!switch.purges(), "{unread:?}");
            *config.lock().unwrap() = ConfigValue::default();
            assert_eq!(id(), before, "{unread:?}");
        }
        *config.lock().unwrap() = Some(false).into();
        assert!(id().is_none() && switch.purges());
        *config.lock().unwrap() = ConfigValue::default();
        assert!(id().is_some_and(|id| Some(id) != before), "a no that was read deletes");
    }

    #[test]
    fn what_is_in_the_way_on_the_disk_is_said_once_and_an_opt_out_needs_no_word() {
        use std::os::unix::fs::PermissionsExt as _;

        type Spoil = fn(&Path);
        let endpoint = "http://127.0.0.1:9";
        let spoil: [(&str, Spoil, usize); 4] = [
            ("an answer that everybody can write to", |home| set_mode(&home.join("consent"), 0o666), 1),
            (
                "an answer of a newer version",
                |home| std::fs::write(home.join("consent"), "answer=maybe\n").unwrap(),
                0,
            ),
            ("a state that everybody can write to", |home| set_mode(&home.join("telemetry"), 0o777), 1),
            ("an opt-out", |home| std::fs::write(home.join("consent"), "answer=no\n").unwrap(), 0),
        ];
        fn set_mode(path: &Path, mode: u32) {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        for (what, spoil, expected) in spoil {
            let home = tempfile::tempdir().unwrap();
            let declaration: &'static Declaration =
                Box::leak(Box::new(aboveboard_testkit::server_product::declaration()));
            let said: Arc<std::sync::Mutex<Vec<String>>> = Arc::default();
            let switch = || {
                let sink = Arc::clone(&said);
                let mut settings = Settings::new(declaration, "1.0.0");
                settings.host = Host::default().endpoint(Some(endpoint.to_owned())).allow_private(true);
                settings.environment = Environment::of([("QUARRY_TELEMETRY_FIRST_DELAY", "0")]);
                settings.directory = Some(home.path().to_owned());
                settings.clock = Box::new(FixedClock::at(1_800_000_000));
                settings.show = Box::new(move |line| {
                    sink.lock().unwrap().push(line.to_owned());
                    true
                });
                Switch::new(Setup::new(settings))
            };
            assert!(matches!(switch().decide(), State::Recording(_)), "{what}");
            spoil(home.path());
            said.lock().unwrap().clear();
            let restarted = switch();
            for _ in 0..3 {
                assert!(matches!(restarted.decide(), State::Silent(_)), "{what}");
            }
            let said = said.lock().unwrap();
            let is_told = |line: &&String| line.contains("records no usage data") && line.contains(REMEDY);
            let lines = said.iter().filter(is_told).count();
            assert_eq!(lines, expected, "{what}: {said:?}");
        }
    }
}
