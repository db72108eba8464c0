//! A script of a server: it says once what it counted, and ends.

use aboveboard_delivery::server::{Settings, Setup, State, Switch, last_report, take_turn};
use aboveboard_types::event::Report;

use super::words::words;
use crate::streams;

/// Records a report of these counts, if the server may record and one is due. The notice is shown if that is due. Returns
/// whether it was recorded, and in words why not.
///
/// # Errors
/// Why nothing was recorded.
pub(crate) fn report_once(mut settings: Settings, counts: Report<'static>) -> Result<(), String> {
    settings.show = Box::new(streams::to_people);
    let switch = Switch::new(Setup::new(settings));
    let state = switch.decide();
    let State::Recording(recording) = state else { return Err(words(&state)) };
    let now = switch.setup.now();
    let last = last_report(&recording.paths);
    let is_due = recording.reports.is_due(last, now);
    if !is_due || !take_turn(&recording.permit, &recording.paths, last, now) {
        return Err("there was a report within this interval".to_owned());
    }
    let is_recorded = recording.record_report(recording.report(counts), now);
    is_recorded.then_some(()).ok_or_else(|| "it could not be written".to_owned())
}
