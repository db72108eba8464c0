//! What a product may collect, as data: the compiled form of its `telemetry.toml`.
//!
//! The `manifest!` macro writes a `Declaration` as a constant into the host; the manifest crate builds the same
//! from a file for the collector and the tools. Whatever is recorded, read back from a spool or ingested is
//! checked against one.

use std::borrow::Cow;

use crate::value::{OTHER, Value};

mod limits;
mod timing;
pub use self::{
    limits::{Limits, SampleRate},
    timing::{SplitDeclaration, TimingDeclaration},
};

/// A declared text: constant in a host, owned where a manifest was read from a file.
pub type Text = Cow<'static, str>;
/// A declared list.
pub type List<T> = Cow<'static, [T]>;

/// Everything one product may collect. Made by `manifest!` or by the manifest crate; not by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// Product id: directory names; upper-cased, with `_` for `-`, the prefix of its variables.
    pub product: Text,
    /// The product's name for people.
    pub name: Text,
    /// Revision of the manifest, from 1.
    pub revision: u32,
    /// First 16 hexadecimal digits of the SHA-256 of the manifest's bytes.
    pub hash: Text,
    /// Where batches go, https, without a trailing slash.
    pub endpoint: Text,
    /// The public ingest key: routes and limits, proves nothing.
    pub ingest_key: Text,
    /// Who answers for the data.
    pub controller: Text,
    /// Where users read more; empty if the manifest names none.
    pub policy_url: Text,
    /// How long raw data is kept, in words.
    pub retention: Text,
    /// Who answers for the data, where it is kept, who else receives it and how long it stays, in one text: an answer
    /// holds for just these terms.
    pub terms: Text,
    /// The family whose answer a component with the policy `follow` obeys; empty if none.
    pub family: Text,
    /// True in builds made with `ABOVEBOARD_RELEASE=<product id>`: only these use the manifest's endpoint.
    pub release: bool,
    /// Consent policy of the server; `Off` if the product has none.
    pub server: Policy,
    /// Consent policy of the CLI; `Off` if the product has none.
    pub cli: Policy,
    /// Consent policy of the desktop app; `Off` if the product has none.
    pub app: Policy,
    /// Seconds between two reports of a server.
    pub report_every: u64,
    /// Object counts of the server's report.
    pub counts: List<CountDeclaration>,
    /// Timings of the server's report.
    pub timings: List<TimingDeclaration>,
    /// Canonical command paths of the CLI (`metadata apply`).
    pub commands: List<Text>,
    /// Day (since 1970-01-01) from which no command is recorded any more; `u32::MAX` for never.
    pub commands_until: u32,
    /// Actions of the console.
    pub actions: List<ActionDeclaration>,
    /// Route patterns of the console.
    pub routes: List<Text>,
    /// Day (since 1970-01-01) from which no action and no route is recorded any more; `u32::MAX` for never.
    pub console_until: u32,
    /// Declared events.
    pub events: List<EventDeclaration>,
}

/// The part of a product that records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// A server.
    Server,
    /// A command line program.
    Cli,
    /// A web console; it obeys the server or CLI that serves it.
    Console,
    /// A desktop application or library.
    App,
}

impl Component {
    /// Every component with its spelling on the wire.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::Server, "server"), (Self::Cli, "cli"), (Self::Console, "console"), (Self::App, "app")];

    /// The spelling on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Cli => "cli",
            Self::Console => "console",
            Self::App => "app",
        }
    }

    /// Reads the spelling of the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(component, _)| *component)
    }
}

/// How a component comes to a yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Policy {
    /// Off until a yes.
    Ask,
    /// On after the notice was shown.
    Notice,
    /// Never asks; obeys the family's answer.
    Follow,
    /// A hosted service counts its own requests by declared client kind.
    Operator,
    /// Never collects.
    Off,
}

impl Policy {
    /// The spelling in the manifest.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Notice => "notice",
            Self::Follow => "follow",
            Self::Operator => "operator",
            Self::Off => "off",
        }
    }
}

/// A declared count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountDeclaration {
    /// Its name.
    pub name: Text,
    /// The closed list that splits it; empty for a single number.
    pub by: List<Text>,
    /// Day (since 1970-01-01) from which it is no longer recorded; `u32::MAX` for never.
    pub until: u32,
}

/// A declared action of the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionDeclaration {
    /// Its name on the wire.
    pub name: Text,
    /// The Redux action type it stands for; never leaves the page.
    pub action_type: Text,
}

/// A declared event.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// A declared field of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDeclaration {
    /// Its name.
    pub name: Text,
    /// What it may hold.
    pub kind: FieldKind,
}

/// What a field may hold. There is no text among these.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// True or false.
    Flag,
    /// A whole number from 0 to the bound, inclusive.
    Count(u64),
    /// A number known only by the edge at or below it; the edges ascend and 0 is always one.
    Bucket(List<u64>),
    /// A time in milliseconds known only by the edge at or below it; the edges ascend and 0 is always one.
    Duration(List<u64>),
    /// One of a list, or `other`.
    Choice(List<Text>),
    /// Several of a list, or `other` among them.
    Set(List<Text>),
    /// Three numbers and a closed channel.
    Version,
    /// A whole number between two bounds, inclusive: an exit code, an HTTP status.
    Code(u64, u64),
    /// A country of ISO 3166-1.
    Country,
}

impl FieldKind {
    /// Whether this kind of field may hold `value`. All three checkpoints (API, spool, ingest) ask here.
    #[must_use]
    pub fn allows(&self, value: &Value<'_>) -> bool {
        match (self, value) {
            (Self::Flag, Value::Flag(_))
            | (Self::Version, Value::Version(_))
            | (Self::Country, Value::Country(_)) => true,
            (Self::Count(bound), Value::Number(number)) => number <= bound,
            (Self::Code(least, most), Value::Number(number)) => (least..=most).contains(&number),
            (Self::Bucket(edges) | Self::Duration(edges), Value::Number(number)) => {
                *number == 0 || edges.contains(number)
            }
            (Self::Choice(list), Value::Choice(choice)) => place(list, choice).is_some(),
            (Self::Set(list), Value::Set(members)) => {
                let mut after = None;
                members.iter().all(|member| {
                    let place = place(list, member);
                    let ascends = place.is_some() && place > after;
                    after = place;
                    ascends
                })
            }
            _ => false,
        }
    }
}

/// Where a declared list has this name; `other` comes after all.
fn place(list: &[Text], name: &str) -> Option<usize> {
    match list.iter().position(|known| known == name) {
        None if name == OTHER => Some(list.len()),
        found => found,
    }
}

/// The edge at or below `number`: what a bucket or duration field records of it.
#[must_use]
pub fn edge_below(edges: &[u64], number: u64) -> u64 {
    edges.iter().copied().take_while(|edge| *edge <= number).last().unwrap_or(0)
}

impl Declaration {
    /// The consent policy of a component; a console has none of its own and gives `None`.
    #[must_use]
    pub fn policy(&self, component: Component) -> Option<Policy> {
        match component {
            Component::Server => Some(self.server),
            Component::Cli => Some(self.cli),
            Component::App => Some(self.app),
            Component::Console => None,
        }
    }

    /// The prefix of the product's variables, with its underscore: `QUARRY_`.
    #[must_use]
    pub fn variable_prefix(&self) -> String {
        // Room for what follows it: these names are made for every record.
        let mut prefix = String::with_capacity(self.product.len() + 32);
        prefix.extend(self.product.chars().map(|c| if c == '-' { '_' } else { c.to_ascii_uppercase() }));
        prefix.push('_');
        prefix
    }
}
