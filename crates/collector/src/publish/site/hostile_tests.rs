//! Documents that nobody means well with: their text is text, and never markup, a formula or a path.

use aboveboard_published::publication::{LogDocument, Publication};
use aboveboard_testkit::publications as sample;

use super::data_files;
use super::tests::{Files, site};
use crate::csv::FORMULA;

/// What is more than text somewhere, if it is taken as it is; each is combined with what stands around and after it.
const PAYLOADS: [&str; 20] = [
    "<script>mark(1)</script>",
    "\"><img src=mark onerror=mark()>",
    "'><svg/onload=mark()>",
    "</title><script>mark</script>",
    "</style><mark>",
    "<!--mark-->",
    "]]><mark>",
    "<![CDATA[<mark>]]>",
    "&lt;mark&gt;",
    "&#60;mark&#62;",
    "{{ mark }}{% mark %}",
    "javascript:mark()",
    "=cmd|'/c mark'!A1",
    "+mark",
    "-mark",
    "@mark(1)",
    "\t=mark",
    "\r\nset-cookie: mark=1\r\n\r\n<b>mark</b>",
    "../../../mark",
    "\u{202e}<mark>\0\u{1b}[31m\u{fffe}",
];

/// What stands around a payload: each of these with each payload makes two hundred.
const AROUND: [[&str; 2]; 10] = [
    ["", ""],
    ["\"", "\""],
    ["'", "'"],
    [" ", " "],
    ["</a>", ""],
    ["</text></svg>", ""],
    ["&", ";"],
    ["a,b\"\n", ""],
    ["＝", ""],
    ["</content></entry>", "<entry>"],
];

/// What no file of the site has of itself.
const MARKS: [&str; 10] = [
    "<script",
    "<img",
    "<svg/onload",
    "<mark",
    "<!--mark",
    "<b>mark",
    "<![CDATA",
    "<entry><",
    "href=\"javascript",
    "\u{202e}",
];

fn hostile(payload: &str) -> Publication {
    sample::hostile(&sample::publication("2026-q4", 1_240, 9), payload)
}

#[test]
fn two_hundred_payloads_stay_text_in_every_file() {
    let innocent = site(vec![LogDocument::Publication(Box::new(hostile("mark")))]);
    let mut tried = 0;
    for [before, after] in AROUND {
        for payload in PAYLOADS {
            let payload = format!("{before}{payload}{after}");
            let publication = hostile(&payload);
            let withdrawal = sample::withdrawal("2026-q4", &payload, &payload);
            let files = site(vec![LogDocument::Publication(Box::new(publication.clone()))]);
            let withdrawn = site(vec![
                LogDocument::Publication(Box::new(publication)),
                LogDocument::Withdrawal(withdrawal),
            ]);
            check(&files, &payload);
            check(&withdrawn, &payload);
            // As much markup as with an innocent text: nothing was opened, closed or added.
            for (path, text) in
                files.iter().filter(|(path, _)| path.ends_with(".html") || path.ends_with(".xml"))
            {
                let count = |text: &String| [text.matches('<').count(), text.matches('>').count()];
                assert_eq!(count(text), count(&innocent[path]), "{path} of {payload:?}");
            }
            tried += 1;
        }
    }
    assert_eq!(tried, 200);
}

fn check(files: &Files, payload: &str) {
    for (path, text) in files {
        assert!(path.split('/').all(|part| !part.starts_with('.') && !part.is_empty()), "{path}");
        assert!(path.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c)), "{path}");
        let kind = path.rsplit('.').next().unwrap_or("");
        match kind {
            "html" | "xml" | "svg" => {
                for mark in MARKS {
                    assert!(!text.contains(mark), "{path} of {payload:?} has {mark}");
                }
                let is_unfit = |c: char| c.is_control() && c != '\n';
                assert!(!text.contains(is_unfit), "{path} of {payload:?}");
            }
            "json" => {
                let read: Result<serde_json::Value, _> = serde_json::from_str(text);
                assert!(read.is_ok(), "{path} of {payload:?}");
            }
            _ => {}
        }
    }
}

#[test]
fn no_field_of_a_csv_is_a_formula() {
    for [before, after] in AROUND {
        for payload in PAYLOADS {
            let payload = format!("{before}{payload}{after}");
            for (name, bytes) in
                data_files(&hostile(&payload)).into_iter().filter(|(name, _)| name.ends_with(".csv"))
            {
                let text = String::from_utf8(bytes).unwrap();
                for field in text
                    .trim_start_matches('\u{feff}')
                    .trim_end()
                    .split("\r\n")
                    .flat_map(|line| line[1..].split("\",\""))
                {
                    let first = field.trim_start().chars().next();
                    assert!(
                        !first.is_some_and(|first| FORMULA.contains(&first)),
                        "{name} of {payload:?}: {field}"
                    );
                }
            }
        }
    }
}
