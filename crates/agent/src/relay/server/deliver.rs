//! One delivery, driven to its end by blocking.

use aboveboard_cli_agent::finish_interrupted_erasure;
use aboveboard_delivery::server::{Recording, State};
use aboveboard_delivery::{Pace, Round};
use aboveboard_types::event::Seconds;

use super::shared::Shared;

/// Delivers what waits. Returns the time before which nothing more may be sent, where there is one.
pub(super) fn deliver(shared: &Shared, now: Seconds) -> Option<Seconds> {
    shared.inbox.nothing_waits();
    let setup = &shared.switch.setup;
    let declaration = setup.settings.declaration;
    let paths = setup.paths.as_ref()?;
    // Of an installation that is being erased nothing is sent any more; where that is finished now, another begins.
    finish_interrupted_erasure(&declaration.product, paths).ok()?;
    let state = shared.switch.decide();
    shared.count_drops(&state);
    let State::Recording(recording) = state else { return None };
    let pace = Pace::every(setup.timing.reports.every);
    let round = recording.round(declaration, pace, now)?;
    send(shared, &recording, round)
}

#[cfg(feature = "uploader")]
fn send(shared: &Shared, recording: &Recording, mut round: Round) -> Option<Seconds> {
    use aboveboard_cli_agent::Http;
    use aboveboard_delivery::proxy::Way;
    use aboveboard_delivery::{Step, Transport as _, Verdict};

    let setup = &shared.switch.setup;
    // Certificates that the operator trusts in place of the roots of the web.
    let variable = format!("{}TELEMETRY_ROOTS", setup.settings.declaration.variable_prefix());
    let roots = setup.settings.environment.path(&variable);
    let way = Way::to(round.endpoint(), &setup.settings.environment);
    let mut http = Http::new(round.endpoint(), roots.as_deref(), &way);
    loop {
        let request = match round.next(setup.now()) {
            Step::Send(request) => request,
            Step::Wait(until) => return Some(until),
            Step::Done => return None,
        };
        if !may_still_send(shared, recording) {
            return None;
        }
        let reply = http.post(&request);
        if let Some(Verdict { batch, fate, .. }) = round.reply(setup.now(), &reply) {
            shared.explain(&format!("batch {batch}: {}", fate.name()));
        }
    }
}

/// Whether this delivery may go on: nothing has ended, there is no opt-out, and id and endpoint are those it began with.
#[cfg(feature = "uploader")]
fn may_still_send(shared: &Shared, before: &Recording) -> bool {
    !shared.inbox.is_ended()
        && matches!(shared.switch.decide(), State::Recording(recording) if recording.is_same(before))
}

/// A build without the network keeps what was sealed.
#[cfg(not(feature = "uploader"))]
fn send(_shared: &Shared, _recording: &Recording, _round: Round) -> Option<Seconds> {
    None
}
