//! Reads one value by its shape; says what was expected where it is something else.

use toml::Spanned;
use toml::de::DeValue;

use super::form::{Key, MAX_EDGES, MAX_LIST, MAX_NUMBER, MAX_SPLITS, MAX_SURFACE, Shape};
use super::name;
use super::reader::{Entry, Reader, Span, entries, listed};
use crate::date::Date;
use crate::problem::{Words, words};
use crate::units;

/// A value that has passed.
pub(super) enum Read {
    Number(u64),
    Numbers(Vec<u64>),
    Text(String),
    Texts(Vec<String>),
    Until(Option<Date>),
    Pairs(Vec<(String, String, Span)>),
    Splits(Vec<(String, Vec<String>)>),
}

const CLOSED: &str = "every text on the wire is one that the manifest lists; none may need escaping anywhere";

/// Reads a value; `None` after telling why it does not pass.
pub(super) fn read(reader: &Reader<'_>, key: &Key, entry: &Entry<'_>) -> Option<Read> {
    let scene = Scene { reader, key };
    let value = entry.value;
    match key.shape {
        Shape::Number(least, most) => scene.number(value, least, most).map(Read::Number),
        Shape::Range => scene.range(value).map(Read::Numbers),
        Shape::True => scene.yes(value).map(|()| Read::Number(1)),
        Shape::Line(most) => scene.line(value, most).map(Read::Text),
        Shape::OneOf(list) => scene.one_of(value, list).map(Read::Text),
        Shape::Name
        | Shape::IngestKey
        | Shape::Address
        | Shape::Contact
        | Shape::Country
        | Shape::SampleRate
        | Shape::Retention => scene.spelled(value).map(Read::Text),
        Shape::Names(most) => scene.list(value, most, name::is_entry).map(Read::Texts),
        Shape::Commands => scene.list(value, MAX_SURFACE, name::is_command).map(Read::Texts),
        Shape::Routes => scene.list(value, MAX_SURFACE, name::is_route).map(Read::Texts),
        Shape::Actions | Shape::Allows => scene.pairs(value).map(Read::Pairs),
        Shape::Date => scene.date(value).map(|date| Read::Until(Some(date))),
        Shape::Until => match value.get_ref() {
            DeValue::String(text) if text == "never" => Some(Read::Until(None)),
            _ => scene.date(value).map(|date| Read::Until(Some(date))),
        },
        Shape::Splits => scene.splits(value).map(Read::Splits),
        Shape::Duration => scene.duration(value).map(Read::Number),
        Shape::Durations => scene.ascending(value, Scene::duration).map(Read::Numbers),
        Shape::Edges => {
            scene.ascending(value, |scene, edge| scene.number(edge, 1, MAX_NUMBER)).map(Read::Numbers)
        }
        Shape::Table(_) | Shape::Each(..) => None,
    }
}

struct Scene<'r, 's> {
    reader: &'r Reader<'s>,
    key: &'r Key,
}

impl Scene<'_, '_> {
    fn fail<T>(&self, span: &Span, words: Words) -> Option<T> {
        self.reader.error(span, words);
        None
    }

    fn wrong<T>(&self, value: &Spanned<DeValue<'_>>) -> Option<T> {
        self.fail(&value.span(), not(self.key.name, expected(self.key), value.get_ref()))
    }

    fn refuse<T>(&self, value: &Spanned<DeValue<'_>>, what: impl Into<String>) -> Option<T> {
        self.fail(&value.span(), words(what, self.key.doc, example(self.key)))
    }

    fn number(&self, value: &Spanned<DeValue<'_>>, least: u64, most: u64) -> Option<u64> {
        let DeValue::Integer(integer) = value.get_ref() else { return self.wrong(value) };
        match u64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) if (least..=most).contains(&number) => Some(number),
            _ => self.refuse(value, format!("`{}` must lie between {least} and {most}", self.key.name)),
        }
    }

    fn range(&self, value: &Spanned<DeValue<'_>>) -> Option<Vec<u64>> {
        let DeValue::Array(array) = value.get_ref() else { return self.wrong(value) };
        let numbers: Option<Vec<_>> = array.iter().map(|end| self.number(end, 0, 65_535)).collect();
        match numbers?.as_slice() {
            [least, most] if least < most => Some(vec![*least, *most]),
            _ => self.refuse(value, format!("`{}` needs two ends, the first smaller", self.key.name)),
        }
    }

    fn yes(&self, value: &Spanned<DeValue<'_>>) -> Option<()> {
        match value.get_ref() {
            DeValue::Boolean(true) => Some(()),
            _ => self.wrong(value),
        }
    }

    fn text<'v>(&self, value: &'v Spanned<DeValue<'v>>) -> Option<&'v str> {
        value.get_ref().as_str().or_else(|| self.wrong(value))
    }

    fn line(&self, value: &Spanned<DeValue<'_>>, most: usize) -> Option<String> {
        let text = self.text(value)?;
        let name = self.key.name;
        if text.trim().is_empty() {
            return self.refuse(value, format!("`{name}` is empty"));
        }
        if text.trim() != text || text.chars().any(char::is_control) {
            let what = format!("`{name}` must be one line without space at its ends");
            return self.refuse(value, what);
        }
        if text.chars().count() > most {
            return self.refuse(value, format!("`{name}` is longer than {most} characters"));
        }
        Some(text.to_owned())
    }

    fn one_of(&self, value: &Spanned<DeValue<'_>>, list: &[&str]) -> Option<String> {
        let text = self.text(value)?;
        if list.contains(&text) {
            return Some(text.to_owned());
        }
        let remedy = format!("write one of {}", listed(list.iter().copied()));
        self.fail(
            &value.span(),
            words(format!("`{}` cannot be `{text}`", self.key.name), self.key.doc, remedy),
        )
    }

    fn spelled(&self, value: &Spanned<DeValue<'_>>) -> Option<String> {
        let text = self.text(value)?;
        let fits = match self.key.shape {
            Shape::IngestKey => name::is_ingest_key(text),
            Shape::Address => name::is_address(text),
            Shape::Contact => name::is_mail(text) || name::is_address(text),
            Shape::Country => aboveboard_core::value::Country::parse(text).is_some(),
            Shape::Retention => units::retention_days(text).is_some(),
            Shape::SampleRate => units::share(text).is_some(),
            _ => name::is_name(text),
        };
        if fits {
            return Some(text.to_owned());
        }
        self.refuse(value, format!("`{}` is not {}", self.key.name, expected(self.key)))
    }

    fn list(
        &self,
        value: &Spanned<DeValue<'_>>,
        most: usize,
        fits: impl Fn(&str) -> bool,
    ) -> Option<Vec<String>> {
        let DeValue::Array(array) = value.get_ref() else { return self.wrong(value) };
        if array.is_empty() {
            return self.refuse(value, format!("`{}` is an empty list", self.key.name));
        }
        if array.len() > most {
            return self.fail(&value.span(), too_many(self.key.name, most));
        }
        let mut list: Vec<String> = Vec::new();
        let mut whole = true;
        for entry in array {
            match self.text(entry) {
                Some(text) if !fits(text) => {
                    let what = format!("`{text}` cannot stand in `{}`", self.key.name);
                    self.reader.error(&entry.span(), words(what, CLOSED, example(self.key)));
                    whole = false;
                }
                Some(text) if list.iter().any(|known| known == text) => {
                    let what = format!("`{text}` stands twice in `{}`", self.key.name);
                    self.reader.error(&entry.span(), words(what, "each entry has one meaning", "remove one"));
                    whole = false;
                }
                Some(text) => list.push(text.to_owned()),
                None => whole = false,
            }
        }
        whole.then_some(list)
    }

    fn pairs(&self, value: &Spanned<DeValue<'_>>) -> Option<Vec<(String, String, Span)>> {
        let DeValue::Table(table) = value.get_ref() else { return self.wrong(value) };
        let mut pairs = Vec::new();
        for entry in entries(table) {
            let text = self.text(entry.value)?;
            pairs.push((entry.name.to_owned(), text.to_owned(), entry.key));
        }
        if pairs.len() > MAX_SURFACE {
            return self.fail(&value.span(), too_many(self.key.name, MAX_SURFACE));
        }
        Some(pairs)
    }

    fn splits(&self, value: &Spanned<DeValue<'_>>) -> Option<Vec<(String, Vec<String>)>> {
        let DeValue::Table(table) = value.get_ref() else { return self.wrong(value) };
        let below = entries(table);
        if below.is_empty() || below.len() > MAX_SPLITS {
            return self.refuse(value, format!("`{}` needs 1 to {MAX_SPLITS} lists", self.key.name));
        }
        let names: Vec<_> = below.iter().map(|entry| (entry.name, entry.key.clone())).collect();
        for (name, span) in &names {
            if !name::is_name(name) {
                self.reader.error(span, not_a_name(name));
            }
        }
        let lists: Vec<_> = below
            .iter()
            .map(|entry| Some((entry.name.to_owned(), self.list(entry.value, MAX_LIST, name::is_entry)?)))
            .collect();
        lists.into_iter().collect()
    }

    fn date(&self, value: &Spanned<DeValue<'_>>) -> Option<Date> {
        let DeValue::Datetime(datetime) = value.get_ref() else { return self.wrong(value) };
        let date = datetime.date.filter(|_| datetime.time.is_none());
        date.and_then(|date| Date::new(date.year, date.month, date.day)).or_else(|| self.wrong(value))
    }

    fn duration(&self, value: &Spanned<DeValue<'_>>) -> Option<u64> {
        let text = self.text(value)?;
        let fits = units::milliseconds(text).filter(|length| *length <= MAX_NUMBER);
        fits.or_else(|| {
            self.fail(
                &value.span(),
                words(
                    format!("`{text}` is not a length of time"),
                    "a length is a whole number above zero and a unit",
                    "write it with ms, s, m, h or d: `250ms`, `5s`, `24h`",
                ),
            )
        })
    }

    fn ascending(
        &self,
        value: &Spanned<DeValue<'_>>,
        each: impl Fn(&Self, &Spanned<DeValue<'_>>) -> Option<u64>,
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

/// What a key holds, with its article.
pub(crate) fn expected(key: &Key) -> &'static str {
    match key.shape {
        Shape::Number(..) => "a whole number",
        Shape::Range => "a list of two whole numbers up to 65535",
        Shape::True => "`true`",
        Shape::Line(_) | Shape::OneOf(_) => "a text",
        Shape::Name => "a name: a lower-case letter, then letters, digits, `-` and `_`, at most 64",
        Shape::IngestKey => "a key of letters, digits, `-`, `_` and `.`, at most 64",
        Shape::Names(_) => "a list of names of lower-case letters, digits, `-` and `_`",
        Shape::Commands => "a list of command paths: lower-case words joined by one space",
        Shape::Routes => "a list of route patterns that begin with `/`, without query, quotes or spaces",
        Shape::Actions => "a table of names and action types",
        Shape::Allows => "a table of lints and reasons",
        Shape::Address => "an https address without user, query or trailing slash",
        Shape::Contact => "a mail address or an https address",
        Shape::Country => "a country of ISO 3166-1 in two upper-case letters",
        Shape::Retention => "a number of days, weeks, months or years",
        Shape::Date => "a date without quotes",
        Shape::Until => "a date without quotes, or `\"never\"`",
        Shape::SampleRate => "a part of all installations, such as `1/10`",
        Shape::Splits => "a table of names and lists of names",
        Shape::Duration => "a length of time in a text",
        Shape::Durations => "an ascending list of lengths of time",
        Shape::Edges => "an ascending list of whole numbers",
        Shape::Table(_) | Shape::Each(..) => "a table",
    }
}

/// A line that shows how a key is written.
pub(crate) fn example(key: &Key) -> String {
    let value = match key.shape {
        Shape::Number(least, _) => least.to_string(),
        Shape::Range => "[0, 255]".to_owned(),
        Shape::True => "true".to_owned(),
        Shape::Line(_) if key.name == "why" => {
            "\"how large are catalogs, where must listing scale?\"".to_owned()
        }
        Shape::Line(_) if key.name == "what" => "\"tables tracked\"".to_owned(),
        Shape::Line(_) => "\"…\"".to_owned(),
        Shape::Name => "\"quarry\"".to_owned(),
        Shape::IngestKey => "\"qk_pub_quarry\"".to_owned(),
        Shape::Names(_) => "[\"podman\", \"docker\"]".to_owned(),
        Shape::Commands => "[\"init\", \"metadata apply\"]".to_owned(),
        Shape::Routes => "[\"/data/:source/schema/:schema\"]".to_owned(),
        Shape::Actions => "{ table_tracked = \"data/trackTable\" }".to_owned(),
        Shape::Allows => "{ never-expires = \"the core figure of the product\" }".to_owned(),
        Shape::OneOf(list) => format!("\"{}\"", list.first().copied().unwrap_or_default()),
        Shape::Address => "\"https://telemetry.quarry.example\"".to_owned(),
        Shape::Contact => "\"privacy@quarry.example\"".to_owned(),
        Shape::Country => "\"DE\"".to_owned(),
        Shape::Retention => "\"13 months\"".to_owned(),
        Shape::Date | Shape::Until => "2026-11-22".to_owned(),
        Shape::SampleRate => "\"1/10\"".to_owned(),
        Shape::Splits => "{ transport = [\"http\", \"websocket\"] }".to_owned(),
        Shape::Duration if key.name == "fold" => "\"10s\"".to_owned(),
        Shape::Duration => "\"24h\"".to_owned(),
        Shape::Durations => "[\"1s\", \"5s\", \"30s\"]".to_owned(),
        Shape::Edges => "[1, 10, 100, 1000]".to_owned(),
        Shape::Table(_) => return format!("add the table `[{}]`", key.name),
        Shape::Each(..) => return format!("add a table `[{}.NAME]`", key.name),
    };
    format!("write `{} = {value}`", key.name)
}

pub(super) fn not(name: &str, expected: &str, found: &DeValue<'_>) -> Words {
    let what = format!("`{name}` must be {expected}, not {}", kind(found));
    words(
        what,
        "a value of another type would be read differently by different readers",
        format!("write {expected}"),
    )
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(true) => "`true`",
        DeValue::Boolean(false) => "`false`",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

pub(super) fn not_a_name(name: &str) -> Words {
    words(
        format!("`{name}` is not a name"),
        CLOSED,
        "begin with a lower-case letter; use letters, digits, `-` and `_`, at most 64",
    )
}

pub(super) fn too_many(name: &str, most: usize) -> Words {
    words(
        format!("`{name}` has more than {most} entries"),
        "what nobody can read through is not reviewed, and long lists single people out",
        "keep what a decision hangs on; everything else is `other`",
    )
}
