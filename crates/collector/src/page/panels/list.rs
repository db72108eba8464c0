//! The panels in the order of the page.

use super::{
    actions, active, activity, changes, commands, counts, events, funnel, platforms, quality, retention,
    routes, timings, versions,
};
use crate::page::panel::Panel;

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
