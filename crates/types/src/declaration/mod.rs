//! What a product may collect, as data: the compiled form of its `telemetry.toml`.
//!
//! The `manifest!` macro writes a `Declaration` as a constant into the host; the manifest crate builds the same
//! from a file for the collector and the tools. Whatever is recorded, read back from a spool or ingested is
//! checked against one.

mod component;
mod field;
mod index;
mod items;
mod limits;
mod made;
mod product;
mod text;
mod timing;

pub use self::{
    component::{Component, Policy},
    field::{FieldDeclaration, FieldKind, edge_below},
    index::{DeclarationIndex, Names},
    items::{ActionDeclaration, CountDeclaration, EventDeclaration},
    limits::{Limits, SampleRate},
    product::Declaration,
    text::{List, Text, find},
    timing::{SplitDeclaration, TimingDeclaration},
};

pub(crate) use self::index::{CountNames, EventNames, FieldNames, TimingNames};
