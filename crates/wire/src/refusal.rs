//! Which refusals an agent believes.
//!
//! Between an agent and its collector stand portals, proxies and gateways that answer in their own name. A refusal is
//! believed only as a problem document with a reason of this list, with the status that belongs to the reason, and with
//! the id that the request named. Whatever else comes is a broken path, which is tried again later.

use std::borrow::Cow;

use aboveboard_types::id::Id;
use aboveboard_types::refusal::{RefusalReason, Subject};
use serde::Deserialize;

use crate::problem::is_problem;

/// The reason of a reply that is to be believed: a problem document of a collector about `subject`.
#[must_use]
pub fn believed(
    status: u16,
    content_type: Option<&str>,
    body: &[u8],
    subject: Subject,
) -> Option<RefusalReason> {
    content_type.filter(|kind| is_problem(kind))?;
    let problem: Document<'_> = serde_json::from_slice(body).ok()?;
    let reason = RefusalReason::parse(&problem.reason)?;
    let echoed = match subject {
        Subject::Batch(_) => problem.batch,
        Subject::Installation(_) => problem.installation,
    };
    let is_ours = problem.status == status
        && reason.status() == status
        && echoed.and_then(|echoed| Id::parse(&echoed)) == Some(subject.id());
    is_ours.then_some(reason)
}

/// As much of a problem document as decides.
#[derive(Deserialize)]
struct Document<'a> {
    status: u16,
    #[serde(borrow)]
    reason: Cow<'a, str>,
    #[serde(default, borrow)]
    batch: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    installation: Option<Cow<'a, str>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PROBLEM_TYPE, Problem};

    const ID: Id = Id::from_custom([7; 16]);
    const SUBJECT: Subject = Subject::Batch(ID);

    fn document(reason: RefusalReason, status: u16) -> String {
        Problem::new(status, reason.name(), "a title", None).echoing(Some(ID), None).to_json()
    }

    #[test]
    fn our_problem_document_about_this_batch_is_believed() {
        for (reason, _) in RefusalReason::ALL {
            let body = document(reason, reason.status());
            for kind in [PROBLEM_TYPE, "application/problem+json; charset=utf-8", "Application/Problem+JSON"]
            {
                let read = believed(reason.status(), Some(kind), body.as_bytes(), SUBJECT);
                assert_eq!(read, Some(reason), "{kind}");
            }
        }
        let erasure = Problem::new(422, "unknown-product", "x", None).echoing(None, Some(ID)).to_json();
        let read = believed(422, Some(PROBLEM_TYPE), erasure.as_bytes(), Subject::Installation(ID));
        assert_eq!(read, Some(RefusalReason::UnknownProduct));
    }

    #[test]
    fn anything_else_is_not_believed() {
        let gone = document(RefusalReason::Closed, 410);
        let other = Id::from_custom([8; 16]);
        let read = |status, kind: Option<&str>, body: &str, subject| {
            believed(status, kind, body.as_bytes(), subject)
        };
        assert!(read(410, Some(PROBLEM_TYPE), &gone, SUBJECT).is_some());
        for kind in
            [None, Some("text/html"), Some("application/json"), Some(""), Some("application/problem+jsonx")]
        {
            assert_eq!(read(410, kind, &gone, SUBJECT), None, "{kind:?}");
        }
        assert_eq!(read(403, Some(PROBLEM_TYPE), &gone, SUBJECT), None, "a status that was changed");
        assert_eq!(read(410, Some(PROBLEM_TYPE), &gone, Subject::Batch(other)), None);
        assert_eq!(read(410, Some(PROBLEM_TYPE), &gone, Subject::Installation(ID)), None);
        let without = Problem::new(410, "product-closed", "x", None).to_json();
        let page = "<h1>please log in</h1>";
        let unknown = document(RefusalReason::Closed, 410).replace("product-closed", "go-away");
        let status = document(RefusalReason::Closed, 400);
        let doubled = gone.replacen('{', &format!("{{\"batch\":\"{ID}\","), 1);
        let number = gone.replace(&format!("\"{ID}\""), "1");
        for body in
            [&without, page, "", "null", "[]", &unknown, &status, &doubled, &number, &format!("{gone}x")]
        {
            assert_eq!(read(410, Some(PROBLEM_TYPE), body, SUBJECT), None, "{body}");
        }
        let foreign = document(RefusalReason::Malformed, 410);
        assert_eq!(read(410, Some(PROBLEM_TYPE), &foreign, SUBJECT), None, "a reason of another status");
    }
}
