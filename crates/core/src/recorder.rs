//! The one way in: with a permit, what is declared, into the spool.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::admission::{Admission, Refused};
use crate::consent::{Permit, still_permitted};
use crate::daily;
use crate::endpoint::{Endpoint, tag};
use crate::identity::installation;
use crate::own_files::SPOOL;
use crate::paths::Paths;
use crate::process::{self, Process};
use crate::repeats::Repeats;
use crate::spool::{Destination, Running, Writer};
use aboveboard_files::{Directory, Kept};
use aboveboard_types::clock::{self, day};
use aboveboard_types::declaration::{Component, Declaration, Limits, SampleRate};
use aboveboard_types::encode;
use aboveboard_types::envelope::{Header, Mark};
use aboveboard_types::event::{Command, Declared, Ending, Event, EventKind, Seconds};
use aboveboard_types::id::Id;
use aboveboard_types::limits::MAX_NUMBER;
use aboveboard_types::outcome::{DropReason, Fate, Recorded, Unrecorded};
use aboveboard_types::scope::Scope;
use aboveboard_types::value::Version;

/// Records the events of one component. Cheap to clone; usable from any thread; never waits for another process.
///
/// Where nothing can be written (a read-only home, a full disk, another user's directory), every record is
/// dropped and its reason returned; a host has no reason to look.
#[derive(Clone, Debug)]
pub struct Recorder<'d>(Arc<Inner<'d>>);

#[derive(Debug)]
struct Inner<'d> {
    declaration: &'d Declaration,
    component: Component,
    scope: Option<Arc<Scope>>,
    writer: Option<Writer>,
    /// Records lost to a disk that took nothing, to be counted as soon as it does.
    lost: AtomicU64,
    repeats: Repeats,
    limits: Bounds,
}

/// What the limits of the declared events of a component need.
#[derive(Debug, Default)]
struct Bounds {
    /// Where the days of daily events are kept.
    state: Option<Kept<Directory>>,
    /// The host that the events are for.
    host: String,
    /// Whose share of events is recorded; none where no event is shared out.
    installation: Option<Id>,
}

impl Bounds {
    fn of(permit: &Permit, declaration: &Declaration, places: &Paths, component: Component) -> Self {
        let any = |bound: fn(&Limits) -> bool| {
            declaration.events.iter().any(|event| event.component == component && bound(&event.limits))
        };
        let state = if any(|limits| limits.daily) {
            Directory::open(places.state()).and_then(Kept::new).ok()
        } else {
            None
        };
        let installation = if any(|limits| limits.share.is_some()) {
            installation(permit, places).map(|installation| installation.id)
        } else {
            None
        };
        let host = match &state {
            Some(_) => permit.endpoint().map(Endpoint::identity_host).unwrap_or_default(),
            None => String::new(),
        };
        Self { state, host, installation }
    }
}

/// How long a command may run, in seconds, and still be told with the time at which it began: a collector keeps the hour, and
/// places nothing that is older than a spool lets anything wait.
const MAX_RUN: Seconds = 3_600;

impl<'d> Recorder<'d> {
    /// Opens the spool, making its directories where they are missing.
    ///
    /// The permit is used up: it is as fresh as the decision it came from. An opt-out that is stored while the
    /// directories are being made is honoured.
    #[must_use]
    pub fn open(permit: Permit, declaration: &'d Declaration, places: &Paths, header: Header) -> Self {
        let component = header.component;
        let writer = spool(&permit, declaration, places).map(|spool| {
            let header = stable_or_not(header, &spool, places);
            let destination = Destination::of(&permit);
            let mut text = String::with_capacity(320);
            encode::push_header(&mut text, declaration, &header, &destination.endpoint);
            Writer::new(spool, &text, destination, places.clone())
        });
        // Read after the directories were made.
        let limits = if writer.is_some() {
            Bounds::of(&permit, declaration, places, component)
        } else {
            Bounds::default()
        };
        let scope = permit.scope.clone();
        let lost = AtomicU64::new(0);
        let repeats = Repeats::default();
        Self(Arc::new(Inner { declaration, component, scope, writer, lost, repeats, limits }))
    }

    /// Records one event. Once this returns `Ok` it survives a kill of the host; of repeats that the manifest folds,
    /// a kill may lose up to half.
    ///
    /// # Errors
    /// Why it was not recorded. Of drops, what could be counted was, and the next batch reports it; nothing else is one.
    pub fn record(&self, event: &Event<'_>) -> Fate {
        match self.0.admission(event.time).admit(event) {
            Ok(event) => match &event.kind {
                EventKind::Declared(declared) => self.within_limits(&event, declared),
                _ => Ok(self.write(&event, &|| ())?),
            },
            Err(refused) => Err(self.refuse(refused)),
        }
    }

    fn within_limits(&self, event: &Event<'_>, declared: &Declared<'_>) -> Fate {
        let Inner { declaration, limits: bounds, .. } = &*self.0;
        let known = declaration.events.iter().find(|known| known.name == declared.name);
        let limits = known.map_or(Limits::NONE, |known| known.limits);
        let is_another =
            |share: SampleRate| bounds.installation.is_some_and(|id| !share.has(id, declared.name));
        if limits.share.is_some_and(is_another) {
            return Err(Unrecorded::OutOfShare);
        }
        if limits.daily {
            let kept = bounds.state.as_ref().ok_or(DropReason::WriteFailed)?;
            let state = kept.get().map_err(|_| DropReason::WriteFailed)?;
            match daily::is_first(state, declared.name, &tag(&bounds.host), day(event.time)) {
                Ok(true) => {}
                Ok(false) => return Err(Unrecorded::RecordedToday),
                Err(_) => return Err(DropReason::WriteFailed.into()),
            }
        }
        let Some(window) = limits.fold else { return Ok(self.write(event, &|| ())?) };
        let lines = self.0.repeats.take(event.time, declared, u64::from(window));
        let mut recorded = Recorded::Folded;
        for json in &lines {
            recorded = self.append(json, &|| ())?;
        }
        Ok(recorded)
    }

    /// Writes the repeats that were only counted so far, so that they leave with the next batch.
    pub fn flush(&self) {
        for json in self.0.repeats.rest() {
            // What is lost was counted.
            let _ = self.append(&json, &|| ());
        }
    }

    /// Whether it has no spool to write to: it could not be opened, or was deleted or closed by the host since. Another
    /// recorder may find one.
    #[must_use]
    pub fn lacks_spool(&self) -> bool {
        let Some(Ok(spool)) = self.0.writer.as_ref().map(Writer::spool) else { return true };
        spool.own_stat().is_ok_and(|stat| stat.names() == 0)
    }

    /// Forgets the repeats that were only counted so far: an opt-out came.
    pub fn forget(&self) {
        drop(self.0.repeats.rest());
    }

    fn refuse(&self, refused: Refused) -> Unrecorded {
        match refused {
            Refused::Dropped(reason) => {
                self.dropped(reason, 1);
                reason.into()
            }
            Refused::Unasked => Unrecorded::Unasked,
        }
    }

    fn write(&self, event: &Event<'_>, then: &dyn Fn()) -> Result<Recorded, DropReason> {
        let mut json = String::with_capacity(256);
        encode::push_event(&mut json, event);
        self.append(&json, then)
    }

    fn append(&self, json: &str, then: &dyn Fn()) -> Result<Recorded, DropReason> {
        let writer = self.0.writer.as_ref().ok_or(DropReason::WriteFailed)?;
        self.counted(writer.append(json, then))
    }

    /// Counts what could not be written, and what could not before.
    fn counted(&self, done: Result<(), DropReason>) -> Result<Recorded, DropReason> {
        match &done {
            Ok(()) => {
                let lost = self.0.lost.swap(0, Relaxed);
                let count = |writer: &Writer| writer.count(DropReason::WriteFailed, lost);
                if lost > 0 && !self.0.writer.as_ref().is_some_and(count) {
                    self.0.lost.fetch_add(lost, Relaxed);
                }
            }
            Err(DropReason::WriteFailed) => {
                self.0.lost.fetch_add(1, Relaxed);
            }
            Err(reason) => self.dropped(*reason, 1),
        }
        done.map(|()| Recorded::Written)
    }

    /// Counts events that were dropped before they could be recorded (an undeclared name, a date that had passed).
    pub fn dropped(&self, reason: DropReason, number: u64) {
        if let Some(writer) = &self.0.writer {
            let _ = writer.count(reason, number.min(MAX_NUMBER));
        }
    }

    /// Begins a command of a CLI: from now on it is reported, as *unfinished* if the process dies before
    /// [`Run::end`]. `time` is when it began.
    ///
    /// # Errors
    /// Why it is not recorded. Drops are counted.
    pub fn begin(&self, command: &str, time: Seconds) -> Result<Run<'d>, Unrecorded> {
        let inner = &*self.0;
        let command = inner.admission(time).command(command).map_err(|refused| self.refuse(refused))?;
        let writer = inner.writer.as_ref().ok_or(DropReason::WriteFailed)?;
        let mut event = Event {
            time,
            kind: EventKind::Command(Command {
                command,
                run: Id::NIL,
                ending: Ending::Unfinished,
                server: None,
                server_version: None,
            }),
        };
        let opening = |id: Id| {
            if let EventKind::Command(command) = &mut event.kind {
                command.run = id;
            }
            let mut json = String::with_capacity(256);
            encode::push_event(&mut json, &event);
            json
        };
        let (running, id) = Running::begin(writer, opening).map_err(|_| DropReason::WriteFailed)?;
        let process = Process::this();
        Ok(Run { recorder: self.clone(), running, id, process, command, time, begun: clock::now() })
    }
}

impl<'d> Inner<'d> {
    fn admission(&self, time: Seconds) -> Admission<'_, 'd> {
        Admission {
            component: self.component,
            declaration: self.declaration,
            scope: self.scope.as_deref(),
            today: day(time),
        }
    }
}

impl std::ops::Drop for Inner<'_> {
    fn drop(&mut self) {
        if let Some(writer) = &self.writer {
            for json in self.repeats.rest() {
                let _ = writer.append(&json, &|| ());
            }
        }
    }
}

/// A command that has begun. Dropped without [`Run::end`], it is reported as unfinished.
#[derive(Debug)]
pub struct Run<'d> {
    recorder: Recorder<'d>,
    running: Running,
    id: Id,
    process: Process,
    command: &'d str,
    time: Seconds,
    /// The time by the clock of the machine when it was begun.
    begun: Seconds,
}

impl<'d> Run<'d> {
    /// The run's id: random, for this process alone.
    #[must_use]
    pub fn id(&self) -> Id {
        self.id
    }

    /// The recorder it was begun with.
    #[must_use]
    pub fn recorder(&self) -> &Recorder<'d> {
        &self.recorder
    }

    /// Ends the command. In a process that was forked off meanwhile this does nothing as long as the process lives that began
    /// it, which then records the end. Once that is gone, as after `daemon(3)`, the first of the others to come here does.
    ///
    /// # Errors
    /// Why the closing line could not be written.
    pub fn end(
        self,
        ending: Ending,
        server: Option<Id>,
        server_version: Option<Version>,
    ) -> Result<(), DropReason> {
        if self.is_of_another() {
            return Ok(());
        }
        let writer = self.recorder.0.writer.as_ref().ok_or(DropReason::WriteFailed)?;
        // Where it is gone the command is found as one that was left.
        let file = self.running.take_back().map_err(|_| DropReason::WriteFailed)?;
        let command = Command { command: self.command, run: self.id, ending, server, server_version };
        let event = Event {
            time: closing_time(self.time, self.begun, clock::now()),
            kind: EventKind::Command(command),
        };
        let mut json = String::with_capacity(256);
        encode::push_event(&mut json, &event);
        let done = writer.append(&json, &|| file.end(writer));
        // A process that has given up its rights can still write where it has a descriptor.
        if done == Err(DropReason::WriteFailed) && file.close(writer, &json).is_ok() {
            return Ok(());
        }
        if done.is_err() {
            file.end(writer);
        }
        self.recorder.counted(done).map(|_| ())
    }

    /// Forgets the command: it talked to a server whose telemetry is off.
    pub fn discard(self) {
        if !self.is_of_another()
            && let (Some(writer), Ok(file)) = (&self.recorder.0.writer, self.running.take_back())
        {
            file.end(writer);
        }
    }

    /// Whether the end is another process's to record: of one that began it and lives, or was faster.
    fn is_of_another(&self) -> bool {
        let is_forked = Process::this() != self.process;
        is_forked && (process::is_of_another(self.process) || !self.running.claim(self.id))
    }
}

/// The time of a command that began at `time`, when the clock showed `begun`, and ends now. It is `time`; but what ran for
/// longer than [`MAX_RUN`], or while the clock was set, bears the time at which it ends.
fn closing_time(time: Seconds, begun: Seconds, now: Seconds) -> Seconds {
    match now.checked_sub(begun) {
        Some(ran) if ran <= MAX_RUN => time,
        Some(ran) => time.saturating_add(ran),
        None => time.saturating_sub(begun - now),
    }
}

/// The header of what would be recorded at these places, for examples: nothing need be there yet.
#[must_use]
pub fn header_at(header: Header, places: &Paths) -> Header {
    let nearest = places.state().ancestors().find_map(|above| Directory::look_into(above).ok());
    match nearest.and_then(|nearest| Kept::new(nearest).ok()) {
        Some(nearest) => stable_or_not(header, &nearest, places),
        None => header,
    }
}

/// Marks what is recorded in a container under an id that goes with the container: the next start is another
/// installation, and one program would count as many.
fn stable_or_not(mut header: Header, spool: &Kept<Directory>, places: &Paths) -> Header {
    if header.marks.has(Mark::Container) && !places.is_kept_elsewhere() && spool.goes_with_container() {
        header.marks = header.marks.with(Mark::Unstable);
    }
    header
}

/// The spool's directory. `None` where it cannot be opened or made, or must not.
fn spool(permit: &Permit, declaration: &Declaration, places: &Paths) -> Option<Kept<Directory>> {
    if permit.product() != declaration.product {
        return None;
    }
    let state = match Directory::open(places.state()) {
        Ok(state) => state,
        Err(aboveboard_files::Errno::NOENT) => places.make_state().ok()?,
        Err(_) => return None,
    };
    match state.kept_directory(SPOOL) {
        Ok(spool) => Some(spool),
        Err(aboveboard_files::Errno::NOENT) => {
            let spool = state.make_directory(SPOOL).and_then(Kept::new).ok()?;
            still_permitted(places).then_some(spool)
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_bears_the_time_at_which_it_began_unless_no_collector_would_place_that() {
        const BEGUN: Seconds = 1_800_000_000;
        for (now, time) in [
            (BEGUN, BEGUN),
            (BEGUN + MAX_RUN, BEGUN),
            (BEGUN + MAX_RUN + 1, BEGUN + MAX_RUN + 1),
            (BEGUN + 15 * 86_400, BEGUN + 15 * 86_400),
            // A clock that is set back would have it end before it began.
            (BEGUN - 86_400, BEGUN - 86_400),
        ] {
            assert_eq!(closing_time(BEGUN, BEGUN, now), time, "{now}");
        }
        assert_eq!(closing_time(7, BEGUN, BEGUN + 86_400), 86_407, "by the clock of its caller");
    }
}
