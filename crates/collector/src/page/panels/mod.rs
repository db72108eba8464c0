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
    &changes::ChangesPanel,
    &active::ActivePanel,
    &activity::ActivityPanel,
    &versions::VersionsPanel,
    &commands::CommandsPanel,
    &counts::CountsPanel,
    &timings::TimingsPanel,
    &actions::ActionsPanel,
    &routes::RoutesPanel,
    &events::EventsPanel,
    &platforms::PlatformsPanel,
    &funnel::FunnelPanel,
    &retention::RetentionPanel,
    &quality::QualityPanel,
];
