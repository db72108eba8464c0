//! Where the names of a declaration stand.
//!
//! A checker looks up every name of an event. Whoever sends chooses how many names there are and in which order, so a
//! collector must not look through whole lists for each: it makes an index of each manifest once. An agent checks what it
//! wrote itself and needs none.

use std::collections::HashMap;

use super::field::{FieldDeclaration, FieldKind};
use super::items::{CountDeclaration, EventDeclaration};
use super::product::Declaration;
use super::text::Text;
use super::timing::TimingDeclaration;

/// Longest list that is looked through rather than hashed: so few names are compared faster than one is hashed.
const MAX_SCANNED: usize = 8;

/// Where each name of one list stands; empty for a list that is looked through.
#[derive(Debug, Default)]
struct Places(HashMap<Box<str>, usize>);

impl Places {
    fn of<T>(list: &[T], name: impl Fn(&T) -> &str) -> Self {
        let mut places = HashMap::new();
        if list.len() > MAX_SCANNED {
            for (place, item) in list.iter().enumerate() {
                places.entry(name(item).into()).or_insert(place);
            }
        }
        Self(places)
    }

    fn of_texts(list: &[Text]) -> Self {
        Self::of(list, |text| text)
    }
}

/// The place of a name in a list, by the list's index where there is one.
fn place<T>(index: Option<&Places>, list: &[T], name: &str, of: impl Fn(&T) -> &str) -> Option<usize> {
    match index {
        Some(places) if list.len() > MAX_SCANNED => places.0.get(name).copied(),
        _ => list.iter().position(|item| of(item) == name),
    }
}

/// Where all names of one declaration stand.
#[derive(Debug, Default)]
pub struct DeclarationIndex {
    commands: Places,
    actions: Places,
    routes: Places,
    counts: Places,
    /// The cells of each count.
    cells: Vec<Places>,
    timings: Places,
    /// The entries of each split of each timing.
    splits: Vec<Vec<Places>>,
    events: Places,
    /// The fields of each event.
    fields: Vec<Places>,
    /// The entries of each field of each event.
    entries: Vec<Vec<Places>>,
}

impl DeclarationIndex {
    /// The index of a declaration. It is good for this one alone.
    #[must_use]
    pub fn of(declaration: &Declaration) -> Self {
        let entries = |field: &FieldDeclaration| match &field.kind {
            FieldKind::Choice(list) | FieldKind::Set(list) => Places::of_texts(list),
            _ => Places::default(),
        };
        let splits =
            |timing: &TimingDeclaration| timing.by.iter().map(|split| Places::of_texts(&split.of)).collect();
        let events = &declaration.events;
        Self {
            commands: Places::of_texts(&declaration.commands),
            actions: Places::of(&declaration.actions, |action| &action.name),
            routes: Places::of_texts(&declaration.routes),
            counts: Places::of(&declaration.counts, |count| &count.name),
            cells: declaration.counts.iter().map(|count| Places::of_texts(&count.by)).collect(),
            timings: Places::of(&declaration.timings, |timing| &timing.name),
            splits: declaration.timings.iter().map(splits).collect(),
            events: Places::of(events, |event| &event.name),
            fields: events.iter().map(|event| Places::of(&event.fields, |field| &field.name)).collect(),
            entries: events.iter().map(|event| event.fields.iter().map(entries).collect()).collect(),
        }
    }
}

/// The names of a declaration, to be looked up.
#[derive(Clone, Copy, Debug)]
pub struct Names<'d> {
    declaration: &'d Declaration,
    index: Option<&'d DeclarationIndex>,
}

/// Names that are looked for one after the other.
impl<'d> From<&'d Declaration> for Names<'d> {
    fn from(declaration: &'d Declaration) -> Self {
        Self { declaration, index: None }
    }
}

impl<'d> Names<'d> {
    /// Names that are found by their hash. The index is the declaration's own.
    #[must_use]
    pub const fn indexed(declaration: &'d Declaration, index: &'d DeclarationIndex) -> Self {
        Self { declaration, index: Some(index) }
    }

    /// What the names are of.
    #[must_use]
    pub const fn declaration(self) -> &'d Declaration {
        self.declaration
    }

    pub(crate) fn command(self, name: &str) -> Option<&'d str> {
        let list = &*self.declaration.commands;
        place(self.index.map(|index| &index.commands), list, name, |text| text).map(|place| &*list[place])
    }

    pub(crate) fn action(self, name: &str) -> Option<&'d str> {
        let list = &*self.declaration.actions;
        let place = place(self.index.map(|index| &index.actions), list, name, |action| &action.name);
        place.map(|place| &*list[place].name)
    }

    pub(crate) fn route(self, pattern: &str) -> Option<&'d str> {
        let list = &*self.declaration.routes;
        place(self.index.map(|index| &index.routes), list, pattern, |text| text).map(|place| &*list[place])
    }

    pub(crate) fn count(self, name: &str) -> Option<CountNames<'d>> {
        let list = &*self.declaration.counts;
        let place = place(self.index.map(|index| &index.counts), list, name, |count| &count.name)?;
        let cells = self.index.and_then(|index| index.cells.get(place));
        Some(CountNames { declaration: &list[place], cells })
    }

    pub(crate) fn timing(self, name: &str) -> Option<TimingNames<'d>> {
        let list = &*self.declaration.timings;
        let place = place(self.index.map(|index| &index.timings), list, name, |timing| &timing.name)?;
        let splits = self.index.and_then(|index| index.splits.get(place)).map_or(&[][..], Vec::as_slice);
        Some(TimingNames { declaration: &list[place], splits })
    }

    /// The declared event of a name.
    #[must_use]
    pub fn event(self, name: &str) -> Option<&'d EventDeclaration> {
        self.event_names(name).map(|event| event.declaration)
    }

    pub(crate) fn event_names(self, name: &str) -> Option<EventNames<'d>> {
        let list = &*self.declaration.events;
        let place = place(self.index.map(|index| &index.events), list, name, |event| &event.name)?;
        Some(EventNames {
            declaration: &list[place],
            fields: self.index.and_then(|index| index.fields.get(place)),
            entries: self.index.and_then(|index| index.entries.get(place)).map_or(&[][..], Vec::as_slice),
        })
    }
}

/// The cells of a count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CountNames<'d> {
    pub(crate) declaration: &'d CountDeclaration,
    cells: Option<&'d Places>,
}

impl<'d> CountNames<'d> {
    pub(crate) fn cell(self, name: &str) -> Option<&'d str> {
        let list = &*self.declaration.by;
        place(self.cells, list, name, |text| text).map(|place| &*list[place])
    }
}

/// The splits of a timing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimingNames<'d> {
    pub(crate) declaration: &'d TimingDeclaration,
    splits: &'d [Places],
}

impl TimingNames<'_> {
    /// The place of an entry in a split.
    pub(crate) fn entry(self, split: usize, name: &str) -> Option<usize> {
        place(self.splits.get(split), &self.declaration.by.get(split)?.of, name, |text| text)
    }
}

/// The fields of an event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventNames<'d> {
    pub(crate) declaration: &'d EventDeclaration,
    fields: Option<&'d Places>,
    entries: &'d [Places],
}

impl<'d> EventNames<'d> {
    pub(crate) fn field(self, name: &str) -> Option<FieldNames<'d>> {
        let list = &*self.declaration.fields;
        let place = place(self.fields, list, name, |field| &field.name)?;
        Some(FieldNames { declaration: &list[place], entries: self.entries.get(place) })
    }
}

/// The entries of a field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FieldNames<'d> {
    pub(crate) declaration: &'d FieldDeclaration,
    entries: Option<&'d Places>,
}

impl<'d> FieldNames<'d> {
    /// An entry of the field's list with its place there. `list` is the field's own.
    pub(crate) fn entry(self, list: &'d [Text], name: &str) -> Option<(usize, &'d str)> {
        let place = place(self.entries, list, name, |text| text)?;
        Some((place, &list[place]))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Component, Limits, List};
    use super::*;

    fn texts(count: usize) -> List<Text> {
        (0..count).map(|number| Text::Owned(format!("name-{number}"))).collect()
    }

    fn field(kind: FieldKind, number: usize) -> FieldDeclaration {
        FieldDeclaration::new(format!("field-{number}").into(), kind, "".into())
    }

    fn declaration(count: usize) -> Declaration {
        let named = |number| {
            CountDeclaration::new(
                format!("name-{number}").into(),
                texts(count),
                List::default(),
                "".into(),
                u32::MAX,
                "".into(),
            )
        };
        let counts: Vec<_> = (0..count).map(named).collect();
        let fields: Vec<_> =
            (0..count).map(|number| field(FieldKind::Choice(texts(count)), number)).collect();
        let event = EventDeclaration::new(
            "it-happened".into(),
            Component::App,
            fields.into(),
            Limits::NONE,
            u32::MAX,
            "".into(),
        );
        Declaration::EMPTY
            .commands(texts(count))
            .routes(texts(count))
            .counts(counts.into())
            .events(vec![event].into())
    }

    #[test]
    fn a_long_list_is_hashed_and_gives_what_a_look_through_it_gives() {
        for count in [MAX_SCANNED, 200] {
            let declaration = declaration(count);
            let index = DeclarationIndex::of(&declaration);
            let hashed = if count > MAX_SCANNED { count } else { 0 };
            for places in [&index.commands, &index.routes, &index.counts, &index.cells[0], &index.fields[0]] {
                assert_eq!(places.0.len(), hashed);
            }
            assert_eq!(index.entries[0][0].0.len(), hashed);
            let indexed = Names::indexed(&declaration, &index);
            let scanned = Names::from(&declaration);
            for number in 0..=count {
                let name = format!("name-{number}");
                let is_known = number < count;
                for names in [indexed, scanned] {
                    assert_eq!(names.command(&name), is_known.then_some(&*name));
                    assert_eq!(names.route(&name), is_known.then_some(&*name));
                    let known = names.count(&name);
                    assert_eq!(known.map(|known| &*known.declaration.name), is_known.then_some(&*name));
                    assert_eq!(names.count("name-0").unwrap().cell(&name), is_known.then_some(&*name));
                    let event = names.event_names("it-happened").unwrap();
                    let field = event.field("field-3").unwrap();
                    let FieldKind::Choice(list) = &field.declaration.kind else { panic!("a choice") };
                    assert_eq!(field.entry(list, &name), is_known.then_some((number, &*name)));
                    assert_eq!(event.field(&format!("field-{number}")).is_some(), is_known);
                }
            }
        }
    }
}
