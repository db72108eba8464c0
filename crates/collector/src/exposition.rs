//! The text that Prometheus reads: <https://prometheus.io/docs/instrumenting/exposition_formats/>.

use std::fmt::{Display, Write as _};

/// The content type of this text.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The text, while it is made. The samples of a family follow it.
#[derive(Debug, Default)]
pub(crate) struct Exposition(String);

/// Writing into a `String` cannot fail. What all names begin with is added here.
impl Exposition {
    /// Begins a family: its name, whether it is a `counter` or a `gauge`, and what it says.
    pub(crate) fn family(&mut self, name: &str, metric_type: &str, help: &str) {
        let _ = write!(self.0, "# HELP aboveboard_{name} {help}\n# TYPE aboveboard_{name} {metric_type}\n");
    }

    /// One sample of a family, with its labels.
    pub(crate) fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<_> =
            labels.iter().map(|(label, text)| format!("{label}=\"{}\"", escaped(text))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "aboveboard_{name}{labels} {value}");
    }

    pub(crate) fn text(self) -> String {
        self.0
    }
}

/// The value of a label, as the format has it.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_may_hold_any_text() {
        let mut out = Exposition::default();
        out.family("x", "gauge", "X");
        out.sample("x", &[], 1);
        out.sample("x", &[("a", "q\"\\\n"), ("b", "é")], -2);
        assert_eq!(
            out.text(),
            "# HELP aboveboard_x X\n# TYPE aboveboard_x gauge\naboveboard_x 1\naboveboard_x{a=\"q\\\"\\\\\\n\",b=\"é\"} -2\n"
        );
    }
}
