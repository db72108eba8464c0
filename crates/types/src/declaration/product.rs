//! A product with all that it may collect.

use super::component::{Component, Policy};
use super::items::{ActionDeclaration, CountDeclaration, EventDeclaration};
use super::text::{List, Text};
use super::timing::TimingDeclaration;

/// Everything one product may collect. Made by `manifest!` or by the manifest crate; not by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
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
    /// The organisation that is responsible for the data.
    pub controller: Text,
    /// Where users read more; empty if the manifest names none.
    pub policy_url: Text,
    /// How long raw data is kept, in words.
    pub retention: Text,
    /// Who is responsible for the data, where it is kept, who else receives it and how long it stays, in one text. An
    /// answer holds for just these terms.
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

/// A setter for each field, as `manifest!` writes them behind [`Declaration::EMPTY`]. A constant cannot run the
/// destructor of what a setter replaces, so none does; what `EMPTY` holds owns nothing.
macro_rules! setters {
    ($($field:ident: $held:ty,)*) => {
        #[doc(hidden)]
        impl Declaration {
            $(
                #[must_use]
                pub const fn $field(mut self, value: $held) -> Self {
                    let _ = std::mem::ManuallyDrop::new(std::mem::replace(&mut self.$field, value));
                    self
                }
            )*
        }
    };
}

setters! {
    product: Text,
    name: Text,
    revision: u32,
    hash: Text,
    endpoint: Text,
    ingest_key: Text,
    controller: Text,
    policy_url: Text,
    retention: Text,
    terms: Text,
    family: Text,
    release: bool,
    server: Policy,
    cli: Policy,
    app: Policy,
    report_every: u64,
    counts: List<CountDeclaration>,
    timings: List<TimingDeclaration>,
    commands: List<Text>,
    commands_until: u32,
    actions: List<ActionDeclaration>,
    routes: List<Text>,
    console_until: u32,
    events: List<EventDeclaration>,
}

impl Declaration {
    /// A declaration of nothing, from which `manifest!` and the manifest crate build the others.
    pub const EMPTY: Self = Self {
        product: Text::Borrowed(""),
        name: Text::Borrowed(""),
        revision: 0,
        hash: Text::Borrowed(""),
        endpoint: Text::Borrowed(""),
        ingest_key: Text::Borrowed(""),
        controller: Text::Borrowed(""),
        policy_url: Text::Borrowed(""),
        retention: Text::Borrowed(""),
        terms: Text::Borrowed(""),
        family: Text::Borrowed(""),
        release: false,
        server: Policy::Off,
        cli: Policy::Off,
        app: Policy::Off,
        report_every: 0,
        counts: List::Borrowed(&[]),
        timings: List::Borrowed(&[]),
        commands: List::Borrowed(&[]),
        commands_until: u32::MAX,
        actions: List::Borrowed(&[]),
        routes: List::Borrowed(&[]),
        console_until: u32::MAX,
        events: List::Borrowed(&[]),
    };

    /// The consent policy of a component; `None` for a console, which has none of its own.
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
