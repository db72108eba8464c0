//! The thread that reports when it is due, delivers, and sleeps.

use std::time::{Duration, Instant};

use aboveboard_core::inspect::unsealed_bytes;
use aboveboard_delivery::limits::{MAX_COUNTING_TIME, MAX_UNDELIVERED_BYTES};
use aboveboard_delivery::server::{Agenda, Basis, Due, State, last_report, take_turn};
use aboveboard_types::event::{Report, Seconds};
use aboveboard_types::id::Id;

use super::deliver::deliver;
use super::inbox::Woken;
use super::shared::Shared;
use crate::streams;

/// How often the worker looks whether the link header has another value by now. A host that adds it to its responses
/// learns of an opt-out within this time.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);

/// How long the worker rests at least before what others have recorded wakes it. What a delivery leaves, since it is for
/// another endpoint, say, then costs no more than another look into the spool.
const MIN_BACKLOG_PAUSE: Duration = Duration::from_secs(10);

/// Works until the pipe is closed.
pub(super) fn run(shared: &Shared) {
    let mut agenda = Agenda::new(shared.switch.setup.timing);
    let mut has_backlog = false;
    loop {
        let state = shared.switch.decide();
        let link = state.link().to_owned();
        let wake_at = turn(shared, state, &mut agenda, has_backlog);
        let seconds = agenda.seconds_until(wake_at, shared.switch.setup.now());
        match rest(shared, &link, Duration::from_secs(seconds)) {
            Woken::Ended => return,
            woken => has_backlog = woken == Woken::Backlog,
        }
    }
}

/// Sleeps, and looks now and then. Where the server may do other things than before, there may be something to do; and where
/// a bridge has recorded much, which tells nothing to this process.
fn rest(shared: &Shared, link: &str, limit: Duration) -> Woken {
    let began = Instant::now();
    let until = began + limit;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let woken = shared.inbox.wait(left.min(LOOK_INTERVAL));
        let state = shared.look();
        if woken != Woken::Elapsed || left <= LOOK_INTERVAL || state.link() != link {
            return woken;
        }
        if let State::Recording(recording) = state
            && began.elapsed() >= MIN_BACKLOG_PAUSE
            && unsealed_bytes(&recording.paths) >= MAX_UNDELIVERED_BYTES
        {
            return Woken::Backlog;
        }
    }
}

/// Does what is due, and says when to wake next.
fn turn(shared: &Shared, state: State, agenda: &mut Agenda, has_backlog: bool) -> Seconds {
    shared.look();
    let setup = &shared.switch.setup;
    let now = setup.now();
    let recording = match state {
        State::Recording(recording) => recording,
        State::Silent(silence) => {
            shared.count_drops(&state);
            // What an opt-out leaves or deletes is not delivered, so a backlog of it is no reason to wake.
            shared.inbox.nothing_waits();
            return agenda.asks_again_at(silence, now);
        }
    };
    let basis = Basis::of(&recording, setup);
    let last = last_report(&recording.paths);
    let Due { report: is_due, mut delivery } = agenda.due(&basis, last, has_backlog, now);
    if is_due {
        delivery |= report(shared, recording.id, last, now);
        agenda.reported(&basis, last, last_report(&recording.paths), now);
    }
    if delivery {
        let not_before = deliver(shared, now);
        agenda.delivered(not_before, now);
    }
    agenda.wake_at()
}

/// Asks for the counts and records the report, if the turn is still ours by then. True if a report was recorded.
fn report(shared: &Shared, id: Id, last: Option<Seconds>, now: Seconds) -> bool {
    let Some(counts) = counts(shared, id) else {
        shared.explain("no counts came, so there is no report this time");
        return false;
    };
    // Counting may have taken half a minute, in which an opt-out may have come or another replica have reported.
    let State::Recording(recording) = shared.switch.decide() else { return false };
    recording.id == id
        && take_turn(&recording.permit, &recording.paths, last, now)
        && recording.record_report(recording.report(counts), now)
}

/// What the host counted for this installation: asked for now, or else the newest of the last interval.
fn counts(shared: &Shared, id: Id) -> Option<Report<'static>> {
    let setup = &shared.switch.setup;
    if setup.settings.declaration.counts.is_empty() {
        return Some(Report { counts: Vec::new(), timings: None });
    }
    let asked = Instant::now();
    streams::to_host(r#"{"wants":"counts"}"#);
    let interval = Duration::from_secs(setup.timing.reports.every);
    let until = asked + MAX_COUNTING_TIME.min(interval);
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let is_over = shared.inbox.wait_counts(id, asked, left.min(LOOK_INTERVAL)) || left <= LOOK_INTERVAL;
        if !matches!(shared.look(), State::Recording(recording) if recording.id == id) {
            return None;
        }
        if is_over {
            return shared.inbox.counts_since(id, asked.checked_sub(interval));
        }
    }
}

#[cfg(test)]
mod tests {
    use aboveboard_delivery::limits::MAX_UNDELIVERED_EVENTS;
    use aboveboard_delivery::server::Settings;

    use super::*;
    use crate::relay::server::sample::declaration;

    #[test]
    fn a_backlog_that_an_opt_out_found_wakes_nobody() {
        let mut settings = Settings::new(declaration(), "1.0.0");
        settings.host = settings.host.flag(Some("false"));
        let shared = Shared::new(settings, false);
        for _ in 0..MAX_UNDELIVERED_EVENTS {
            shared.inbox.recorded();
        }
        assert_eq!(shared.inbox.wait(Duration::ZERO), Woken::Backlog);
        let mut agenda = Agenda::new(shared.switch.setup.timing);
        turn(&shared, shared.switch.decide(), &mut agenda, true);
        assert_eq!(shared.inbox.wait(Duration::ZERO), Woken::Elapsed);
    }
}
