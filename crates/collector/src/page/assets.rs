//! The style sheet, the script and the icon, inside the binary.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::error::PageError;
use super::response::problem;

pub(crate) const STYLE: &str = include_str!("../../assets/page.css");
pub(crate) const SCRIPT: &str = include_str!("../../assets/live.js");
pub(crate) const ICON: &str = include_str!("../../assets/icon.svg");

/// The address of an asset: it changes with the contents, so that browsers may keep it for ever.
pub(crate) fn address(name: &str, contents: &str) -> String {
    format!("/assets/{name}?v={:08x}", fingerprint(contents))
}

/// FNV-1a, to tell versions of a file apart.
fn fingerprint(contents: &str) -> u32 {
    contents.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

pub(crate) async fn asset(name: Result<Path<String>, PathRejection>) -> Response {
    let name = name.map_or_else(|_| String::new(), |Path(name)| name);
    let (kind, contents) = match name.as_str() {
        "page.css" => ("text/css; charset=utf-8", STYLE),
        "live.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "icon.svg" => ("image/svg+xml", ICON),
        _ => return problem(PageError::NotFound("no such file")),
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, contents).into_response()
}
