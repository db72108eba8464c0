//! The digest of a collector with a past, in its three forms.

use aboveboard_collector::Scope;

use crate::history::collector_with_a_past;
use crate::operators::make;
use crate::test_collector::{Answer, TestCollector, exchange_as_stranger};

const PAGE: &str = "https%3A%2F%2Ffigures.example.org%2Ffolder%2F";

fn digest(collector: &TestCollector, query: &str) -> Answer {
    collector.get(&format!("/api/digest{query}"))
}

/// Text without marks and line breaks, as words.
fn words(text: &str) -> String {
    let mut out = String::new();
    let mut is_tag = false;
    for letter in text.chars() {
        match letter {
            '<' => is_tag = true,
            '>' if is_tag => {
                is_tag = false;
                out.push(' ');
            }
            '\\' | '*' | '|' => {}
            '\u{a0}' => out.push(' '),
            letter if !is_tag => out.push(letter),
            _ => {}
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_form_of_the_digest_says_the_same() {
    let collector = collector_with_a_past();
    let text = digest(&collector, "");
    assert_eq!((text.status, text.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    let text = text.text();
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let markdown = digest(&collector, "?format=md&product=quarry");
    assert_eq!(markdown.header("content-type"), Some("text/markdown; charset=utf-8"));
    let html = digest(&collector, "?format=html&product=quarry");
    assert_eq!(html.header("content-type"), Some("text/html; charset=utf-8"));
    let sentences = [
        "Quarry (quarry)",
        "Last batch: ",
        "Active installations, 28 days",
        "The newest release",
        "Share of installations, last 7 days 100",
        "“init” fails for 30 of 60 installations",
        "Commands failed for 30 of 60 installations that ran any in 7 days: 50.0 % (37.7 % to 62.3 %), after 10.0 % in the 7 days before.",
    ];
    for form in [text, markdown.text(), html.text()] {
        for sentence in sentences {
            assert!(words(&form).contains(sentence), "{sentence} is not in {form}");
        }
        assert!(!form.contains("http"), "nobody said where the page is: {form}");
    }
}

#[test]
fn the_digest_for_mail_fetches_nothing_and_runs_nothing() {
    let collector = collector_with_a_past();
    let answer = digest(&collector, &format!("?format=html&page={PAGE}"));
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'unsafe-inline'"), "{policy}");
    let html = answer.text();
    for fetched in ["<script", "<link", "<img", "<iframe", "<style", "src=", "url(", "@import", " on"] {
        let found = html
            .split('<')
            .filter_map(|tag| tag.split('>').next())
            .any(|tag| format!("<{tag}").contains(fetched));
        assert!(!found, "{fetched} in {html}");
    }
    let links: Vec<_> = html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(links.len() >= 3, "{html}");
    for link in links {
        let address = link.replace("&#38;", "&");
        let path =
            address.strip_prefix("https://figures.example.org/folder/").unwrap_or_else(|| panic!("{link}"));
        assert_eq!(collector.get(&format!("/{path}")).status, 200, "{link}");
    }
}

#[test]
fn a_digest_is_of_the_products_of_the_token_and_bad_questions_get_the_remedy() {
    let collector = collector_with_a_past();
    for (query, status, words) in [
        ("?product=nobody", 404, "no product of this name"),
        ("?format=pdf", 400, "format must be md, html or text"),
        ("?page=javascript:alert(1)", 400, "page must be the address of the page"),
        ("?page=https://x%22y", 400, "page must be the address of the page"),
        ("?x=1", 400, "a digest is asked for by format, product and page"),
    ] {
        let answer = digest(&collector, query);
        assert_eq!(answer.status, status, "{query}");
        assert!(answer.text().contains(words), "{query}: {answer:?}");
    }
    let mason = make(&collector, "m", Scope::Read, Some("mason"));
    let ask = |path: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{mason}\r\n");
        exchange_as_stranger(collector.address(), request.as_bytes())
    };
    assert_eq!(ask("/api/digest?product=quarry").status, 404);
    let all = ask("/api/digest").text();
    assert!(!all.to_lowercase().contains("quarry"), "{all}");
}
