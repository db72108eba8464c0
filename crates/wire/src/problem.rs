//! The body of a refusal: a problem document of RFC 9457 with members of its own.

use aboveboard_types::id::Id;
use serde::{Serialize, Serializer};

/// The media type of a problem document.
pub const PROBLEM_TYPE: &str = "application/problem+json";

/// Whether a content type says that the body is a problem document.
#[must_use]
pub fn is_problem(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(PROBLEM_TYPE)
}

/// A problem document.
///
/// `reason` is what programs decide by: one stable word for each kind of refusal. `title` is the same for every
/// refusal of that kind, and `detail` is about this one; both are for people and may change. `batch` and `installation`
/// echo the headers of the request, and show its sender that the answer is the collector's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Problem<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'a str,
    status: u16,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "some_id")]
    batch: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "some_id")]
    installation: Option<Id>,
}

#[expect(clippy::ref_option, reason = "serde gives a reference to the member")]
fn some_id<S: Serializer>(id: &Option<Id>, serializer: S) -> Result<S::Ok, S::Error> {
    match id {
        Some(id) => crate::id::serialize(id, serializer),
        None => serializer.serialize_none(),
    }
}

impl<'a> Problem<'a> {
    /// A document for a response with this status. It is of no registered type: `about:blank`.
    #[must_use]
    pub const fn new(status: u16, reason: &'a str, title: &'a str, detail: Option<&'a str>) -> Self {
        Self { kind: "about:blank", title, status, reason, detail, batch: None, installation: None }
    }

    /// The document with what the headers of the request named.
    #[must_use]
    pub const fn echoing(self, batch: Option<Id>, installation: Option<Id>) -> Self {
        Self { batch, installation, ..self }
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
