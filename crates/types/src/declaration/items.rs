//! Counts, actions and events.

use super::component::Component;
use super::field::FieldDeclaration;
use super::limits::Limits;
use super::text::{List, Text};

/// A declared count.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CountDeclaration {
    /// Its name.
    pub name: Text,
    /// The closed list that splits it; empty for a single number.
    pub by: List<Text>,
    /// Day (since 1970-01-01) from which it is no longer recorded; `u32::MAX` for never.
    pub until: u32,
}

impl CountDeclaration {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(name: Text, by: List<Text>, until: u32) -> Self {
        Self { name, by, until }
    }
}

/// A declared action of the console.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ActionDeclaration {
    /// Its name on the wire.
    pub name: Text,
    /// The Redux action type it stands for; never leaves the page.
    pub action_type: Text,
}

impl ActionDeclaration {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(name: Text, action_type: Text) -> Self {
        Self { name, action_type }
    }
}

/// A declared event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventDeclaration {
    /// Its name.
    pub name: Text,
    /// The component that may record it.
    pub component: Component,
    /// Its fields; each may be left out of an event.
    pub fields: List<FieldDeclaration>,
    /// How often, and by how many installations, it is recorded.
    pub limits: Limits,
    /// Day (since 1970-01-01) from which it is no longer recorded; `u32::MAX` for never.
    pub until: u32,
}

impl EventDeclaration {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(
        name: Text,
        component: Component,
        fields: List<FieldDeclaration>,
        limits: Limits,
        until: u32,
    ) -> Self {
        Self { name, component, fields, limits, until }
    }
}
