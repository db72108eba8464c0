//! The question a page answers, as it stands in the address: every filter, so that a link is the whole view.

use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::{ARCHITECTURES, Mark, Marks, OPERATING_SYSTEMS, known};
use aboveboard_types::value::Version;

use super::installation_filter::{Asked, MAX_FILTERS, Size, Use};
use crate::store::calendar::Day;
use crate::store::sqlite::Context;

/// The windows that can be chosen, in days.
pub(crate) const WINDOWS: [u16; 5] = [1, 7, 30, 90, 365];

/// What the address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Query {
    pub(crate) product: Option<String>,
    pub(crate) component: Option<Component>,
    pub(crate) version: Option<Version>,
    pub(crate) os: Option<&'static str>,
    pub(crate) arch: Option<&'static str>,
    pub(crate) show: MarksFilter,
    /// Which installations, by what they count and use.
    pub(crate) asked: Asked,
    /// Beside each figure, that of the window before.
    pub(crate) compare: bool,
    /// One of [`WINDOWS`]; 30 if none is named.
    pub(crate) days: Option<u16>,
    /// The last day of the window; today if none is named.
    pub(crate) until: Option<Day>,
    /// The box to show with its whole table.
    pub(crate) table: Option<String>,
}

/// Which data counts, by its marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum MarksFilter {
    /// What belongs into headline figures: not synthetic, test, CI, development or of an unstable id.
    #[default]
    Headline,
    /// Everything.
    All,
    /// Only what carries this mark.
    Only(Mark),
}

/// The marks that keep data out of headline figures. A container is an ordinary place for a server.
const ASIDE: [Mark; 5] = [Mark::Ci, Mark::Dev, Mark::Test, Mark::Unstable, Mark::Synthetic];

/// Whether data with these marks belongs into headline figures.
pub(crate) fn headline(marks: Marks) -> bool {
    ASIDE.iter().all(|mark| !marks.has(*mark))
}

impl MarksFilter {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "" | "headline" => Some(Self::Headline),
            "all" => Some(Self::All),
            name => Marks::parse(name).map(Self::Only),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Headline => "headline",
            Self::All => "all",
            Self::Only(mark) => Marks::default().with(mark).names().next().unwrap_or_default(),
        }
    }

    pub(crate) fn keeps(self, marks: Marks) -> bool {
        match self {
            Self::Headline => headline(marks),
            Self::All => true,
            Self::Only(mark) => marks.has(mark),
        }
    }
}

impl Query {
    /// Reads the part of an address after the question mark. Empty values ask for nothing, so that a form without
    /// script can be sent as it is.
    ///
    /// # Errors
    /// The first key whose value cannot be meant, for people.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut query = Self::default();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decode(value).ok_or_else(|| format!("{key} is not UTF-8"))?;
            if !value.is_empty() {
                query.take(key, &value)?;
            }
        }
        Ok(query)
    }

    fn take(&mut self, key: &str, value: &str) -> Result<(), String> {
        let wrong = |allowed: &str| Err(format!("{key} must be {allowed}"));
        match key {
            "product" => self.product = Some(value.to_owned()),
            "component" => match Component::parse(value) {
                Some(component) => self.component = Some(component),
                None => return wrong("one of server, cli, console, app"),
            },
            "version" => match Version::parse(value) {
                Some(version) => self.version = Some(version),
                None => return wrong("a version such as 1.2.3 or 1.2.3-rc"),
            },
            "os" => match known(&OPERATING_SYSTEMS, value) {
                Some(os) => self.os = Some(os),
                None => return wrong(&format!("one of {}", OPERATING_SYSTEMS.join(", "))),
            },
            "arch" => match known(&ARCHITECTURES, value) {
                Some(arch) => self.arch = Some(arch),
                None => return wrong(&format!("one of {}", ARCHITECTURES.join(", "))),
            },
            "show" => match MarksFilter::parse(value) {
                Some(show) => self.show = show,
                None => return wrong("headline, all, synthetic, test, ci, dev, container or unstable"),
            },
            "days" => match value.parse().ok().filter(|days| WINDOWS.contains(days)) {
                Some(days) => self.days = Some(days),
                None => return wrong("1, 7, 30, 90 or 365"),
            },
            "compare" if value == "before" => self.compare = true,
            "compare" => return wrong("before"),
            "size" => match Size::parse(value) {
                Some(size) => add(&mut self.asked.sizes, size, key)?,
                None => return wrong("a count and a band such as tables:10-99 or tables:100-"),
            },
            "used" | "unused" => match Use::parse(value) {
                Some(what) if key == "used" => add(&mut self.asked.used, what, key)?,
                Some(what) => add(&mut self.asked.unused, what, key)?,
                None => return wrong("such as command:init, action:NAME or event:NAME"),
            },
            "until" => match super::format::parse_day(value) {
                Some(day) => self.until = Some(day),
                None => return wrong("a day such as 2026-11-22"),
            },
            "table" => self.table = Some(value.to_owned()),
            _ => return Err("an unknown filter is in the address".to_owned()),
        }
        Ok(())
    }

    /// The window in days.
    pub(crate) fn window(&self) -> Day {
        Day::from(i16::try_from(self.days.unwrap_or(30)).unwrap_or(30))
    }

    /// Whether data of this context is asked for.
    pub(crate) fn keeps(&self, context: &Context) -> bool {
        self.show.keeps(context.marks)
            && self.component.is_none_or(|component| component == context.component)
            && self.version.is_none_or(|version| version == context.version)
            && self.os.is_none_or(|os| os == context.os)
            && self.arch.is_none_or(|arch| arch == context.arch)
    }

    /// The address of this query, beginning with the question mark, or `/` where it asks for nothing.
    pub(crate) fn address(&self) -> String {
        let mut pairs = Vec::new();
        let mut push = |key: &str, value: Option<String>| {
            if let Some(value) = value {
                pairs.push(format!("{key}={}", encode(&value)));
            }
        };
        push("product", self.product.clone());
        push("component", self.component.map(|component| component.name().to_owned()));
        push("version", self.version.map(|version| version.to_string()));
        push("os", self.os.map(str::to_owned));
        push("arch", self.arch.map(str::to_owned));
        push("show", (self.show != MarksFilter::Headline).then(|| self.show.name().to_owned()));
        for size in &self.asked.sizes {
            push("size", Some(size.to_string()));
        }
        for what in &self.asked.used {
            push("used", Some(what.to_string()));
        }
        for what in &self.asked.unused {
            push("unused", Some(what.to_string()));
        }
        push("days", self.days.map(|days| days.to_string()));
        push("until", self.until.map(super::format::day));
        push("compare", self.compare.then(|| "before".to_owned()));
        push("table", self.table.clone());
        if pairs.is_empty() { "/".to_owned() } else { format!("/?{}", pairs.join("&")) }
    }

    /// The address of a table of this query in a machine's form.
    pub(crate) fn api(&self, table: &str, form: &str) -> String {
        let address = Self { table: None, ..self.clone() }.address();
        format!("/api/tables/{table}.{form}{}", &address[1..])
    }

    /// The address of this query with a change.
    pub(crate) fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut query = self.clone();
        change(&mut query);
        query.address()
    }
}

/// Adds a filter that may be there several times. Twice the same asks for the same.
fn add<T: PartialEq>(all: &mut Vec<T>, one: T, key: &str) -> Result<(), String> {
    if !all.contains(&one) {
        all.push(one);
    }
    if all.len() > MAX_FILTERS {
        Err(format!("{key} may be there {MAX_FILTERS} times at most"))
    } else {
        Ok(())
    }
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        rest = more;
        bytes.push(match first {
            b'+' => b' ',
            b'%' => {
                let (digits, more) = rest.split_at_checked(2)?;
                rest = more;
                u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?
            }
            other => *other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let one = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_the_whole_question() {
        let text = "product=quarry&component=cli&version=1.2.3-rc&os=linux&arch=aarch64&show=all&size=tables%3A10-99&size=permissions.select%3A1-&used=command%3Ainit&unused=event%3Aa&days=90&\
                    until=2026-11-22&compare=before&table=commands";
        let query = Query::parse(text).unwrap();
        assert_eq!(query.address(), format!("/?{text}"));
        assert_eq!(Query::parse("component=&days=").unwrap(), Query::default());
        assert_eq!(Query::default().address(), "/");
        let strange = Query { product: Some("a&b =<\"é".to_owned()), ..Query::default() };
        assert_eq!(Query::parse(&strange.address()[2..]).unwrap(), strange);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_the_remedy() {
        for (text, remedy) in [
            ("component=x", "component must be one of server, cli, console, app"),
            ("days=8", "days must be 1, 7, 30, 90 or 365"),
            ("until=2026-02-30", "until must be a day such as 2026-11-22"),
            ("version=%FF", "version is not UTF-8"),
            ("compare=x", "compare must be before"),
            ("size=tables:1", "size must be a count and a band such as tables:10-99 or tables:100-"),
            ("used=x", "used must be such as command:init, action:NAME or event:NAME"),
            (
                "unused=event:a&unused=event:b&unused=event:c&unused=event:d&unused=event:a&unused=event:e",
                "unused may be there 4 times at most",
            ),
            ("x=1", "an unknown filter is in the address"),
        ] {
            assert_eq!(Query::parse(text).unwrap_err(), remedy);
        }
    }

    #[test]
    fn headline_figures_leave_out_every_mark_but_container() {
        for (mark, name) in Marks::ALL {
            let marks = Marks::default().with(mark);
            assert_eq!(headline(marks), mark == Mark::Container, "{name}");
            assert!(MarksFilter::All.keeps(marks));
            assert!(MarksFilter::parse(name).unwrap().keeps(marks));
            assert!(!MarksFilter::parse(name).unwrap().keeps(Marks::default()));
        }
    }
}
