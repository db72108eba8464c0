//! The panels, one file each.

mod actions;
mod active;
mod activity;
mod changes;
mod commands;
mod counts;
mod events;
mod field_value;
mod funnel;
mod platforms;
mod quality;
mod retention;
mod routes;
mod timings;
mod versions;

use super::panel::Panel;

/// Every panel, in the order of the page.
pub(crate) static PANELS: [&dyn Panel; 14] = [
    &changes::Changes,
    &active::Active,
    &activity::Activity,
    &versions::Versions,
    &commands::Commands,
    &counts::Counts,
    &timings::Timings,
    &actions::Actions,
    &routes::Routes,
    &events::Events,
    &platforms::Platforms,
    &funnel::Funnel,
    &retention::Retention,
    &quality::Quality,
];
