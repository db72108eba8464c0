//! Which values make sense. One under which nothing would ever be taken in, or counted, keeps the collector from starting,
//! and the message names file, key, value, reason and remedy.

use std::fmt::Display;
use std::time::Duration;

use aboveboard_types::limits::MAX_BYTES;
use figment::Figment;
use figment::value::Value;

use super::kinds::StoreKind;
use super::settings::Config;
use crate::names::is_product_id;

/// What the collector's variables begin with.
pub const VARIABLE_PREFIX: &str = "ABOVEBOARD_COLLECTOR_";

/// What a batch and its inflated form take of memory at once, within the quarter that one address prefix may hold.
const MIN_WAITING: u64 = 4 * 2 * MAX_BYTES as u64;

/// The largest entry of the log, a batch with what frames it.
const MIN_CAP: u64 = MAX_BYTES as u64 + 4096;

/// What is allowed for a number.
struct Range {
    key: &'static str,
    value: u128,
    min: u128,
    max: u128,
    /// How the ends are written.
    unit: Unit,
    /// What comes of a value below and above.
    why: &'static str,
}

#[derive(Clone, Copy)]
enum Unit {
    Number,
    Time,
    Size,
}

impl Unit {
    /// A value as the file has it.
    fn show(self, value: u128) -> String {
        let units: &[(u128, &str)] = match self {
            Self::Number => return value.to_string(),
            Self::Time => &[(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")],
            Self::Size => &[(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B")],
        };
        let fits = |(factor, _): &&(u128, &str)| value >= *factor && value.is_multiple_of(*factor);
        let (factor, unit) = units.iter().find(fits).copied().unwrap_or(units[units.len() - 1]);
        format!("\"{}{unit}\"", value / factor)
    }
}

/// The range of every number of the configuration, with what comes of a value outside of it.
fn ranges(config: &Config) -> Vec<Range> {
    let number = |key, value: u64, ends: std::ops::RangeInclusive<u64>, why| {
        let min = u128::from(*ends.start());
        let max = u128::from(*ends.end());
        Range { key, value: u128::from(value), min, max, unit: Unit::Number, why }
    };
    let size = |key, value: u64, ends: std::ops::RangeInclusive<u64>, why| Range {
        unit: Unit::Size,
        ..number(key, value, ends, why)
    };
    let time = |key, value: Duration, min: Duration, max: Duration, why| Range {
        key,
        value: value.as_millis(),
        min: min.as_millis(),
        max: max.as_millis(),
        unit: Unit::Time,
        why,
    };
    let instant = Duration::from_millis(10);
    let none = Duration::ZERO;
    let second = Duration::from_secs(1);
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let Config { proxy, limits, rate, log, apply, .. } = config;
    let per_second = 1..=10_000_000;
    let unreached = "with less no agent gets its request through; with more a stranger is never slowed";
    vec![
        number(
            "proxy.trusted-hops",
            proxy.trusted_hops as u64,
            0..=16,
            "nobody has so many proxies in a row",
        ),
        number("limits.connections", limits.connections as u64, 8..=1_000_000, "with less nobody is served"),
        time("limits.header", limits.header, instant, minutes(5), unreached),
        time("limits.request", limits.request, instant, minutes(60), unreached),
        size("limits.body-rate", limits.body_rate, 1..=1 << 20, "no network carries an agent's batch faster"),
        time("limits.idle", limits.idle, instant, minutes(60), unreached),
        time("limits.reply", limits.reply, instant, minutes(60), unreached),
        time("limits.stop", limits.stop, instant, minutes(10), "with less every stop cuts requests off"),
        size("limits.waiting", limits.waiting, MIN_WAITING..=1 << 40, "with less a large batch never fits"),
        number("rate.prefix-per-second", rate.prefix_per_second.into(), per_second.clone(), unreached),
        number("rate.prefix-burst", rate.prefix_burst.into(), per_second.clone(), unreached),
        number("rate.total-per-second", rate.total_per_second.into(), per_second.clone(), unreached),
        number("rate.total-burst", rate.total_burst.into(), per_second, unreached),
        size(
            "quota.prefix-per-hour",
            config.quota.prefix_per_hour,
            MAX_BYTES as u64..=1 << 40,
            "with less a large batch never fits",
        ),
        size(
            "quota.product-per-day",
            config.quota.product_per_day,
            MAX_BYTES as u64..=1 << 50,
            "with less a large batch never fits",
        ),
        size("log.segment", log.segment, 4096..=16 << 30, "with less every batch is a file of its own"),
        time(
            "log.age",
            log.age,
            second,
            minutes(60 * 24 * 30),
            "what was erased stays in an open segment so long",
        ),
        size("log.cap", log.cap, MIN_CAP..=1 << 50, "with less a large batch never fits"),
        size("log.free", log.free, 0..=1 << 50, "with more every batch is refused as for a full disk"),
        number("apply.entries", apply.entries as u64, 1..=1_000_000, "with less nothing is ever counted"),
        time("apply.pace", apply.pace, none, minutes(5), "with more nothing is counted in time"),
        size(
            "store.cache",
            config.store.cache,
            16 << 20..=1 << 40,
            "with less every question reads the closed days anew",
        ),
    ]
}

/// Everything that makes no sense in a configuration, each in a line.
pub(super) fn check(config: &Config, figment: &Figment) -> Vec<String> {
    let mut problems = Vec::new();
    let mut wrong = |key: &str, why: &dyn Display, remedy: String| {
        problems.push(format!("{}: {why}; {remedy}", shown(figment, key)));
    };
    for Range { key, value, min, max, unit, why } in ranges(config) {
        if !(min..=max).contains(&value) {
            wrong(key, &why, format!("give a value from {} to {}", unit.show(min), unit.show(max)));
        }
    }
    if config.data.as_os_str().is_empty() {
        wrong("data", &"it is empty", "name the directory of what is kept".to_owned());
    }
    if config.log.cap < config.log.segment {
        let why = "the log is full before a segment of it is, so none is ever deleted under load";
        wrong(
            "log.cap",
            &why,
            format!("make it larger than log.segment, {}", Unit::Size.show(config.log.segment.into())),
        );
    }
    if config.listen.port() != 0 && config.operator_listen == Some(config.listen) {
        let remedy = "give it an address of its own, or leave it out: `listen` serves both then".to_owned();
        wrong("operator-listen", &"it is the address of `listen`", remedy);
    }
    for (key, why, remedy) in config.store.faults() {
        wrong(key, &why, remedy);
    }
    if config.publish.node.is_some() && config.store.kind == StoreKind::Sqlite {
        let remedy = "leave it out: the only collector publishes".to_owned();
        wrong("publish.node", &"it names one of several collectors, which share a cluster", remedy);
    }
    for product in &config.products.closed {
        if !is_product_id(product) {
            let remedy = "write the id as in the product's manifest".to_owned();
            wrong("products.closed", &format_args!("{product:?} is no product's id"), remedy);
        }
    }
    for product in config.operator.products.keys().filter(|product| !is_product_id(product)) {
        let remedy = "write the id as in the product's manifest".to_owned();
        wrong("operator.products", &format_args!("{product:?} is no product's id"), remedy);
    }
    problems
}

/// Where a key was read, and its value there.
fn shown(figment: &Figment, key: &str) -> String {
    let value = match figment.find_value(key) {
        Ok(Value::String(_, text)) => format!(" = {text:?}"),
        Ok(Value::Num(_, number)) => number
            .to_i128()
            .map(|number| number.to_string())
            .or_else(|| number.to_u128().map(|number| number.to_string()))
            .map_or(String::new(), |number| format!(" = {number}")),
        _ => String::new(),
    };
    let metadata = figment.find_metadata(key);
    match metadata.and_then(|metadata| metadata.source.as_ref()).and_then(|source| source.file_path()) {
        Some(file) => format!("{}: `{key}`{value}", file.display()),
        None if metadata.is_some_and(|metadata| metadata.name.contains("environment")) => {
            let variable = key.to_uppercase().replace('.', "__").replace('-', "_");
            format!("{VARIABLE_PREFIX}{variable}: `{key}`{value}")
        }
        None => format!("the configuration: `{key}`{value}"),
    }
}

#[cfg(test)]
mod tests {
    use figment::providers::{Format as _, Toml};

    use super::*;
    use crate::config::DEFAULTS;

    /// Keys whose values have no order: checked by themselves, or when the collector starts.
    const WITHOUT_RANGE: [&str; 8] = [
        "listen",
        "hosts",
        "data",
        "products.closed",
        "operator.metrics-open",
        "store.kind",
        "store.shards",
        "store.database",
    ];

    fn keys(table: &figment::value::Dict, before: &str, out: &mut Vec<String>) {
        for (key, value) in table {
            let key = if before.is_empty() { key.clone() } else { format!("{before}.{key}") };
            match value {
                Value::Dict(_, inner) => keys(inner, &key, out),
                _ => out.push(key),
            }
        }
    }

    #[test]
    fn every_key_of_the_defaults_has_a_range_that_they_keep_to() {
        let figment = Figment::from(Toml::string(DEFAULTS));
        let config = Config::defaults().unwrap();
        assert_eq!(check(&config, &figment), Vec::<String>::new());
        let ranges = ranges(&config);
        let mut all = Vec::new();
        keys(&figment.extract().unwrap(), "", &mut all);
        assert!(all.len() > 20, "{all:?}");
        for key in all {
            let has_one = ranges.iter().any(|range| range.key == key);
            assert!(
                has_one != WITHOUT_RANGE.contains(&key.as_str()),
                "{key} has no range in config/check.rs"
            );
        }
    }

    #[test]
    fn a_value_outside_its_range_is_named_with_its_file_reason_and_remedy() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("collector.toml");
        for (text, key) in [
            ("[apply]\nentries = 0\n", "apply.entries` = 0:"),
            ("[log]\ncap = \"1B\"\n", "log.cap` = \"1B\":"),
            ("[log]\ncap = \"32MiB\"\n", "log.cap` = \"32MiB\":"),
            ("[rate]\nprefix-per-second = 0\n", "rate.prefix-per-second` = 0:"),
            ("[rate]\ntotal-burst = 0\n", "rate.total-burst` = 0:"),
            ("[limits]\nwaiting = \"1MiB\"\n", "limits.waiting` = \"1MiB\":"),
            ("[limits]\nidle = \"0s\"\n", "limits.idle` = \"0s\":"),
            ("[limits]\nbody-rate = \"1GiB\"\n", "limits.body-rate` = \"1GiB\":"),
            ("[limits]\nconnections = 0\n", "limits.connections` = 0:"),
            ("[apply]\npace = \"30d\"\n", "apply.pace` = \"30d\":"),
            ("[proxy]\ntrusted-hops = 200\n", "proxy.trusted-hops` = 200:"),
            ("[products]\nclosed = [\"Quarry\"]\n", "products.closed`"),
            ("[operator.products]\n\"a b\" = \"", "operator.products`"),
            ("operator-listen = \"127.0.0.1:8480\"\n", "operator-listen`"),
            ("data = \"\"\n", "data` = \"\":"),
        ] {
            let text = if text.ends_with("= \"") {
                format!("{text}{}\"\n", "5a".repeat(32))
            } else {
                text.to_owned()
            };
            std::fs::write(&file, &text).unwrap();
            let error = Config::load(Some(&file)).unwrap_err().to_string();
            let named = format!("{}: `{key}", file.display());
            assert!(error.contains(&named) && error.contains("; "), "{text}: {error}");
        }
        // All at once.
        std::fs::write(&file, "[apply]\nentries = 0\n[log]\ncap = \"1B\"\n").unwrap();
        let error = Config::load(Some(&file)).unwrap_err().to_string();
        assert!(error.contains("apply.entries") && error.contains("log.cap"), "{error}");
    }

    #[test]
    fn ends_are_written_as_the_file_has_them() {
        assert_eq!(Unit::Size.show(2 << 20), "\"2MiB\"");
        assert_eq!(Unit::Size.show(4097), "\"4097B\"");
        assert_eq!(Unit::Time.show(0), "\"0ms\"");
        assert_eq!(Unit::Time.show(300_000), "\"5m\"");
        assert_eq!(Unit::Number.show(7), "7");
    }
}
