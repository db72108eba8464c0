//! Podman Desktop: an app in TypeScript that stays open, with extensions, on Node.

mod actions;
mod app;
mod consent;
mod extensions;
mod limits;
