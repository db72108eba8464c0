//! Samples of products, how long they are kept, and the text that they make.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aboveboard_store::figures::headline::Compared;

use crate::exposition::Exposition;

/// How long the gauges of a product are kept: Prometheus asks as often.
const KEPT: Duration = Duration::from_secs(60);

/// Every family, in the order in which they are told, with what it says.
const FAMILIES: [(&str, &str); 15] = [
    ("product_info", "1 for each product, with its name for people"),
    (
        "product_active_installations",
        "Installations in headline figures that were active in so many whole days, the last of them yesterday in UTC",
    ),
    ("product_active_installations_before", "The same of as many days before; where the data reaches back"),
    ("product_new_installations", "Installations that were first seen in these days"),
    ("product_new_installations_before", "The same of as many days before; where the data reaches back"),
    ("product_command_installations", "Installations that ran a command in these days"),
    ("product_failing_installations", "Installations of which a command failed in these days"),
    (
        "product_newest_release_installations",
        "Installations that were last seen with the newest release in the last 7 whole days; the release is that of the page",
    ),
    ("product_batches_last_hour", "Batches received in the last hour that is over, by component"),
    ("product_last_batch_timestamp_seconds", "When the last batch was received, by component"),
    (
        "product_usual_silence_seconds",
        "How long nothing may come before that is far longer than usual, by component; where it is known",
    ),
    ("product_dropped_events", "Events that agents dropped, as told in these days and today, by reason"),
    ("product_awaited_revisions", "Newer revisions of the manifest that agents send and that are not here"),
    (
        "product_health_severity",
        "The most severe health message: 0 calm, 1 worth knowing, 2 somebody should look",
    ),
    ("product_figures_timestamp_seconds", "When these gauges of the product were made"),
];

/// The gauges of products, as they were made last.
#[derive(Debug, Default)]
pub(crate) struct Gauges(BTreeMap<String, Measured>);

#[derive(Debug)]
struct Measured {
    at: Instant,
    samples: Vec<Sample>,
}

impl Gauges {
    /// Lets go of products that are no more.
    pub(super) fn retain(&mut self, products: &[String]) {
        self.0.retain(|product, _| products.contains(product));
    }

    /// Whether a product is to be measured again.
    pub(super) fn is_due(&self, product: &str) -> bool {
        self.0.get(product).is_none_or(|measured| measured.at.elapsed() >= KEPT)
    }

    pub(super) fn keep(&mut self, product: &str, samples: Samples) {
        self.0.insert(product.to_owned(), Measured { at: Instant::now(), samples: samples.0 });
    }

    /// What Prometheus reads of these products.
    pub(super) fn text(&self, products: &[String]) -> String {
        let mut out = Exposition::default();
        for (family, help) in FAMILIES {
            out.family(family, "gauge", help);
            for (product, measured) in self.0.iter().filter(|(product, _)| products.contains(product)) {
                for sample in measured.samples.iter().filter(|sample| sample.family == family) {
                    let mut labels = vec![("product", product.as_str())];
                    labels.extend(sample.labels.iter().map(|(label, text)| (*label, text.as_str())));
                    out.sample(family, &labels, sample.value);
                }
            }
        }
        out.text()
    }
}

/// One sample, without the label of its product.
#[derive(Debug)]
struct Sample {
    family: &'static str,
    labels: Vec<(&'static str, String)>,
    value: i64,
}

/// The samples of one product, while they are made.
#[derive(Default)]
pub(super) struct Samples(Vec<Sample>);

impl Samples {
    pub(super) fn push(&mut self, family: &'static str, labels: &[(&'static str, &str)], value: i64) {
        let labels = labels.iter().map(|(label, text)| (*label, (*text).to_owned())).collect();
        self.0.push(Sample { family, labels, value });
    }

    pub(super) fn count(&mut self, family: &'static str, labels: &[(&'static str, &str)], n: u64) {
        self.push(family, labels, i64::try_from(n).unwrap_or(i64::MAX));
    }

    /// A number, and under the name that ends in `_before` that of as many days before.
    pub(super) fn compared(&mut self, family: &'static str, days: &'static str, number: Compared) {
        number.now.into_iter().for_each(|n| self.of_days(family, days, n));
        let before =
            FAMILIES.iter().map(|(name, _)| *name).find(|name| name.strip_suffix("_before") == Some(family));
        if let Some((before, n)) = before.zip(number.before) {
            self.of_days(before, days, n);
        }
    }

    pub(super) fn of_days(&mut self, family: &'static str, days: &'static str, n: u64) {
        self.count(family, &[("days", days)], n);
    }
}
