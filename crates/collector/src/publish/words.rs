//! The words that stand with figures: those of the manifest, and of the headline this program's.

use aboveboard_manifest::{Event, Field, ItemInfo, Manifest};
use aboveboard_store::contributions::{LayoutTable, Subject};
use aboveboard_types::declaration::FieldKind;

/// What stands with a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) title: String,
    pub(super) what: String,
    pub(super) why: String,
    pub(super) owner: Option<String>,
    pub(super) unit: Option<String>,
    /// What the keys of cells are.
    keys: Keys,
}

/// How a key is told to people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Keys {
    /// As it is.
    #[default]
    Names,
    /// Since when an installation is there.
    Ages,
    /// Who records.
    Components,
    /// The lowest number of a step that ends before the next one.
    Steps,
    /// Yes and no.
    Flags,
}

impl Words {
    /// Those of a table.
    pub(super) fn of(manifest: &Manifest, table: &LayoutTable) -> Self {
        match &table.subject {
            Subject::Active => Self::headline(
                "Active installations",
                "Installations that recorded something in the period",
                "How many are there?",
            ),
            Subject::Age => Self {
                keys: Keys::Ages,
                ..Self::headline(
                    "New and old",
                    "Since when an installation is there",
                    "How many come, and how many stay?",
                )
            },
            Subject::Component => Self {
                keys: Keys::Components,
                ..Self::headline(
                    "Components",
                    "What an installation mostly is",
                    "Which parts of the product are used?",
                )
            },
            Subject::Platform => Self::headline(
                "Platforms",
                "Operating system and architecture, as an installation last had them",
                "What must be built and tested?",
            ),
            Subject::Version => Self::headline(
                "Versions",
                "The first two numbers of the version, as an installation last had it",
                "Which versions must be looked after?",
            ),
            Subject::CommandsWorked => Self::of_cli(
                manifest,
                "Commands that work",
                "that worked more often than it failed, of the runs that ended",
            ),
            Subject::CommandsFailing => Self::of_cli(
                manifest,
                "Commands that fail",
                "that failed at least every second time, of the runs that ended",
            ),
            Subject::Size { count } => {
                manifest.counts.iter().find(|of| of.name == *count).map_or_else(Self::default, |of| {
                    let keys = if of.by.is_empty() { Keys::Steps } else { Keys::Names };
                    let what = match of.by.as_slice() {
                        [] => format!("{}, as last reported", of.info.what),
                        _ => format!("{}, at least one when last reported", of.info.what),
                    };
                    Self { what, unit: of.unit.clone(), keys, ..Self::item(title(count), &of.info) }
                })
            }
            Subject::Actions => manifest.console.as_ref().map_or_else(Self::default, |console| {
                Self::item("Actions in the console".to_owned(), &console.info)
            }),
            Subject::Event { event } => {
                find(manifest, event).map_or_else(Self::default, |of| Self::item(title(event), &of.info))
            }
            Subject::Field { event, field } => {
                let of = find(manifest, event);
                let of = of.and_then(|of| Some((of, of.fields.iter().find(|of| of.name == *field)?)));
                of.map_or_else(Self::default, |(event, field)| Self::field(event, field))
            }
            Subject::Timing { timing, kind } => {
                manifest.timings.iter().find(|of| of.name == *timing).map_or_else(Self::default, |of| Self {
                    what: format!("{}: the median of an installation", of.info.what),
                    unit: Some("ms".to_owned()),
                    keys: Keys::Steps,
                    ..Self::item(format!("{} {kind}", title(timing)).trim_end().to_owned(), &of.info)
                })
            }
        }
    }

    fn headline(title: &str, what: &str, why: &str) -> Self {
        Self { title: title.to_owned(), what: what.to_owned(), why: why.to_owned(), ..Self::default() }
    }

    fn item(title: String, info: &ItemInfo) -> Self {
        Self {
            title,
            what: info.what.clone(),
            why: info.why.clone(),
            owner: Some(info.owner.clone()),
            ..Self::default()
        }
    }

    fn of_cli(manifest: &Manifest, title: &str, which: &str) -> Self {
        manifest.cli.as_ref().map_or_else(Self::default, |cli| Self {
            what: format!("Installations with the command {which}"),
            ..Self::item(title.to_owned(), &cli.info)
        })
    }

    fn field(event: &Event, field: &Field) -> Self {
        let (keys, which) = match field.kind {
            FieldKind::Flag => (Keys::Flags, "the value that it had most often"),
            FieldKind::Count(_) | FieldKind::Bucket(_) | FieldKind::Duration(_) => {
                (Keys::Steps, "the step that it was in most often")
            }
            FieldKind::Choice(_) | FieldKind::Set(_) => (Keys::Names, "what it had at least once"),
            _ => (Keys::Names, "the value that it had most often"),
        };
        let what = field.what.as_deref().unwrap_or(&field.name);
        Self {
            what: format!("{what}: {which}"),
            unit: field.unit.clone(),
            keys,
            ..Self::item(format!("{}: {}", title(&event.name), field.name.replace('_', " ")), &event.info)
        }
    }

    /// What people read for a cell of the table.
    pub(super) fn label(&self, table: &LayoutTable, cell: usize) -> String {
        let Some(key) = table.cells.get(cell) else { return String::new() };
        let known = match self.keys {
            Keys::Names => None,
            Keys::Steps => step(key, table.cells.get(cell + 1)),
            Keys::Ages => named(
                key,
                &[
                    ("new", "First seen in the period"),
                    ("before", "First seen in the period before"),
                    ("older", "Seen before that"),
                ],
            ),
            Keys::Components => {
                named(key, &[("server", "Server"), ("cli", "Command line"), ("app", "Application")])
            }
            Keys::Flags => named(key, &[("true", "Yes"), ("false", "No")]),
        };
        match (known, &table.subject) {
            (Some(label), _) => label,
            (None, Subject::Event { .. }) => "At least once".to_owned(),
            (None, Subject::Active) => "Active installations".to_owned(),
            (None, _) if key == "other" => "Other".to_owned(),
            (None, _) => key.clone(),
        }
    }
}

fn find<'m>(manifest: &'m Manifest, event: &str) -> Option<&'m Event> {
    manifest.events.iter().find(|of| of.name == event)
}

fn named(key: &str, words: &[(&str, &str)]) -> Option<String> {
    words.iter().find(|(known, _)| *known == key).map(|(_, word)| (*word).to_owned())
}

/// `0`, `10–99`, `1000 and more`.
fn step(from: &str, next: Option<&String>) -> Option<String> {
    let first: u64 = from.parse().ok()?;
    let Some(next) = next else { return Some(format!("{first} and more")) };
    let last = next.parse::<u64>().ok()?.checked_sub(1)?;
    Some(if last == first { first.to_string() } else { format!("{first}–{last}") })
}

/// A name as a title: `start-finished` is “Start finished”.
fn title(name: &str) -> String {
    let spaced = name.replace(['_', '-', '.'], " ");
    let mut letters = spaced.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
