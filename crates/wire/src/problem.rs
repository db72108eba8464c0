//! The body of a refusal: a problem document of RFC 9457 with one member of its own.

use serde::Serialize;

/// The media type of a problem document.
pub const PROBLEM_TYPE: &str = "application/problem+json";

/// A problem document.
///
/// `reason` is what programs decide by: one stable word for each kind of refusal. `title` is the same for every
/// refusal of that kind, and `detail` is about this one; both are for people and may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Problem<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'a str,
    status: u16,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

impl<'a> Problem<'a> {
    /// A document for a response with this status. It is of no registered type: `about:blank`.
    #[must_use]
    pub const fn new(status: u16, reason: &'a str, title: &'a str, detail: Option<&'a str>) -> Self {
        Self { kind: "about:blank", title, status, reason, detail }
    }

    /// The document as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Numbers and texts always serialize.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_json_whatever_its_detail_holds() {
        let plain = Problem::new(404, "not-found", "not found", None).to_json();
        assert_eq!(
            plain,
            "{\"type\":\"about:blank\",\"title\":\"not found\",\"status\":404,\"reason\":\"not-found\"}"
        );
        let quoted = Problem::new(400, "unusable", "cannot be used", Some("line 1: \"x\"\n")).to_json();
        let read: serde_json::Value = serde_json::from_str(&quoted).unwrap();
        assert_eq!(read["detail"], "line 1: \"x\"\n");
    }
}
