//! A manifest that has passed the grammar.

use std::ops::Range;

use aboveboard_types::declaration::{Component, FieldKind, Limits, Policy};
use aboveboard_types::envelope::CodingAgents;

use crate::date::Date;
use crate::problem::SourceText;
use crate::release_line::ReleaseLine;

/// Everything one product may collect, with its descriptions for people.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Manifest {
    /// Who collects, and where it goes.
    pub product: Product,
    /// The consent policy of each component.
    pub consent: Consent,
    /// Where users find the product's own switches.
    pub settings: Settings,
    /// The server's report, if there are counts.
    pub server: Server,
    /// Object counts of the server's report, in the order of the file.
    pub counts: Vec<Count>,
    /// What the server measures of the requests that it serves, in the order of the file.
    pub timings: Vec<Timing>,
    /// The command line program.
    pub cli: Option<Cli>,
    /// The web console.
    pub console: Option<Console>,
    /// Declared events, in the order of the file.
    pub events: Vec<Event>,
    /// How far installations come, in the order of the file.
    pub funnels: Vec<Funnel>,
    /// Which figures the maker publishes; none where he publishes none.
    pub publish: Option<Publish>,
    /// SHA-256 of [`Manifest::text`], in 64 hexadecimal digits.
    pub hash: String,
    /// Whether it was read from its sealed form; see [`Manifest::seal`].
    pub sealed: bool,
    /// Whether that form is a release. A manifest that is not sealed is none.
    pub release: bool,
    pub(crate) source: SourceText,
}

impl Manifest {
    /// The policy that rules a component; a console has none of its own.
    #[must_use]
    pub fn policy(&self, component: Component) -> Option<Policy> {
        self.consent.of(component).copied().flatten()
    }

    /// The text it was read from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.source.text
    }

    /// The file it was read from, as the caller of [`crate::parse`] named it.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.source.file
    }

    /// How users type the program.
    #[must_use]
    pub fn program(&self) -> &str {
        self.cli.as_ref().and_then(|cli| cli.program.as_deref()).unwrap_or(&self.product.id)
    }

    /// How users call a verb of telemetry in the program. One that has no command but itself has no subcommands, and so a
    /// flag.
    #[must_use]
    pub fn verb(&self, verb: &str) -> String {
        let program = self.program();
        let itself = [program.split(' ').next_back(), Some(&*self.product.id)];
        let commands: &[String] = self.cli.as_ref().map_or(&[], |cli| &cli.commands);
        match commands {
            [only] if itself.contains(&Some(only)) => format!("{program} --telemetry={verb}"),
            _ => format!("{program} telemetry {verb}"),
        }
    }

    /// How many numbers a report holds: one for a plain count, one for each entry of a split one.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.counts.iter().map(|count| count.by.len().max(1)).sum()
    }
}

/// `[product]`
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Product {
    /// Directory names and, upper-cased, the prefix of variables.
    pub id: String,
    /// For people.
    pub name: String,
    /// From 1; every change of the manifest raises it.
    pub revision: u32,
    /// https, without a trailing slash.
    pub endpoint: String,
    /// Public: routes and limits, proves nothing.
    pub ingest_key: String,
    /// Who answers for the data.
    pub controller: String,
    /// Where to reach them: a mail address or an https address.
    pub contact: String,
    /// Where users read more.
    pub policy: Option<String>,
    /// Country the data is kept in, ISO 3166-1.
    pub hosting: String,
    /// How long raw data is kept, in words.
    pub retention: String,
    /// The same in days.
    pub retention_days: u32,
    /// Release lines whose versions the collector shows by name.
    pub releases: Vec<ReleaseLine>,
    /// The family whose answer the policy `follow` obeys.
    pub family: Option<String>,
    /// Whether headline figures count what coding agents ran.
    pub coding_agents: CodingAgents,
    /// Who receives the data beside the controller, in words: `nobody`.
    pub recipients: Option<String>,
    pub(crate) id_span: Range<usize>,
}

impl Product {
    /// See [`Declaration::terms`].
    ///
    /// [`Declaration::terms`]: aboveboard_types::declaration::Declaration::terms
    pub(crate) fn terms(&self) -> String {
        format!("{}; {}", self.controller, self.hosting)
    }

    /// Who else receives the data, if anybody does.
    pub(crate) fn others(&self) -> Option<&str> {
        self.recipients.as_deref().filter(|names| !names.eq_ignore_ascii_case("nobody"))
    }
}

/// What is said of each component that records; a console has nothing of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ByComponent<T> {
    /// Of the server.
    pub server: T,
    /// Of the command line program.
    pub cli: T,
    /// Of the application or library.
    pub app: T,
}

/// `[consent]`: the policy of each component that has one.
pub type Consent = ByComponent<Option<Policy>>;

/// `[settings]`: the switches of each component.
pub(crate) type Settings = ByComponent<Setting>;

impl<T> ByComponent<T> {
    /// What is said of a component; `None` of one that has nothing of its own.
    #[must_use]
    pub fn of(&self, component: Component) -> Option<&T> {
        match component {
            Component::Server => Some(&self.server),
            Component::Cli => Some(&self.cli),
            Component::App => Some(&self.app),
            _ => None,
        }
    }
}

/// `[settings.COMPONENT]`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setting {
    /// It has the flag `--enable-telemetry`.
    pub flag: bool,
    /// Its config file, as users know it, in which the key `enable_telemetry` may stand.
    pub config_file: Option<String>,
    /// Where in its own settings the switch is.
    pub dialogue: Option<String>,
}

/// `[server]`
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Server {
    /// Seconds between two reports.
    pub every: u64,
}

/// What every item says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ItemInfo {
    /// What is collected, for people.
    pub what: String,
    /// Which question it answers.
    pub why: String,
    /// How the page shows it.
    pub chart: Chart,
    /// Who answers questions about it.
    pub owner: String,
    /// First day.
    pub since: Date,
    /// Day from which it is no longer recorded; `None` for never.
    pub until: Option<Date>,
    /// Lints silenced here.
    pub allow: Vec<Allowance>,
    pub(crate) span: Range<usize>,
}

/// One lint silenced in place.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Allowance {
    /// Name of the lint.
    pub lint: String,
    /// Why it does not hold here.
    pub reason: String,
}

/// How the page shows an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Chart {
    /// One number.
    Number,
    /// A line over time.
    Trend,
    /// Parts of a whole.
    Share,
    /// How many installations lie between which edges.
    Distribution,
    /// Table.
    Table,
}

impl Chart {
    /// Every chart with its spelling.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Number, "number"),
        (Self::Trend, "trend"),
        (Self::Share, "share"),
        (Self::Distribution, "distribution"),
        (Self::Table, "table"),
    ];

    /// The spelling in the manifest.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(chart, _)| *chart == self).map_or("", |(_, name)| name)
    }
}

/// `[counts.NAME]`
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Count {
    /// Its name on the wire.
    pub name: String,
    /// What it says of itself.
    pub info: ItemInfo,
    /// The closed list that splits it; empty for a single number.
    pub by: Vec<String>,
    /// Edges of its distribution; empty for other charts.
    pub edges: Vec<u64>,
    /// Whether the exact number travels although it has edges.
    pub is_exact: bool,
    /// Why the edge does not do. Users read it.
    pub exact_why: Option<String>,
    /// Unit of its numbers, for people.
    pub unit: Option<String>,
    /// What it was called in earlier revisions.
    pub was: Vec<String>,
    pub(crate) by_was: OldNames,
}

impl Count {
    /// Whether its numbers are rounded down to an edge before they are recorded.
    pub fn travels_as_edge(&self) -> bool {
        !self.is_exact && !self.edges.is_empty()
    }
}

/// `[timings.NAME]`
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timing {
    /// Its name on the wire.
    pub name: String,
    /// What it says of itself.
    pub info: ItemInfo,
    /// The closed lists that split the requests, by name.
    pub by: Vec<(String, Vec<String>)>,
    /// Ascending times in milliseconds.
    pub edges: Vec<u64>,
    /// Further times that are summed beside the whole.
    pub parts: Vec<String>,
    /// The most requests a second that one server answers, on average between two reports.
    pub rate: u64,
}

/// `[cli]`
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cli {
    /// What it says of itself.
    pub info: ItemInfo,
    /// How users type the program; the product's id, if the manifest does not say.
    pub program: Option<String>,
    /// Canonical command paths, in the order of the file.
    pub commands: Vec<String>,
    pub(crate) commands_was: OldNames,
    pub(crate) commands_span: Range<usize>,
}

/// `[console]`
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Console {
    /// What it says of itself.
    pub info: ItemInfo,
    /// Actions, in the order of the file.
    pub actions: Vec<Action>,
    /// Route patterns, in the order of the file.
    pub routes: Vec<String>,
    pub(crate) actions_was: OldNames,
    pub(crate) routes_was: OldNames,
}

/// One action of the console.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Action {
    /// Its name on the wire.
    pub name: String,
    /// The Redux action type it stands for; never leaves the page.
    pub action_type: String,
    pub(crate) span: Range<usize>,
}

/// `[events.NAME]`
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Its name on the wire.
    pub name: String,
    /// Who records it.
    pub component: Component,
    /// What it says of itself.
    pub info: ItemInfo,
    /// Its fields, in the order of the file.
    pub fields: Vec<Field>,
    /// How often, and by how many installations, it is recorded.
    pub limits: Limits,
    /// What it was called in earlier revisions.
    pub was: Vec<String>,
}

/// One field of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field {
    /// Its name on the wire.
    pub name: String,
    /// What it may hold.
    pub kind: FieldKind,
    /// What it is, for people; its name, if the manifest does not say.
    pub what: Option<String>,
    /// Unit of its numbers, for people.
    pub unit: Option<String>,
    /// What it was called in earlier revisions.
    pub was: Vec<String>,
    pub(crate) entries_was: OldNames,
    /// Lints silenced here.
    pub allow: Vec<Allowance>,
    pub(crate) span: Range<usize>,
}

impl Field {
    /// The entries of its closed list; empty where it has none.
    pub(crate) fn entries(&self) -> Vec<&str> {
        match &self.kind {
            FieldKind::Choice(names) | FieldKind::Set(names) => names.iter().map(|name| &**name).collect(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn is_set(&self) -> bool {
        matches!(self.kind, FieldKind::Set(_))
    }

    /// Puts others in their place; nothing where it has none.
    pub(crate) fn set_entries(&mut self, entries: Vec<String>) {
        if let FieldKind::Choice(names) | FieldKind::Set(names) = &mut self.kind {
            *names = entries.into_iter().map(Into::into).collect();
        }
    }
}

/// The old names of what a list holds, by its new name.
pub(crate) type OldNames = Vec<(String, Vec<String>)>;

/// `[funnels.NAME]`
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Funnel {
    /// Its name on the page.
    pub name: String,
    /// Its steps as they are written; [`Manifest::step`] says what each means.
    pub steps: Vec<String>,
    /// Within how many days the steps are taken, the day of the first one included.
    pub within: u16,
    /// Which question it answers.
    pub why: String,
    /// Lints silenced here.
    pub allow: Vec<Allowance>,
    pub(crate) span: Range<usize>,
}

/// `[publish]`
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Publish {
    /// Why figures are published. Users read it.
    pub why: String,
    /// How often.
    pub every: PublishEvery,
    /// What is published besides the headline, in the order of the file.
    pub tables: Vec<PublishTable>,
    /// The licence of the figures.
    pub licence: Licence,
    /// Where the site stands: https, without a trailing slash.
    pub site: String,
    /// Who signs, each as a verifier key of a signed note: `NAME+HASH+KEY`.
    pub keys: Vec<String>,
    /// Lints silenced here.
    pub allow: Vec<Allowance>,
    pub(crate) span: Range<usize>,
}

/// How often figures are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PublishEvery {
    /// For each calendar month.
    Month,
    /// For each calendar quarter.
    Quarter,
}

/// What can be published besides the headline.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PublishTable {
    /// Which commands worked and which failed.
    Commands,
    /// The numbers of the last report.
    Sizes,
    /// Which actions of the console were used.
    Actions,
    /// A declared event and its fields.
    Event(String),
    /// What servers measure of requests.
    Timing(String),
}

/// The licence of published figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Licence {
    /// CC0-1.0
    Cc0,
    /// CC-BY-4.0
    CcBy,
    /// ODC-By-1.0
    OdcBy,
}

/// What an installation does in a step.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StepItem {
    /// It records a declared event.
    Event(String),
    /// It runs a command.
    Command(String),
    /// Something is done in a console that it serves.
    Action(String),
    /// It is a server and reports.
    Report,
}
