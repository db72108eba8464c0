//! Shares of installations against `tests/vectors/sampling.json`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use aboveboard_types::declaration::SampleRate;
use aboveboard_types::id::Id;
use serde_json::Value;

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

fn rate(share: &str) -> SampleRate {
    let (part, whole) = share.split_once('/').unwrap();
    SampleRate::new(part.parse().unwrap(), whole.parse().unwrap())
}

#[test]
fn every_installation_is_in_the_shares_that_the_vectors_say() {
    let vectors: Value = serde_json::from_str(include_str!("../../../tests/vectors/sampling.json")).unwrap();
    let shares = texts(&vectors["shares"]);
    let rows = vectors["rows"].as_array().unwrap();
    assert!(rows.len() > 20);
    for row in rows {
        let installation = Id::parse(row["installation"].as_str().unwrap()).unwrap();
        let event = row["event"].as_str().unwrap();
        let spread = u64::from_str_radix(row["spread"].as_str().unwrap(), 16).unwrap();
        let chosen: Vec<&str> =
            shares.iter().copied().filter(|share| rate(share).has(installation, event)).collect();
        assert_eq!(chosen, texts(&row["in"]), "{row}");
        // Of every other share too.
        for whole in 2..=1_000 {
            let part = u16::try_from(spread % u64::from(whole)).unwrap();
            assert!(!SampleRate::new(part, whole).has(installation, event), "{row} {whole}");
            assert!(SampleRate::new(part + 1, whole).has(installation, event), "{row} {whole}");
        }
    }
    for share in shares {
        let number = rows.iter().filter(|row| texts(&row["in"]).contains(&share)).count();
        assert!((1..rows.len()).contains(&number), "{share}: {number}");
    }
}
