//! A product with all that it may collect.

use super::component::{Component, Policy};
use super::items::{ActionDeclaration, CountDeclaration, EventDeclaration};
use super::text::{List, Text};
use super::timing::TimingDeclaration;
use crate::scope::Scope;

/// Declares the struct from its fields and their values in `EMPTY`, with a setter for each field, as `manifest!` writes
/// them behind [`Declaration::EMPTY`]. A constant cannot run the destructor of what a setter replaces, so none does; what
/// `EMPTY` holds owns nothing.
macro_rules! declaration {
    ($($(#[$of:meta])* $field:ident: $held:ty = $empty:expr,)*) => {
        /// Everything one product may collect. Made by `manifest!` or by the manifest crate; not by hand.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Declaration { $($(#[$of])* pub $field: $held,)* }

        impl Declaration {
            /// A declaration of nothing, from which `manifest!` and the manifest crate build the others.
            pub const EMPTY: Self = Self { $($field: $empty,)* };
        }

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

declaration! {
    /// Product id: directory names; upper-cased, with `_` for `-`, the prefix of its variables.
    product: Text = Text::Borrowed(""),
    /// The product's name for people.
    name: Text = Text::Borrowed(""),
    /// Revision of the manifest, from 1.
    revision: u32 = 0,
    /// SHA-256 of the manifest's text, in 64 hexadecimal digits.
    hash: Text = Text::Borrowed(""),
    /// The manifest itself; empty where nothing of it is in the build.
    text: Text = Text::Borrowed(""),
    /// The number of the grammar that it is written in.
    grammar: u64 = 0,
    /// Where batches go, https, without a trailing slash.
    endpoint: Text = Text::Borrowed(""),
    /// The public ingest key: routes and limits, proves nothing.
    ingest_key: Text = Text::Borrowed(""),
    /// The organisation that is responsible for the data.
    controller: Text = Text::Borrowed(""),
    /// Where users read more; empty if the manifest names none.
    policy_url: Text = Text::Borrowed(""),
    /// How long raw data is kept, in words.
    retention: Text = Text::Borrowed(""),
    /// How long raw data is kept, in days. An answer holds for no longer.
    retention_days: u32 = 0,
    /// Who is responsible for the data and where it is kept, in one text. An answer holds for just these terms.
    terms: Text = Text::Borrowed(""),
    /// Who else receives the data; empty for nobody. An answer holds for these and for nobody.
    recipients: Text = Text::Borrowed(""),
    /// How many months a publication of figures covers; 0 where none are published. An answer holds for no fewer.
    publish_months: u32 = 0,
    /// Why figures are published, in the words that users can read.
    publish_words: Text = Text::Borrowed(""),
    /// What is published besides how many installations there are: `commands`, `events.started`. An answer holds for these.
    published: List<Text> = List::Borrowed(&[]),
    /// Where figures are published, https, without a trailing slash; empty where none are.
    publish_site: Text = Text::Borrowed(""),
    /// Who signs them, each as a verifier key of a signed note: `NAME+HASH+KEY`.
    publish_keys: List<Text> = List::Borrowed(&[]),
    /// The digest of the terms and all items, as [`Scope::digest`](crate::scope::Scope::digest) has it: whether an answer
    /// was given to just these is one comparison.
    agreement: Text = Text::Borrowed(""),
    /// The family whose answer a component with the policy `follow` obeys; empty if none.
    family: Text = Text::Borrowed(""),
    /// True in builds made with `ABOVEBOARD_RELEASE=<product id>`: only these use the manifest's endpoint.
    release: bool = false,
    /// What `ABOVEBOARD_RELEASE` named when the program was built, where that was not this product; else empty.
    release_of: Text = Text::Borrowed(""),
    /// Consent policy of the server; `Off` if the product has none.
    server: Policy = Policy::Off,
    /// Consent policy of the CLI; `Off` if the product has none.
    cli: Policy = Policy::Off,
    /// Consent policy of the desktop app; `Off` if the product has none.
    app: Policy = Policy::Off,
    /// Seconds between two reports of a server.
    report_every: u64 = 0,
    /// Object counts of the server's report.
    counts: List<CountDeclaration> = List::Borrowed(&[]),
    /// Timings of the server's report.
    timings: List<TimingDeclaration> = List::Borrowed(&[]),
    /// Canonical command paths of the CLI (`metadata apply`).
    commands: List<Text> = List::Borrowed(&[]),
    /// Why commands are recorded, in the words that users can read.
    commands_words: Text = Text::Borrowed(""),
    /// Day (since 1970-01-01) from which no command is recorded any more; `u32::MAX` for never.
    commands_until: u32 = u32::MAX,
    /// Actions of the console.
    actions: List<ActionDeclaration> = List::Borrowed(&[]),
    /// Route patterns of the console.
    routes: List<Text> = List::Borrowed(&[]),
    /// Why actions and routes are recorded, in the words that users can read.
    console_words: Text = Text::Borrowed(""),
    /// Day (since 1970-01-01) from which no action and no route is recorded any more; `u32::MAX` for never.
    console_until: u32 = u32::MAX,
    /// Declared events.
    events: List<EventDeclaration> = List::Borrowed(&[]),
}

impl Declaration {
    /// The same with the digest of what it declares.
    #[must_use]
    pub fn sealed(self) -> Self {
        let digest = Scope::of(&self).digest();
        self.agreement(digest.into())
    }

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

    /// What one publication of figures covers: `month` or `quarter`; `None` where none are published.
    #[must_use]
    pub fn published_each(&self) -> Option<&'static str> {
        match self.publish_months {
            0 => None,
            1 => Some("month"),
            _ => Some("quarter"),
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
