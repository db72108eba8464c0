//! The question a page answers, as it stands in the address: every filter, so that a link is the whole view.

use aboveboard_store::calendar::Day;
use aboveboard_store::context::{ContextFilter, MarksFilter};
use aboveboard_store::figures::InstallationFilter;
use aboveboard_store::figures::series::Series;
use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::{ARCHITECTURES, Mark, OPERATING_SYSTEMS, known};
use aboveboard_types::value::Version;

use super::filter_text::{MAX_FILTERS, parse_size, parse_usage, size_text, usage_text};
use crate::dates;

/// The windows that can be chosen, in days.
pub(crate) const WINDOWS: [u16; 5] = [1, 7, 30, 90, 365];

/// The keys that an address may have.
pub(crate) const KEYS: [&str; 14] = [
    "product",
    "component",
    "version",
    "os",
    "arch",
    "show",
    "size",
    "used",
    "unused",
    "days",
    "until",
    "compare",
    "chart",
    "table",
];

/// Those that may be there several times.
const REPEATED: [&str; 3] = ["size", "used", "unused"];

/// The window if none is named, in days.
const DEFAULT_WINDOW: u16 = 30;

/// What the address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PageQuery {
    pub(crate) product: Option<String>,
    /// Which data, by what recorded it.
    pub(crate) contexts: ContextFilter,
    /// Which installations, by what they count and use.
    pub(crate) installations: InstallationFilter,
    /// Beside each figure, that of the previous window.
    pub(crate) is_compared: bool,
    /// One of [`WINDOWS`].
    pub(crate) days: Option<u16>,
    /// The last day of the window; today if none is named.
    pub(crate) until: Option<Day>,
    /// Which number the chart follows by day.
    pub(crate) chart: Series,
    /// The panel to show with its whole table.
    pub(crate) table: Option<String>,
}

/// What the chart can follow, by its name in an address.
const CHARTS: [(Series, &str); 4] = [
    (Series::Active28, "active-28"),
    (Series::Active7, "active-7"),
    (Series::New, "new"),
    (Series::Failing, "failing"),
];

fn parse_series(text: &str) -> Option<Series> {
    CHARTS.iter().find(|(_, name)| *name == text).map(|(series, _)| *series)
}

/// The series as it stands in an address; none for what stands for itself.
pub(crate) fn series_text(series: Series) -> Option<&'static str> {
    CHARTS.iter().find(|(known, _)| *known == series).map(|(_, name)| *name)
}

fn parse_marks(text: &str) -> Option<MarksFilter> {
    match text {
        "" | "headline" => Some(MarksFilter::default()),
        "all" => Some(MarksFilter::All),
        name => Mark::parse(name).map(MarksFilter::Only),
    }
}

/// The filter as it stands in an address; none for what stands for itself.
pub(crate) fn marks_text(filter: MarksFilter) -> Option<String> {
    match filter {
        MarksFilter::Headline(_) => None,
        MarksFilter::All => Some("all".to_owned()),
        MarksFilter::Only(mark) => Some(mark.name().to_owned()),
    }
}

impl PageQuery {
    /// Reads the part of an address after the question mark. Empty values ask for nothing, so that a form without
    /// script can be sent as it is.
    ///
    /// # Errors
    /// The first key whose value cannot be meant, for people.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut query = Self::default();
        let mut said = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            query.take_pair(pair, &mut said)?;
        }
        Ok(query)
    }

    /// The same of an address that names its table in its path, or that answers with none.
    ///
    /// # Errors
    /// As above, and where it names one as a parameter.
    pub(crate) fn parse_without_table(text: &str) -> Result<Self, String> {
        let query = Self::parse(text)?;
        match query.table {
            None => Ok(query),
            Some(_) => Err("table is a parameter of the page alone; here leave it out".to_owned()),
        }
    }

    /// What of an address can be meant, for the way on from one that cannot.
    pub(crate) fn mended(text: &str) -> Self {
        let mut query = Self::default();
        let mut said = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let mut with = query.clone();
            if with.take_pair(pair, &mut said).is_ok() {
                query = with;
            }
        }
        query
    }

    /// Takes in one pair; `said` are the keys of those before it.
    fn take_pair(&mut self, pair: &str, said: &mut Vec<&'static str>) -> Result<(), String> {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let key = KEYS.into_iter().find(|known| *known == key).ok_or_else(unknown_key)?;
        let value = decode(value).ok_or_else(|| format!("{key} is not UTF-8"))?;
        if value.is_empty() {
            return Ok(());
        }
        if said.contains(&key) && !REPEATED.contains(&key) {
            return Err(format!("{key} may be there once"));
        }
        self.take(key, &value).ok_or_else(|| remedy(key))?;
        said.push(key);
        let InstallationFilter { sizes, used, unused } = &self.installations;
        if sizes.len().max(used.len()).max(unused.len()) > MAX_FILTERS {
            return Err(format!("{key} may be there {MAX_FILTERS} times at most"));
        }
        Ok(())
    }

    /// Takes a filter in; `None` where it cannot be meant.
    fn take(&mut self, key: &str, value: &str) -> Option<()> {
        match key {
            "product" => self.product = Some(value.to_owned()),
            "component" => self.contexts.component = Some(Component::parse(value)?),
            "version" => self.contexts.version = Some(Version::parse(value)?),
            "os" => self.contexts.os = Some(known(&OPERATING_SYSTEMS, value)?),
            "arch" => self.contexts.arch = Some(known(&ARCHITECTURES, value)?),
            "show" => self.contexts.marks = parse_marks(value)?,
            "days" => self.days = Some(value.parse().ok().filter(|days| WINDOWS.contains(days))?),
            "compare" if value == "before" => self.is_compared = true,
            "size" => add(&mut self.installations.sizes, parse_size(value)?),
            "used" => add(&mut self.installations.used, parse_usage(value)?),
            "unused" => add(&mut self.installations.unused, parse_usage(value)?),
            "chart" => self.chart = parse_series(value)?,
            "until" => self.until = Some(dates::parse_iso(value)?),
            "table" => self.table = Some(value.to_owned()),
            _ => return None,
        }
        Some(())
    }

    /// The window in days.
    pub(crate) fn window(&self) -> u16 {
        self.days.unwrap_or(DEFAULT_WINDOW)
    }

    /// What the address of this query says, in order.
    pub(crate) fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        let mut push = |key, value: Option<String>| pairs.extend(value.map(|value| (key, value)));
        push("product", self.product.clone());
        let ContextFilter { component, version, os, arch, marks } = self.contexts;
        push("component", component.map(|component| component.name().to_owned()));
        push("version", version.map(|version| version.to_string()));
        push("os", os.map(str::to_owned));
        push("arch", arch.map(str::to_owned));
        push("show", marks_text(marks));
        self.installations.sizes.iter().for_each(|size| push("size", Some(size_text(size))));
        self.installations.used.iter().for_each(|usage| push("used", Some(usage_text(usage))));
        self.installations.unused.iter().for_each(|usage| push("unused", Some(usage_text(usage))));
        push("days", self.days.map(|days| days.to_string()));
        push("until", self.until.map(dates::iso));
        push("compare", self.is_compared.then(|| "before".to_owned()));
        push("chart", series_text(self.chart).map(str::to_owned));
        push("table", self.table.clone());
        pairs
    }

    /// The address of this query, seen from the page: a proxy may have put the page below a folder that only it knows.
    pub(crate) fn address(&self) -> String {
        self.at("./")
    }

    /// The same question asked at another place.
    pub(crate) fn at(&self, place: &str) -> String {
        let pairs = self.pairs();
        let pairs: Vec<_> = pairs.iter().map(|(key, value)| format!("{key}={}", encode(value))).collect();
        if pairs.is_empty() { place.to_owned() } else { format!("{place}?{}", pairs.join("&")) }
    }

    /// What goes along from one product to another: nothing that only one of them may declare.
    pub(crate) fn along(&self) -> Self {
        let contexts = ContextFilter { marks: self.contexts.marks, ..ContextFilter::default() };
        let Self { days, is_compared, chart, .. } = *self;
        Self { contexts, days, is_compared, chart, ..Self::default() }
    }

    /// The page of another product.
    pub(crate) fn of_product(&self, id: &str) -> Self {
        Self { product: Some(id.to_owned()), ..self.along() }
    }

    /// The address of a table of this query in a machine's form, seen from the page.
    pub(crate) fn api(&self, table: &str, form: &str) -> String {
        let address = Self { table: None, ..self.clone() }.address();
        format!("api/tables/{table}.{form}{}", &address[2..])
    }

    /// The address of this query with a change.
    pub(crate) fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut query = self.clone();
        change(&mut query);
        query.address()
    }
}

/// What is said where the address has a key that there is not.
fn unknown_key() -> String {
    format!("an unknown filter is in the address; there are {}", KEYS.join(", "))
}

/// What a key must be.
fn remedy(key: &str) -> String {
    let allowed = match key {
        "component" => "one of server, cli, console, app",
        "version" => "a version such as 1.2.3 or 1.2.3-rc",
        "os" => &format!("one of {}", OPERATING_SYSTEMS.join(", ")),
        "arch" => &format!("one of {}", ARCHITECTURES.join(", ")),
        "show" => "headline, all, synthetic, test, ci, dev, container, agent or unstable",
        "days" => "1, 7, 30, 90 or 365",
        "compare" => "before",
        "chart" => "active-28, active-7, new or failing",
        "size" => "a count and a band such as tables:10-99 or tables:100-",
        "used" | "unused" => "such as command:init, action:NAME, event:NAME or report",
        "until" => "a day such as 2026-11-22",
        _ => return unknown_key(),
    };
    format!("{key} must be {allowed}")
}

/// Adds a filter that may be there several times. Twice the same asks for the same.
fn add<T: PartialEq>(all: &mut Vec<T>, one: T) {
    if !all.contains(&one) {
        all.push(one);
    }
}

pub(super) fn decode(text: &str) -> Option<String> {
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

pub(super) fn encode(text: &str) -> String {
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
                    until=2026-11-22&compare=before&chart=active-28&table=commands";
        let query = PageQuery::parse(text).unwrap();
        assert_eq!(query.address(), format!("./?{text}"));
        assert_eq!(PageQuery::parse("component=&days=").unwrap(), PageQuery::default());
        assert_eq!(PageQuery::default().address(), "./");
        let strange = PageQuery { product: Some("a&b =<\"é".to_owned()), ..PageQuery::default() };
        assert_eq!(PageQuery::parse(&strange.address()[3..]).unwrap(), strange);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_the_remedy() {
        for (text, remedy) in [
            ("component=x", "component must be one of server, cli, console, app"),
            ("days=8", "days must be 1, 7, 30, 90 or 365"),
            ("until=2026-02-30", "until must be a day such as 2026-11-22"),
            ("version=%FF", "version is not UTF-8"),
            ("compare=x", "compare must be before"),
            ("chart=x", "chart must be active-28, active-7, new or failing"),
            ("size=tables:1", "size must be a count and a band such as tables:10-99 or tables:100-"),
            ("used=x", "used must be such as command:init, action:NAME, event:NAME or report"),
            (
                "unused=event:a&unused=event:b&unused=event:c&unused=event:d&unused=event:a&unused=event:e",
                "unused may be there 4 times at most",
            ),
            ("version=1.0.0&version=1.0.1", "version may be there once"),
            ("product=a&used=report&product=b", "product may be there once"),
            ("x=1", &unknown_key()),
            ("%3Cscript%3E", &unknown_key()),
        ] {
            assert_eq!(PageQuery::parse(text).unwrap_err(), remedy);
        }
    }

    #[test]
    fn an_address_that_answers_with_one_table_names_no_other() {
        let without = PageQuery::parse_without_table("product=quarry&days=7").unwrap();
        assert_eq!(without, PageQuery::parse("product=quarry&days=7").unwrap());
        let refused = PageQuery::parse_without_table("product=quarry&table=active").unwrap_err();
        assert_eq!(refused, "table is a parameter of the page alone; here leave it out");
    }

    #[test]
    fn every_key_is_known_and_what_cannot_be_meant_is_left_out_of_the_way_on() {
        let text = "product=quarry&component=cli&version=1.2.3&os=linux&arch=aarch64&show=all&size=a:1-&used=report&\
                    unused=event:a&days=90&until=2026-11-22&compare=before&chart=new&table=commands";
        let query = PageQuery::parse(text).unwrap();
        let keys: Vec<_> = query.pairs().into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, KEYS);
        let broken = format!("x=1&days=8&{text}&until=never&%FF=%FF&version=%FF");
        assert_eq!(PageQuery::mended(&broken), query);
    }

    #[test]
    fn marks_stand_in_the_address_by_their_names() {
        for (mark, name) in Mark::ALL {
            assert_eq!(parse_marks(name), Some(MarksFilter::Only(mark)));
            assert_eq!(marks_text(MarksFilter::Only(mark)).as_deref(), Some(name));
        }
        assert_eq!(parse_marks("headline"), Some(MarksFilter::default()));
        assert_eq!(parse_marks("all").and_then(marks_text).as_deref(), Some("all"));
    }
}
