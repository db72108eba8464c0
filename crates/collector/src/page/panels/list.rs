//! The panels in the order of the page.

use super::{
    actions, active, activity, agents, changes, commands, counts, events, funnel, funnels, headline, health,
    marks, platforms, quality, releases, retention, routes, series, timings, versions,
};
use crate::page::panel::NamedPanel;

/// Every panel, in the order of the page.
pub(crate) static PANELS: [NamedPanel; 21] = [
    ("health", &health::HealthPanel),
    ("headline", &headline::HeadlinePanel),
    ("series", &series::SeriesPanel),
    ("active", &active::ActivePanel),
    ("activity", &activity::ActivityPanel),
    ("changes", &changes::ChangesPanel),
    ("releases", &releases::ReleasesPanel),
    ("versions", &versions::VersionsPanel),
    ("commands", &commands::CommandsPanel),
    ("counts", &counts::CountsPanel),
    ("timings", &timings::TimingsPanel),
    ("retention", &retention::RetentionPanel),
    ("actions", &actions::ActionsPanel),
    ("routes", &routes::RoutesPanel),
    ("events", &events::EventsPanel),
    ("marks", &marks::MarksPanel),
    ("agents", &agents::AgentsPanel),
    ("funnels", &funnels::FunnelsPanel),
    ("funnel", &funnel::FunnelPanel),
    ("platforms", &platforms::PlatformsPanel),
    ("quality", &quality::QualityPanel),
];

/// The panel of this name.
pub(crate) fn panel_named(name: &str) -> Option<NamedPanel> {
    PANELS.into_iter().find(|(known, _)| *known == name)
}
