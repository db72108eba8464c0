//! Reads one value by its type, and explains what was expected where it is something else.

use aboveboard_types::printable::is_printable;
use toml::de::DeValue;

use super::entries::{KeyValue, RawValue, entries};
use super::verifier_key::is_verifier_key;
use super::{
    CLOSED_LIST, Diagnostics, KeyDefinition, MAX_EDGES, MAX_LIST, MAX_NUMBER, MAX_OLD_NAMES,
    MAX_PUBLISH_TABLES, MAX_SPLITS, MAX_STEPS, MAX_SURFACE, MAX_VERIFIER_KEYS, MIN_STEPS, Span, Spelling,
    ValueType, example, expected, listed, name, not_a_name, too_many, wrong_type,
};
use crate::funnel::is_step;
use crate::problem::{Explanation, explain};
use crate::{Date, PublishTable, ReleaseLine, units};

/// A value that has passed.
pub(super) enum ParsedValue {
    Number(u64),
    Numbers(Vec<u64>),
    Text(String),
    Texts(Vec<String>),
    Until(Option<Date>),
    Pairs(Vec<(String, String, Span)>),
    Splits(Vec<(String, Vec<String>)>),
}

/// Reads a value; `None` after reporting why it does not pass.
pub(super) fn read(
    diagnostics: &Diagnostics<'_>,
    key: &KeyDefinition,
    entry: &KeyValue<'_>,
) -> Option<ParsedValue> {
    let reader = ValueReader { diagnostics, key };
    let value = entry.value;
    match key.value_type {
        ValueType::Number(min, max) => reader.number(value, min, max).map(ParsedValue::Number),
        ValueType::Range => reader.range(value).map(ParsedValue::Numbers),
        ValueType::True => reader.yes(value).map(|()| ParsedValue::Number(1)),
        ValueType::Line(max) => reader.line(value, max).map(ParsedValue::Text),
        ValueType::OneOf(list) => reader.one_of(value, list).map(ParsedValue::Text),
        ValueType::Name
        | ValueType::IngestKey
        | ValueType::Address
        | ValueType::Contact
        | ValueType::Country
        | ValueType::SampleRate
        | ValueType::Retention => reader.spelled(value).map(ParsedValue::Text),
        ValueType::Names(max) => reader.list(value, max, name::is_entry).map(ParsedValue::Texts),
        ValueType::Commands => reader.list(value, MAX_SURFACE, name::is_command).map(ParsedValue::Texts),
        ValueType::Releases => reader.list(value, MAX_SURFACE, is_release).map(ParsedValue::Texts),
        ValueType::Routes => reader.list(value, MAX_SURFACE, name::is_route).map(ParsedValue::Texts),
        ValueType::Actions | ValueType::Allows => reader.pairs(value).map(ParsedValue::Pairs),
        ValueType::Date => reader.date(value).map(|date| ParsedValue::Until(Some(date))),
        ValueType::Until => match value.get_ref() {
            DeValue::String(text) if text == "never" => Some(ParsedValue::Until(None)),
            _ => reader.date(value).map(|date| ParsedValue::Until(Some(date))),
        },
        ValueType::Splits => reader.splits(value).map(ParsedValue::Splits),
        ValueType::OldNames(spelling) => reader.old_names(value, spelling).map(ParsedValue::Splits),
        ValueType::Steps => reader.steps(value).map(ParsedValue::Texts),
        ValueType::PublishTables => {
            reader.list(value, MAX_PUBLISH_TABLES, is_publish_table).map(ParsedValue::Texts)
        }
        ValueType::VerifierKeys => {
            reader.list(value, MAX_VERIFIER_KEYS, is_verifier_key).map(ParsedValue::Texts)
        }
        ValueType::Duration => reader.duration(value).map(ParsedValue::Number),
        ValueType::Durations => reader.ascending(value, ValueReader::duration).map(ParsedValue::Numbers),
        ValueType::Edges => reader
            .ascending(value, |reader, edge| reader.number(edge, 1, MAX_NUMBER))
            .map(ParsedValue::Numbers),
        ValueType::Table(_) | ValueType::Each(..) => None,
    }
}

/// What is wrong with a character that shows nothing or something else.
pub(super) fn hides(hidden: char) -> String {
    format!("U+{:04X} cannot be seen, or changes how what stands beside it is seen", u32::from(hidden))
}

fn is_publish_table(text: &str) -> bool {
    text.parse::<PublishTable>().is_ok()
}

fn is_release(text: &str) -> bool {
    text.parse::<ReleaseLine>().is_ok()
}

struct ValueReader<'r, 's> {
    diagnostics: &'r Diagnostics<'s>,
    key: &'r KeyDefinition,
}

impl ValueReader<'_, '_> {
    fn fail<T>(&self, value: &RawValue<'_>, explanation: Explanation) -> Option<T> {
        self.diagnostics.error(&value.span(), explanation);
        None
    }

    fn wrong<T>(&self, value: &RawValue<'_>) -> Option<T> {
        self.fail(value, wrong_type(self.key.name, expected(self.key), value.get_ref()))
    }

    fn refuse<T>(&self, value: &RawValue<'_>, what: impl Into<String>) -> Option<T> {
        self.fail(value, explain(what, self.key.doc, example(self.key)))
    }

    fn number(&self, value: &RawValue<'_>, min: u64, max: u64) -> Option<u64> {
        let DeValue::Integer(integer) = value.get_ref() else { return self.wrong(value) };
        match u64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) if (min..=max).contains(&number) => Some(number),
            _ => self.refuse(value, format!("`{}` must lie between {min} and {max}", self.key.name)),
        }
    }

    fn range(&self, value: &RawValue<'_>) -> Option<Vec<u64>> {
        let DeValue::Array(array) = value.get_ref() else { return self.wrong(value) };
        let numbers: Option<Vec<_>> = array.iter().map(|end| self.number(end, 0, 65_535)).collect();
        match numbers?.as_slice() {
            [min, max] if min < max => Some(vec![*min, *max]),
            _ => self.refuse(value, format!("`{}` needs two ends, the first smaller", self.key.name)),
        }
    }

    fn yes(&self, value: &RawValue<'_>) -> Option<()> {
        match value.get_ref() {
            DeValue::Boolean(true) => Some(()),
            _ => self.wrong(value),
        }
    }

    fn text<'v>(&self, value: &'v RawValue<'v>) -> Option<&'v str> {
        value.get_ref().as_str().or_else(|| self.wrong(value))
    }

    fn line(&self, value: &RawValue<'_>, max: usize) -> Option<String> {
        let text = self.text(value)?;
        let name = self.key.name;
        if text.trim().is_empty() {
            return self.refuse(value, format!("`{name}` is empty"));
        }
        if text.trim() != text || text.contains(['\n', '\r', '\t']) {
            let what = format!("`{name}` must be one line without space at its ends");
            return self.refuse(value, what);
        }
        if let Some(hidden) = text.chars().find(|c| !is_printable(*c)) {
            return self.refuse(value, hides(hidden));
        }
        if text.chars().count() > max {
            return self.refuse(value, format!("`{name}` is longer than {max} characters"));
        }
        Some(text.to_owned())
    }

    fn one_of(&self, value: &RawValue<'_>, list: &[&str]) -> Option<String> {
        let text = self.text(value)?;
        if list.contains(&text) {
            return Some(text.to_owned());
        }
        let remedy = format!("write one of {}", listed(list.iter().copied()));
        let what = format!("`{}` cannot be `{text}`", self.key.name);
        self.fail(value, explain(what, self.key.doc, remedy))
    }

    fn spelled(&self, value: &RawValue<'_>) -> Option<String> {
        let text = self.text(value)?;
        let fits = match self.key.value_type {
            ValueType::IngestKey => name::is_ingest_key(text),
            ValueType::Address => name::is_address(text),
            ValueType::Contact => name::is_mail(text) || name::is_address(text),
            ValueType::Country => aboveboard_types::value::Country::parse(text).is_some(),
            ValueType::Retention => units::retention_days(text).is_some(),
            ValueType::SampleRate => units::share(text).is_some(),
            _ => name::is_name(text),
        };
        if fits {
            return Some(text.to_owned());
        }
        self.refuse(value, format!("`{}` is not {}", self.key.name, expected(self.key)))
    }

    fn list(&self, value: &RawValue<'_>, max: usize, fits: impl Fn(&str) -> bool) -> Option<Vec<String>> {
        let DeValue::Array(array) = value.get_ref() else { return self.wrong(value) };
        if array.is_empty() {
            return self.refuse(value, format!("`{}` is an empty list", self.key.name));
        }
        if array.len() > max {
            return self.fail(value, too_many(self.key.name, max));
        }
        let mut list: Vec<String> = Vec::new();
        let mut is_whole = true;
        for entry in array {
            match self.text(entry) {
                Some(text) if !fits(text) => {
                    let what = format!("`{text}` cannot be an entry of `{}`", self.key.name);
                    self.diagnostics.report(&entry.span(), what, self.reason_of_entries(), example(self.key));
                    is_whole = false;
                }
                Some(text) if list.iter().any(|known| known == text) => {
                    let what = format!("`{text}` is listed twice in `{}`", self.key.name);
                    self.diagnostics.report(&entry.span(), what, "each entry has one meaning", "remove one");
                    is_whole = false;
                }
                Some(text) => list.push(text.to_owned()),
                None => is_whole = false,
            }
        }
        is_whole.then_some(list)
    }

    /// Why the entries of a list are what they are.
    fn reason_of_entries(&self) -> &'static str {
        match self.key.value_type {
            ValueType::PublishTables => self.key.doc,
            ValueType::VerifierKeys => {
                "readers look for the signature of just this key; its hash is of the name and the key, so that it tells a slip"
            }
            _ => CLOSED_LIST,
        }
    }

    fn pairs(&self, value: &RawValue<'_>) -> Option<Vec<(String, String, Span)>> {
        let DeValue::Table(table) = value.get_ref() else { return self.wrong(value) };
        let mut pairs = Vec::new();
        for entry in entries(table) {
            let text = self.text(entry.value)?;
            pairs.push((entry.name.to_owned(), text.to_owned(), entry.key_span));
        }
        if pairs.len() > MAX_SURFACE {
            return self.fail(value, too_many(self.key.name, MAX_SURFACE));
        }
        Some(pairs)
    }

    fn splits(&self, value: &RawValue<'_>) -> Option<Vec<(String, Vec<String>)>> {
        let DeValue::Table(table) = value.get_ref() else { return self.wrong(value) };
        let below = entries(table);
        if below.is_empty() || below.len() > MAX_SPLITS {
            return self.refuse(value, format!("`{}` needs 1 to {MAX_SPLITS} lists", self.key.name));
        }
        for entry in below.iter().filter(|entry| !name::is_name(entry.name)) {
            self.diagnostics.error(&entry.key_span, not_a_name(entry.name));
        }
        let lists: Vec<_> = below
            .iter()
            .map(|entry| Some((entry.name.to_owned(), self.list(entry.value, MAX_LIST, name::is_entry)?)))
            .collect();
        lists.into_iter().collect()
    }

    fn old_names(&self, value: &RawValue<'_>, spelling: Spelling) -> Option<Vec<(String, Vec<String>)>> {
        let DeValue::Table(table) = value.get_ref() else { return self.wrong(value) };
        let fits = match spelling {
            Spelling::Entry => name::is_entry,
            Spelling::Command => name::is_command,
            Spelling::Route => name::is_route,
        };
        let below = entries(table);
        if below.is_empty() {
            return self.refuse(value, format!("`{}` is empty", self.key.name));
        }
        let lists: Vec<_> = below
            .iter()
            .map(|entry| Some((entry.name.to_owned(), self.list(entry.value, MAX_OLD_NAMES, fits)?)))
            .collect();
        lists.into_iter().collect()
    }

    fn steps(&self, value: &RawValue<'_>) -> Option<Vec<String>> {
        let DeValue::Array(array) = value.get_ref() else { return self.wrong(value) };
        if !(MIN_STEPS..=MAX_STEPS).contains(&array.len()) {
            let what = format!("a funnel has {MIN_STEPS} to {MAX_STEPS} steps, not {}", array.len());
            return self.refuse(value, what);
        }
        let step = |step: &RawValue<'_>| {
            let text = self.text(step)?;
            if is_step(text) {
                return Some(text.to_owned());
            }
            let what = format!("`{text}` cannot be a step");
            self.fail(step, explain(what, self.key.doc, example(self.key)))
        };
        let steps: Vec<_> = array.iter().map(step).collect();
        steps.into_iter().collect()
    }

    fn date(&self, value: &RawValue<'_>) -> Option<Date> {
        let DeValue::Datetime(datetime) = value.get_ref() else { return self.wrong(value) };
        let date = datetime.date.filter(|_| datetime.time.is_none());
        date.and_then(|date| Date::new(date.year, date.month, date.day)).or_else(|| self.wrong(value))
    }

    fn duration(&self, value: &RawValue<'_>) -> Option<u64> {
        let text = self.text(value)?;
        let fits = units::milliseconds(text).filter(|length| (1..=MAX_NUMBER).contains(length));
        fits.or_else(|| {
            let explanation = explain(
                format!("`{text}` is not a length of time"),
                "a length is a whole number above zero and a unit",
                "write it with ms, s, m, h or d: `250ms`, `5s`, `24h`",
            );
            self.fail(value, explanation)
        })
    }

    fn ascending(
        &self,
        value: &RawValue<'_>,
        each: impl Fn(&Self, &RawValue<'_>) -> Option<u64>,
    ) -> Option<Vec<u64>> {
        let DeValue::Array(array) = value.get_ref() else { return self.wrong(value) };
        if array.is_empty() || array.len() > MAX_EDGES {
            return self.refuse(value, format!("`{}` needs 1 to {MAX_EDGES} edges", self.key.name));
        }
        let numbers = array.iter().map(|edge| each(self, edge)).collect::<Option<Vec<_>>>()?;
        if numbers.windows(2).all(|pair| pair[0] < pair[1]) {
            return Some(numbers);
        }
        self.refuse(value, format!("the edges of `{}` must ascend", self.key.name))
    }
}
