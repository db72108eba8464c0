//! What a page learns: whether to report, the token of this process, and the words the manifest declares. No id.

use std::collections::BTreeMap;

use aboveboard_types::declaration::Declaration;
use serde::Serialize;

use crate::token::Token;

/// The document for pages that may not report.
pub(crate) const OFF: &str = r#"{"mode":"off"}"#;

/// The document, as a client reads it.
#[derive(Serialize)]
struct OnDocument<'a> {
    mode: &'static str,
    token: &'a str,
    actions: BTreeMap<&'a str, &'a str>,
    routes: Vec<&'a str>,
}

/// The document for pages that may report; it stays the same for the life of the process.
pub(crate) fn on(declaration: &Declaration, token: &Token) -> String {
    let document = OnDocument {
        mode: "on",
        token: token.text(),
        actions: declaration.actions.iter().map(|action| (&*action.action_type, &*action.name)).collect(),
        routes: declaration.routes.iter().map(|route| &**route).collect(),
    };
    // Strings and maps of strings cannot fail to serialize; if they did, the page would be silent.
    serde_json::to_string(&document).unwrap_or_else(|_| OFF.to_owned())
}

/// The same document as an element for the head of a page that the host renders itself.
pub(crate) fn meta(document: &str) -> String {
    let escaped = document.replace('&', "&amp;").replace('\'', "&#39;").replace('<', "&lt;");
    format!("<meta name=\"aboveboard\" content='{escaped}'>")
}
