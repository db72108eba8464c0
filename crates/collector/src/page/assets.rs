//! The style sheet, the script and the icon, inside the binary.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::error::PageError;

/// Name, content type and contents.
pub(crate) const FILES: [(&str, &str, &str); 3] = [
    (
        "page.css",
        "text/css; charset=utf-8",
        concat!(include_str!("../../assets/palette.css"), include_str!("../../assets/page.css")),
    ),
    ("live.js", "text/javascript; charset=utf-8", include_str!("../../assets/live.js")),
    ("icon.svg", "image/svg+xml", include_str!("../../assets/icon.svg")),
];

/// The address of a file, seen from the page: it changes with the contents, so that browsers may keep it for ever.
pub(crate) fn address(name: &str) -> String {
    let contents = FILES.iter().find(|(known, ..)| *known == name).map_or("", |(.., contents)| contents);
    format!("assets/{name}?v={:08x}", fingerprint(contents))
}

/// FNV-1a, to tell versions of a file apart.
fn fingerprint(contents: &str) -> u32 {
    contents.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

pub(crate) async fn asset(name: Result<Path<String>, PathRejection>) -> Result<Response, PageError> {
    let known = name.ok().and_then(|Path(name)| FILES.into_iter().find(|(known, ..)| *known == name));
    let (_, kind, contents) = known.ok_or(PageError::NotFound("no such file"))?;
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, contents).into_response())
}
