//! Which page a browser asks for. A browser sends along what opens the operator's routes whichever page made it ask, so
//! where that page is from decides as well.

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderValue, Method, Uri};

/// Whether a request comes from a program, from the collector's own page, or from somebody who typed the address or followed
/// a link to the page. Programs carry none of these headers and are not tricked into asking.
pub(super) fn may_ask(method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
    let value = |name: &str| headers.get(name).map(HeaderValue::as_bytes);
    match value("sec-fetch-site") {
        Some(b"same-origin" | b"none") => true,
        // Another port of this machine is of the same site, and another service.
        Some(_) => {
            *method == Method::GET
                && uri.path() == "/"
                && value("sec-fetch-mode") == Some(b"navigate")
                && value("sec-fetch-dest") == Some(b"document")
        }
        None => value(ORIGIN.as_str()).is_none_or(|origin| {
            let origin = origin.strip_prefix(b"http://").or_else(|| origin.strip_prefix(b"https://"));
            origin.is_some() && origin == value(HOST.as_str())
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(method: Method, path: &'static str, list: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("collector.example"));
        for (name, value) in list {
            headers.append(*name, value.parse().unwrap());
        }
        may_ask(&method, &Uri::from_static(path), &headers)
    }

    const READS: [Method; 2] = [Method::GET, Method::HEAD];
    const WRITES: [Method; 3] = [Method::POST, Method::PUT, Method::DELETE];
    const PATHS: [&str; 5] =
        ["/", "/api/rows.csv", "/api/tables/commands.json", "/api/live", "/assets/page.css"];

    #[test]
    fn programs_and_the_page_itself_may_ask_for_everything() {
        for method in READS.into_iter().chain(WRITES) {
            for path in PATHS {
                assert!(ask(method.clone(), path, &[]));
                assert!(ask(method.clone(), path, &[("sec-fetch-site", "same-origin")]));
                assert!(ask(method.clone(), path, &[("sec-fetch-site", "none")]));
                assert!(ask(method.clone(), path, &[("origin", "https://collector.example")]));
            }
        }
    }

    #[test]
    fn another_site_may_link_to_the_page_and_nothing_else() {
        for site in ["cross-site", "same-site", "", "unheard-of"] {
            let link =
                [("sec-fetch-site", site), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
            assert!(ask(Method::GET, "/", &link), "{site}");
            assert!(ask(Method::GET, "/?product=quarry", &link), "{site}");
            for method in WRITES.into_iter().chain([Method::HEAD]) {
                assert!(!ask(method, "/", &link), "{site}");
            }
            for path in &PATHS[1..] {
                assert!(!ask(Method::GET, path, &link), "{site} {path}");
            }
            for (mode, dest) in [
                ("no-cors", "image"),
                ("no-cors", "script"),
                ("no-cors", "style"),
                ("cors", "empty"),
                ("navigate", "iframe"),
                ("navigate", "embed"),
                ("websocket", "empty"),
                ("no-cors", "document"),
            ] {
                let list = [("sec-fetch-site", site), ("sec-fetch-mode", mode), ("sec-fetch-dest", dest)];
                for method in READS.into_iter().chain(WRITES) {
                    for path in PATHS {
                        assert!(!ask(method.clone(), path, &list), "{site} {mode} {dest} {method} {path}");
                    }
                }
            }
            assert!(!ask(Method::GET, "/", &[("sec-fetch-site", site)]));
        }
        for origin in
            ["https://evil.example", "null", "", "collector.example", "https://collector.example.evil"]
        {
            for method in READS.into_iter().chain(WRITES) {
                assert!(!ask(method, "/", &[("origin", origin)]), "{origin}");
            }
        }
    }
}
