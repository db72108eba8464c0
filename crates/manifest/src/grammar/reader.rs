//! Opens tables against their forms and keeps every problem found on the way.

use std::cell::RefCell;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::form::{Form, Key, Need, Shape};
use super::name;
use super::value::{self, Read};
use crate::date::Date;
use crate::problem::{Problem, Sheet, Words, words};

pub(crate) type Span = Range<usize>;

/// A file being read.
pub(crate) struct Reader<'s> {
    pub(crate) sheet: &'s Sheet,
    problems: RefCell<Vec<Problem>>,
}

/// One key with its value.
pub(crate) struct Entry<'v> {
    pub(crate) name: &'v str,
    pub(crate) key: Span,
    pub(crate) value: &'v Spanned<DeValue<'v>>,
}

/// An opened table.
pub(crate) struct Rows<'r, 's, 'v> {
    pub(crate) reader: &'r Reader<'s>,
    /// As the file would head it, without brackets: `counts.tables`; empty for the file itself.
    pub(crate) path: String,
    pub(crate) span: Span,
    form: &'static Form,
    entries: Vec<Entry<'v>>,
}

impl<'s> Reader<'s> {
    pub(crate) fn new(sheet: &'s Sheet) -> Self {
        Self { sheet, problems: RefCell::default() }
    }

    pub(crate) fn error(&self, span: &Span, words: Words) {
        self.problems.borrow_mut().push(self.sheet.error(span, words));
    }

    /// Every problem in the order of the file.
    pub(crate) fn problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| (problem.line, problem.column));
        problems
    }

    /// Opens a table: unknown and missing keys are told here, values when they are read.
    pub(crate) fn open<'r, 'v>(
        &'r self,
        path: String,
        span: Span,
        table: &'v DeTable<'v>,
        form: &'static Form,
    ) -> Rows<'r, 's, 'v> {
        let rows = Rows { reader: self, path, span, form, entries: entries(table) };
        for entry in &rows.entries {
            if !form.keys.iter().any(|key| key.name == entry.name) {
                self.error(&entry.key, unknown(entry.name, &rows.path, form));
            }
        }
        for key in form.keys.iter().filter(|key| key.need == Need::Must) {
            if rows.entry(key.name).is_none() {
                self.error(&rows.span, missing(key, &rows.path));
            }
        }
        rows
    }
}

/// The entries of a table in the order of the file.
pub(crate) fn entries<'v>(table: &'v DeTable<'v>) -> Vec<Entry<'v>> {
    let mut entries: Vec<_> = table
        .iter()
        .map(|(key, value)| Entry { name: key.get_ref().as_ref(), key: key.span(), value })
        .collect();
    entries.sort_by_key(|entry| entry.key.start);
    entries
}

fn place(path: &str) -> String {
    if path.is_empty() { "at the top of the file".to_owned() } else { format!("in `[{path}]`") }
}

fn unknown(name: &str, path: &str, form: &Form) -> Words {
    let keys = || form.keys.iter().map(|key| key.name);
    let remedy = match name::nearest(name, keys()) {
        Some(near) => format!("write `{near}`, if that is meant"),
        None => format!("remove it; known here are {}", listed(keys())),
    };
    words(
        format!("unknown key `{name}` {}", place(path)),
        "what the grammar does not know would be read by people and obeyed by nothing",
        remedy,
    )
}

fn missing(key: &Key, path: &str) -> Words {
    words(format!("`{}` is missing {}", key.name, place(path)), key.doc, value::example(key))
}

/// `` `a`, `b` and `c` ``
pub(crate) fn listed<'k>(names: impl IntoIterator<Item = &'k str>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

impl<'r, 's, 'v> Rows<'r, 's, 'v> {
    pub(crate) fn entry(&self, name: &str) -> Option<&Entry<'v>> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The place of a key's value, or of the table where it is missing.
    pub(crate) fn span_of(&self, name: &str) -> Span {
        self.entry(name).map_or_else(|| self.span.clone(), |entry| entry.value.span())
    }

    fn read(&self, name: &str) -> Option<Read> {
        let key = self.form.keys.iter().find(|key| key.name == name)?;
        value::read(self.reader, key, self.entry(name)?)
    }

    /// The child table under a key.
    pub(crate) fn table(&self, name: &str) -> Option<Rows<'r, 's, 'v>> {
        let Shape::Table(form) = self.form.keys.iter().find(|key| key.name == name)?.shape else {
            return None;
        };
        self.child(self.entry(name)?, form)
    }

    /// The child tables under a key, one for each name, in the order of the file.
    pub(crate) fn each(&self, name: &str) -> Vec<(String, Rows<'r, 's, 'v>)> {
        let key = self.form.keys.iter().find(|key| key.name == name);
        let (Some(Key { shape: Shape::Each(form, most), .. }), Some(entry)) = (key, self.entry(name)) else {
            return Vec::new();
        };
        let DeValue::Table(table) = entry.value.get_ref() else {
            self.reader.error(&entry.value.span(), value::not(name, "a table", entry.value.get_ref()));
            return Vec::new();
        };
        let below = entries(table);
        if below.len() > *most {
            self.reader.error(&below[*most].key, value::too_many(name, *most));
        }
        let names: Vec<_> = below.iter().map(|entry| (entry.name, entry.key.clone())).collect();
        self.distinct(name, &names);
        below
            .iter()
            .filter_map(|child| Some((child.name.to_owned(), self.child_of(name, child, form)?)))
            .collect()
    }

    /// Names must be names, and stay apart.
    pub(crate) fn distinct(&self, what: &str, names: &[(&str, Span)]) {
        for (name, span) in names {
            if !name::is_name(name) {
                self.reader.error(span, value::not_a_name(name));
            }
        }
        self.apart(what, names);
    }

    /// Names must stay apart when generated code spells them.
    pub(crate) fn apart(&self, what: &str, names: &[(&str, Span)]) {
        for (index, (name, span)) in names.iter().enumerate() {
            if let Some((twin, _)) = names[..index].iter().find(|(twin, _)| name::clash(twin, name)) {
                self.reader.error(
                    span,
                    words(
                        format!("`{name}` and `{twin}` of `{what}` are the same name in generated code"),
                        "Rust and TypeScript spell names without `-` and spaces",
                        "give one of them another name",
                    ),
                );
            }
        }
    }

    fn child(&self, entry: &Entry<'v>, form: &'static Form) -> Option<Rows<'r, 's, 'v>> {
        self.child_at(entry.name.to_owned(), entry, form)
    }

    fn child_of(&self, parent: &str, entry: &Entry<'v>, form: &'static Form) -> Option<Rows<'r, 's, 'v>> {
        self.child_at(format!("{parent}.{}", entry.name), entry, form)
    }

    fn child_at(&self, name: String, entry: &Entry<'v>, form: &'static Form) -> Option<Rows<'r, 's, 'v>> {
        let path = if self.path.is_empty() { name } else { format!("{}.{name}", self.path) };
        match entry.value.get_ref() {
            DeValue::Table(table) => Some(self.reader.open(path, entry.key.clone(), table, form)),
            other => {
                self.reader.error(&entry.value.span(), value::not(entry.name, "a table", other));
                None
            }
        }
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        if let Read::Text(text) = self.read(name)? { Some(text) } else { None }
    }

    pub(crate) fn texts(&self, name: &str) -> Option<Vec<String>> {
        if let Read::Texts(texts) = self.read(name)? { Some(texts) } else { None }
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        if let Read::Number(number) = self.read(name)? { Some(number) } else { None }
    }

    pub(crate) fn numbers(&self, name: &str) -> Option<Vec<u64>> {
        if let Read::Numbers(numbers) = self.read(name)? { Some(numbers) } else { None }
    }

    pub(crate) fn date(&self, name: &str) -> Option<Date> {
        if let Read::Until(date) = self.read(name)? { date } else { None }
    }

    /// `Some(None)` is `"never"`.
    pub(crate) fn until(&self, name: &str) -> Option<Option<Date>> {
        if let Read::Until(until) = self.read(name)? { Some(until) } else { None }
    }

    pub(crate) fn splits(&self, name: &str) -> Option<Vec<(String, Vec<String>)>> {
        if let Read::Splits(splits) = self.read(name)? { Some(splits) } else { None }
    }

    pub(crate) fn pairs(&self, name: &str) -> Option<Vec<(String, String, Span)>> {
        if let Read::Pairs(pairs) = self.read(name)? { Some(pairs) } else { None }
    }
}
