//! The one way in: with a permit, what is declared, into the spool.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::clock::day;
use crate::consent::answer::{self, Choice, Found};
use crate::consent::{Permit, purge};
use crate::declaration::{Component, Declaration, List, Text};
use crate::disk::Directory;
use crate::envelope::Header;
use crate::event::{Command, Declared, Ending, Event, Kind, Report, Seconds, UNKNOWN_ROUTE};
use crate::id::Id;
use crate::outcome::Drop;
use crate::places::Places;
use crate::spool::{Running, Writer};
use crate::value::Version;
use crate::wire;

/// Records the events of one component. Cheap to clone; usable from any thread; never waits for anybody.
///
/// Where nothing can be written (a read-only home, a full disk, somebody else's directory), every record is
/// dropped and its reason returned; a host has no reason to look.
#[derive(Clone, Debug)]
pub struct Recorder<'d>(Arc<Inner<'d>>);

#[derive(Debug)]
struct Inner<'d> {
    declaration: &'d Declaration,
    component: Component,
    writer: Option<Writer>,
    /// Records lost to a disk that took nothing, to be counted as soon as it does.
    lost: AtomicU64,
}

impl<'d> Recorder<'d> {
    /// Opens the spool, making its directories where they are missing.
    ///
    /// The permit is used up: it is as fresh as the decision it came from. A no that is stored while the
    /// directories are being made is honoured.
    #[must_use]
    pub fn open(permit: Permit, declaration: &'d Declaration, places: &Places, header: Header) -> Self {
        let component = header.component;
        let writer = spool(&permit, declaration, places).map(|spool| {
            let mut text = String::with_capacity(256);
            wire::push_header(&mut text, declaration, &header);
            Writer::new(spool, &text)
        });
        Self(Arc::new(Inner { declaration, component, writer, lost: AtomicU64::new(0) }))
    }

    /// Records one event. Once this returns `Ok` it survives a kill of the host.
    ///
    /// # Errors
    /// Why it was dropped. What could be counted was: the next batch tells it.
    pub fn record(&self, event: &Event<'_>) -> Result<(), Drop> {
        let inner = &*self.0;
        let today = day(event.time);
        match check(event, inner.component, inner.declaration, today) {
            Ok(None) => self.write(event),
            Ok(Some(event)) => self.write(&event),
            Err(reason) => {
                self.dropped(reason, 1);
                Err(reason)
            }
        }
    }

    fn write(&self, event: &Event<'_>) -> Result<(), Drop> {
        let writer = self.0.writer.as_ref().ok_or(Drop::WriteFailed)?;
        let mut json = String::with_capacity(256);
        wire::push_event(&mut json, event);
        let done = writer.append(&json);
        match done {
            Ok(()) => {
                let lost = self.0.lost.swap(0, Relaxed);
                if lost > 0 && !writer.count(Drop::WriteFailed, lost) {
                    self.0.lost.fetch_add(lost, Relaxed);
                }
            }
            Err(Drop::WriteFailed) => {
                self.0.lost.fetch_add(1, Relaxed);
            }
            Err(reason) => self.dropped(reason, 1),
        }
        done
    }

    /// Counts events that were dropped before they could be recorded (an undeclared name, a sampled one).
    pub fn dropped(&self, reason: Drop, number: u64) {
        if let Some(writer) = &self.0.writer {
            let _ = writer.count(reason, number);
        }
    }

    /// Begins a command of a CLI: from now on it is told, as *unfinished* if the process dies before
    /// [`Run::end`]. `time` is when it began.
    ///
    /// # Errors
    /// Why it is not recorded; undeclared commands are counted.
    pub fn begin(&self, command: &str, time: Seconds) -> Result<Run<'d>, Drop> {
        let inner = &*self.0;
        let Some(command) =
            find(&inner.declaration.commands, command).filter(|_| inner.component == Component::Cli)
        else {
            self.dropped(Drop::Undeclared, 1);
            return Err(Drop::Undeclared);
        };
        let writer = inner.writer.as_ref().ok_or(Drop::WriteFailed)?;
        let mut event = Event {
            time,
            kind: Kind::Command(Command {
                command,
                run: Id::NIL,
                ending: Ending::Unfinished,
                server: None,
                server_version: None,
            }),
        };
        let opening = |id: Id| {
            if let Kind::Command(command) = &mut event.kind {
                command.run = id;
            }
            let mut json = String::with_capacity(256);
            wire::push_event(&mut json, &event);
            json
        };
        let (running, id) = Running::begin(writer, opening).map_err(|_| Drop::WriteFailed)?;
        let process = rustix::process::getpid();
        Ok(Run { recorder: self.clone(), running, id, process, command, time })
    }
}

/// A command that has begun. Dropped without [`Run::end`], it is told as unfinished.
#[derive(Debug)]
pub struct Run<'d> {
    recorder: Recorder<'d>,
    running: Running,
    id: Id,
    process: rustix::process::Pid,
    command: &'d str,
    time: Seconds,
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

    /// Ends the command. In a process that was forked off meanwhile this does nothing: its parent tells.
    ///
    /// # Errors
    /// Why the closing line could not be written.
    pub fn end(
        self,
        ending: Ending,
        server: Option<Id>,
        server_version: Option<Version>,
    ) -> Result<(), Drop> {
        if self.is_forked() {
            return Ok(());
        }
        let command = Command { command: self.command, run: self.id, ending, server, server_version };
        let done = self.recorder.write(&Event { time: self.time, kind: Kind::Command(command) });
        self.leave();
        done
    }

    /// Forgets the command: it talked to a server whose telemetry is off.
    pub fn discard(self) {
        if !self.is_forked() {
            self.leave();
        }
    }

    fn leave(self) {
        if let Some(writer) = &self.recorder.0.writer {
            self.running.end(writer.spool());
        }
    }

    fn is_forked(&self) -> bool {
        rustix::process::getpid() != self.process
    }
}

/// The spool's directory. `None` where it cannot be had, or must not.
fn spool(permit: &Permit, declaration: &Declaration, places: &Places) -> Option<Directory> {
    if permit.product() != declaration.product {
        return None;
    }
    let state = match Directory::open(places.state()) {
        Ok(state) => state,
        Err(rustix::io::Errno::NOENT) => made(places)?,
        Err(_) => return None,
    };
    match state.directory("spool") {
        Ok(spool) => Some(spool),
        Err(rustix::io::Errno::NOENT) => {
            let spool = state.make_directory("spool").ok()?;
            still_permitted(places).then_some(spool)
        }
        Err(_) => None,
    }
}

fn made(places: &Places) -> Option<Directory> {
    Directory::make(places.state()).ok().map(|(state, _)| state)
}

/// Directories are made when there are none: at the first time, or because a no has just deleted them.
fn still_permitted(places: &Places) -> bool {
    let said_no = matches!(
        answer::read(places.answer()),
        Found::Unreadable | Found::Answer(answer::Answer { choice: Choice::No, .. })
    );
    if said_no {
        let _ = purge(places);
    }
    !said_no
}

/// Whether the manifest declares all of an event. A report comes back without the counts that have expired, if
/// there are any.
fn check<'e>(
    event: &Event<'e>,
    component: Component,
    declaration: &Declaration,
    today: u32,
) -> Result<Option<Event<'e>>, Drop> {
    let declared = |is: bool| if is { Ok(None) } else { Err(Drop::Undeclared) };
    match &event.kind {
        Kind::Command(command) => {
            declared(component == Component::Cli && find(&declaration.commands, command.command).is_some())
        }
        Kind::Console(console) => {
            let action = |name: &str| declaration.actions.iter().any(|action| action.name == name);
            let route = console.route == UNKNOWN_ROUTE || find(&declaration.routes, console.route).is_some();
            declared(component == Component::Console && route && console.action.is_none_or(action))
        }
        Kind::Report(report) => {
            declared(component == Component::Server && report_is_declared(report, declaration))?;
            Ok(without_expired(report, declaration, today)
                .map(|report| Event { time: event.time, kind: Kind::Report(report) }))
        }
        Kind::Declared(event) => {
            let known = declaration.events.iter().find(|known| known.name == event.name);
            let known = known.filter(|known| known.component == component).ok_or(Drop::Undeclared)?;
            declared(fields_are_declared(event, known))?;
            if today >= known.until { Err(Drop::Expired) } else { Ok(None) }
        }
    }
}

fn report_is_declared(report: &Report<'_>, declaration: &Declaration) -> bool {
    use crate::event::Cells;
    report.counts.iter().all(|count| {
        declaration.counts.iter().any(|known| {
            known.name == count.name
                && match &count.cells {
                    Cells::One(_) => known.by.is_empty(),
                    Cells::By(cells) => {
                        !known.by.is_empty() && cells.iter().all(|(name, _)| find(&known.by, name).is_some())
                    }
                }
        })
    })
}

fn without_expired<'e>(report: &Report<'e>, declaration: &Declaration, today: u32) -> Option<Report<'e>> {
    let expired =
        |name: &str| declaration.counts.iter().any(|known| known.name == name && today >= known.until);
    report.counts.iter().any(|count| expired(count.name)).then(|| Report {
        counts: report.counts.iter().filter(|count| !expired(count.name)).cloned().collect(),
    })
}

fn fields_are_declared(event: &Declared<'_>, known: &crate::declaration::EventDeclaration) -> bool {
    event
        .fields
        .iter()
        .all(|(name, value)| known.fields.iter().any(|field| field.name == *name && field.kind.allows(value)))
}

fn find<'d>(list: &'d List<Text>, name: &str) -> Option<&'d str> {
    list.iter().find(|known| *known == name).map(|known| &**known)
}
