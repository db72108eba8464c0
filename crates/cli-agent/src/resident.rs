//! Telemetry of a process that lives: events and commands as they come, by decisions that stay fresh.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

use aboveboard_core::consent::{Host, Source};
use aboveboard_core::paths::Paths;
use aboveboard_core::process::Process;
use aboveboard_core::recorder::{Recorder, Run};
use aboveboard_types::clock;
use aboveboard_types::declaration::Component;
use aboveboard_types::event::{Ending, Event};
use aboveboard_types::outcome::{DropReason, Fate, Recorded, Unrecorded};
use aboveboard_types::typed::ConfigValue;

use crate::command::ReadConfig;
use crate::helper::{self, DueFile, Next, Watch};
use crate::side::{MAX_DECISION_AGE, Side};
use crate::verbs::words;
use crate::{Peer, Settings, delivering};

/// How many commands may be open at once. Each holds a file under its lock.
pub const MAX_RUNS: usize = 256;

/// How soon a delivery that was due and that another process had taken is looked at again.
const DELIVERY_RETRY: Duration = Duration::from_secs(60);

/// Telemetry of a process that lives. Made by [`Agent::resident`](crate::Agent::resident).
///
/// It looks at the consent sources again whenever something is to be recorded and its last look is two seconds old. So it
/// begins to record when consent comes, and stops and forgets what it had only counted when an opt-out does. Until then it
/// makes nothing. It never waits for the network. While it records, the delivery helper is started once an interval; a
/// process that records seldom calls [`tend`](Self::tend) by itself, at the time of [`tends_at`](Self::tends_at).
#[must_use]
pub struct Resident {
    settings: Settings<'static>,
    flag: Option<String>,
    config: ConfigValue,
    read_config: Option<ReadConfig>,
    host: Host,
    paths: Option<Paths>,
    sides: Vec<Side>,
    decided: Option<Instant>,
    runs: BTreeMap<u64, OpenRun>,
    /// By the last word of a server that was not about one run alone.
    peer: Peer,
    /// Drops that no recorder has counted yet.
    drops: BTreeMap<DropReason, u64>,
    /// When these are written down, if nothing is recorded before.
    drops_due: Option<SystemTime>,
    /// Before this no delivery is looked for: the last look changed nothing about when it is due.
    not_before: Option<Instant>,
    /// When what is due is looked for with what is recorded.
    watch: Watch,
    /// The process that began it.
    process: Process,
}

/// A command between its beginning and its end.
struct OpenRun {
    /// Or why it is not recorded.
    run: Result<Run<'static>, Unrecorded>,
    peer: Peer,
}

impl std::fmt::Debug for Resident {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resident")
            .field("product", &self.settings.declaration.product)
            .finish_non_exhaustive()
    }
}

impl Resident {
    pub(crate) fn new(
        settings: Settings<'static>,
        flag: Option<String>,
        read_config: Option<ReadConfig>,
    ) -> Self {
        let interval = settings.interval();
        Self {
            paths: settings.paths(),
            settings,
            flag,
            config: ConfigValue::default(),
            read_config,
            host: Host::default(),
            sides: Vec::new(),
            decided: None,
            runs: BTreeMap::new(),
            peer: Peer::Unknown,
            drops: BTreeMap::new(),
            drops_due: None,
            not_before: None,
            watch: Watch::begin(clock::now(), interval),
            process: Process::this(),
        }
    }

    /// Records one event of a component, and from time to time does what is due.
    pub fn record(&mut self, component: Component, event: &Event<'_>) -> Fate {
        if self.peer == Peer::Off {
            return Err(Unrecorded::ServerOff);
        }
        let fate = self.attempt(component, |recorder| recorder.record(event));
        if self.watch.is_time(clock::now()) {
            self.tend();
        }
        fate
    }

    /// Begins a command under a number of the caller's choice. Whether it is recorded or not, it is open until
    /// [`end`](Self::end), except where the number is of an open one, or [`MAX_RUNS`] are open: then it is dropped and
    /// counted.
    pub fn begin(&mut self, number: u64, command: &str) -> Fate {
        if self.is_open(number) {
            return self.refuse(DropReason::Undeclared);
        }
        if self.runs.len() >= MAX_RUNS {
            return self.refuse(DropReason::WriteFailed);
        }
        let run = self.attempt(Component::Cli, |recorder| recorder.begin(command, clock::now()));
        let fate = run.as_ref().map(|_| Recorded::Written).map_err(|why| *why);
        self.runs.insert(number, OpenRun { run, peer: self.peer });
        fate
    }

    /// Whether a command of this number is open.
    #[must_use]
    pub fn is_open(&self, number: u64) -> bool {
        self.runs.contains_key(&number)
    }

    /// How many commands are open.
    #[must_use]
    pub fn open_runs(&self) -> usize {
        self.runs.len()
    }

    /// Ends a command. Does nothing where none of this number is open.
    pub fn end(&mut self, number: u64, ending: Ending) -> Option<Fate> {
        self.look();
        let open = self.runs.remove(&number)?;
        Some(self.end_open(open, ending))
    }

    fn end_open(&self, open: OpenRun, ending: Ending) -> Fate {
        let run = open.run?;
        let side =
            self.sides.iter().find(|side| side.component() == Component::Cli).ok_or(Unrecorded::Off)?;
        side.open_channel()?.end(run, ending, open.peer, &side.settings)
    }

    /// The consent source by which it was last decided whether a component records, as it stands in a sentence after
    /// *because of the*.
    #[must_use]
    pub fn because(&self, component: Component) -> &'static str {
        let side = self.sides.iter().find(|side| side.component() == component);
        words::source(side.map_or(Source::Place, Side::because))
    }

    /// Takes a value of the link header: for one open command, or for all that are open and what comes later. A value
    /// that is not as expected says nothing.
    pub fn link(&mut self, value: &str, number: Option<u64>) {
        let said = Peer::parse(value);
        let about = |open: &u64| number.is_none_or(|number| number == *open);
        for (_, open) in self.runs.iter_mut().filter(|(open, _)| about(open)) {
            open.peer = open.peer.stricter(said);
        }
        if number.is_none() && said != Peer::Unknown {
            self.peer = said;
        }
    }

    /// Counts what was dropped before it came here, unless telemetry is off or undecided.
    pub fn dropped(&mut self, reason: DropReason, number: u64) {
        let component = self.settings.component;
        if number > 0 && self.side(component).is_ok() {
            let count = self.drops.entry(reason).or_default();
            *count = count.saturating_add(number);
            self.drops_due.get_or_insert_with(|| SystemTime::now() + MAX_DECISION_AGE);
        }
    }

    /// When there is something to do for [`tend`](Self::tend) unless something is recorded before; `None` for never.
    #[must_use]
    pub fn tends_at(&self) -> Option<SystemTime> {
        let now = SystemTime::now();
        let sends = self.sides.iter().filter_map(Side::channel).any(|channel| channel.permit.may_send());
        // The first delivery gets its date when it is looked for.
        let due = sends.then(|| self.due(now).unwrap_or(now));
        let pause =
            self.not_before.map(|at| at.saturating_duration_since(Instant::now())).unwrap_or_default();
        let due = due.map(|due| due.max(now + pause));
        self.drops_due.into_iter().chain(due).min()
    }

    /// Does what is due: writes down drops, and starts the delivery helper.
    pub fn tend(&mut self) {
        self.see_to(Next::Stays);
    }

    fn see_to(&mut self, next: Next) {
        self.look();
        self.write_drops();
        self.deliver(next);
        let now = SystemTime::now();
        let is_still_due = self.due(now).is_none_or(|due| due <= now);
        self.not_before = is_still_due.then(|| Instant::now() + DELIVERY_RETRY);
    }

    fn deliver(&self, next: Next) {
        let Some(paths) = &self.paths else { return };
        let mut permits = self.sides.iter().filter_map(Side::channel).map(|channel| &channel.permit);
        if let Some(permit) = permits.find(|permit| permit.may_send()) {
            let consents = helper::consents(self.flag.as_deref(), &self.config);
            delivering::if_due(&self.settings, permit, paths, consents, next, self.process, || self.flush());
        }
    }

    /// When the next delivery is due; none before the first was looked for.
    fn due(&self, now: SystemTime) -> Option<SystemTime> {
        let paths = self.paths.as_ref()?;
        DueFile::of(paths.state(), self.settings.interval()).date(now)
    }

    /// Records the commands that are still open as unfinished, writes what was only counted, and starts the delivery
    /// helper if it is due, without waiting for it, or delivers as [`deliver_at_exit`](crate::Agent::deliver_at_exit) says.
    pub fn close(mut self) {
        let open: Vec<u64> = self.runs.keys().copied().collect();
        for number in open {
            let _ = self.end(number, Ending::Unfinished);
        }
        self.look();
        self.flush();
        self.see_to(Next::Ends);
    }

    /// Writes the repeats that were only counted so far.
    fn flush(&self) {
        self.sides.iter().filter_map(Side::channel).for_each(|channel| channel.recorder.flush());
    }

    /// Tries with the recorder of a component. Where its directory is gone, as after an erasure, with another one.
    fn attempt<T>(
        &mut self,
        component: Component,
        attempt: impl Fn(&Recorder<'static>) -> Result<T, Unrecorded>,
    ) -> Result<T, Unrecorded> {
        let side = self.side(component)?;
        let recorder = &side.open_channel()?.recorder;
        let tried = attempt(recorder);
        let has_failed = matches!(tried, Err(Unrecorded::Dropped(DropReason::WriteFailed)));
        if !has_failed || !recorder.lacks_spool() {
            return tried;
        }
        side.let_go();
        self.decide();
        attempt(&self.side(component)?.open_channel()?.recorder)
    }

    fn refuse(&mut self, reason: DropReason) -> Fate {
        self.dropped(reason, 1);
        Err(reason.into())
    }

    fn write_drops(&mut self) {
        let drops = std::mem::take(&mut self.drops);
        self.drops_due = None;
        if let Some(channel) = self.sides.iter().find_map(Side::channel) {
            drops.into_iter().for_each(|(reason, number)| channel.recorder.dropped(reason, number));
        }
    }

    /// The side of a component, by a decision that is fresh, where it may record.
    fn side(&mut self, component: Component) -> Result<&mut Side, Unrecorded> {
        self.look();
        if !self.sides.iter().any(|side| side.component() == component) {
            let settings = Settings { component, ..self.settings.clone() };
            let mut side = Side::new(settings);
            side.decide(&self.host, self.paths.as_ref().ok_or(Unrecorded::Off)?);
            self.sides.push(side);
        }
        let mut sides = self.sides.iter_mut();
        let side = sides.find(|side| side.component() == component).ok_or(Unrecorded::Off)?;
        side.open_channel()?;
        Ok(side)
    }

    /// Decides, unless the last decision is fresh.
    fn look(&mut self) {
        if self.decided.is_none_or(|at| at.elapsed() >= MAX_DECISION_AGE) {
            self.decide();
            self.write_drops();
        }
    }

    fn decide(&mut self) {
        self.decided = Some(Instant::now());
        self.config = self.read_config.as_mut().map_or_else(ConfigValue::default, |read| read());
        self.host = self.settings.host(self.flag.as_deref(), &self.config);
        let Some(paths) = &self.paths else { return };
        for side in &mut self.sides {
            side.decide(&self.host, paths);
        }
        let cli = self.sides.iter().find(|side| side.component() == Component::Cli);
        if let Some(Err(why)) = cli.map(Side::open_channel) {
            for open in self.runs.values_mut() {
                let _ = std::mem::replace(&mut open.run, Err(why)).map(Run::discard);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use aboveboard_core::environment::Environment;
    use aboveboard_types::declaration::Declaration;
    use aboveboard_types::value::Version;

    use super::*;

    #[test]
    fn without_a_directory_of_the_user_the_configuration_is_read_no_more_often_than_with_one() {
        let mut settings = Settings::new(&Declaration::EMPTY, Version::default());
        settings.environment = Environment::of([("PATH", "/bin")]);
        let reads = Rc::new(Cell::new(0));
        let counted = Rc::clone(&reads);
        let read = move || {
            counted.set(counted.get() + 1);
            ConfigValue::default()
        };
        let mut resident = Resident::new(settings, None, Some(Box::new(read)));
        let begun = Instant::now();
        for number in 0..100 {
            assert_eq!(resident.begin(number, "init"), Err(Unrecorded::Off));
        }
        // A machine that is very slow may have needed several decisions' time.
        let most = 1 + begun.elapsed().as_secs() / MAX_DECISION_AGE.as_secs();
        assert!(reads.get() <= most, "{}", reads.get());
    }
}
