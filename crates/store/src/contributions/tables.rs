//! In which tables an installation counts, by the revision of the manifest that its program carried.

use aboveboard_manifest::Manifest;
use aboveboard_types::declaration::Component;

use super::layout::{Layout, Subject};
use crate::new_names::NewNames;

/// The tables of a layout that a revision publishes too.
#[derive(Clone, Debug)]
pub struct CountedTables {
    /// By the number of the table, the components whose installations count in it.
    components: Vec<Vec<Component>>,
}

impl CountedTables {
    /// All tables of a layout.
    #[must_use]
    pub fn all(layout: &Layout) -> Self {
        Self { components: layout.tables().map(|(group, ..)| group.components.clone()).collect() }
    }

    /// Those that a revision declares and publishes, under whatever name; none where it publishes nothing.
    #[must_use]
    pub fn of_revision(layout: &Layout, revision: &Manifest, names: &NewNames) -> Self {
        let own = Layout::of(revision, &[]);
        let publishes = revision.publish.is_some();
        let own: Vec<(&[Component], Subject)> = own
            .tables()
            .map(|(group, table, _)| (&*group.components, renamed(&table.subject, names)))
            .collect();
        let components = layout.tables().map(|(group, table, _)| {
            // Release lines are none of the revision's own.
            let subject = if table.subject == Subject::Version { &Subject::Active } else { &table.subject };
            let own = own.iter().find(|(_, known)| publishes && known == subject);
            let both = group
                .components
                .iter()
                .filter(|component| own.is_some_and(|(components, _)| components.contains(component)));
            both.copied().collect()
        });
        Self { components: components.collect() }
    }

    /// Whether an installation that is published under a component counts in a table.
    #[must_use]
    pub(super) fn has(&self, table: usize, component: Component) -> bool {
        self.components.get(table).is_some_and(|components| components.contains(&component))
    }
}

/// A subject as it is called now.
fn renamed(subject: &Subject, names: &NewNames) -> Subject {
    match subject {
        Subject::Size { count } => Subject::Size { count: names.count(count, None).0 },
        Subject::Event { event } => Subject::Event { event: names.event(event).to_owned() },
        Subject::Field { event, field } => {
            let event = names.event(event);
            Subject::Field { event: event.to_owned(), field: names.field(event, field).to_owned() }
        }
        same => same.clone(),
    }
}
