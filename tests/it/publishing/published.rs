//! What a site publishes, beside what is true.

use std::collections::BTreeMap;
use std::path::Path;

use harness::crowd::Member;
use serde_json::Value;

/// What a site says of a publication.
pub(crate) struct Published(Value);

impl Published {
    pub(crate) fn read(site: &Path, id: &str) -> Self {
        let text = std::fs::read(site.join(id).join("publication.json")).expect("a publication");
        Self(serde_json::from_slice(&text).expect("JSON"))
    }

    /// The figure of a cell, as lowest and highest number.
    fn interval(&self, table: &str, key: &str) -> (i64, i64) {
        let groups = self.0["groups"].as_array().expect("groups").iter();
        let mut tables = groups.flat_map(|group| group["tables"].as_array().expect("tables"));
        let table =
            tables.find(|found| found["name"] == table).unwrap_or_else(|| panic!("{table} in {}", self.0));
        let mut cells = table["cells"].as_array().expect("cells").iter();
        let cell = cells.find(|cell| cell["key"] == key).unwrap_or_else(|| panic!("{key} in {table}"));
        let number = |name: &str| cell["figure"][name].as_i64().unwrap_or_else(|| panic!("{key}: {cell}"));
        (number("low"), number("high"))
    }

    /// Whether the figures are about the numbers that are true. Every one is so in 95 of 100 cases; no interval is off by
    /// more than its own width in a million.
    pub(crate) fn is_about(&self, truth: &BTreeMap<(&str, &str), i64>) {
        for ((table, key), true_number) in truth {
            let (low, high) = self.interval(table, key);
            let width = high - low;
            let is_near = (low - width..=high + width).contains(true_number);
            assert!(is_near && width < 200, "{table} {key}: {true_number} is not about {low} to {high}");
        }
    }
}

/// What these installations come to.
pub(crate) fn truth(members: std::ops::Range<u32>) -> BTreeMap<(&'static str, &'static str), i64> {
    let number = |is: &dyn Fn(Member) -> bool| {
        i64::try_from(members.clone().map(Member).filter(|member| is(*member)).count()).expect("a number")
    };
    BTreeMap::from([
        (("active", "active"), number(&|_| true)),
        (("component", "cli"), number(&|member| member.uses(0))),
        (("platform", "linux/x86_64"), number(&|member| member.platform().0 == "linux")),
        (("version", "1.4"), number(&|member| member.version().minor == 4)),
        (("commands.worked", "plant"), number(&|member| member.uses(0) && !member.fails())),
        (("commands.failing", "plant"), number(&|member| member.uses(0) && member.fails())),
        (("commands.worked", "water"), number(&|member| member.uses(1) && !member.fails())),
    ])
}
