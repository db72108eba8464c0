//! The panels, one file each.

mod actions;
mod active;
mod activity;
mod agents;
mod changes;
mod commands;
mod counts;
mod events;
mod field_value;
mod funnel;
mod funnels;
mod headline;
mod health;
mod list;
mod marks;
mod platforms;
mod quality;
mod releases;
mod retention;
mod routes;
mod series;
mod timings;
mod versions;

pub(crate) use changes::{none, sentence};
pub(crate) use list::{PANELS, panel_named};
pub(crate) use marks::title as mark_title;
pub(crate) use versions::arrivals;
