//! Ids and proofs against `tests/vectors/ids.json`, and what a proof for one purpose is worth under another.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use aboveboard_types::id::Id;
use aboveboard_types::possession::{Possession, Proof, Purpose};
use aboveboard_types::{hex, host};
use serde_json::Value;

const PURPOSES: [(Purpose, &str); 3] =
    [(Purpose::Send, "send"), (Purpose::Read, "read"), (Purpose::Forget, "forget")];

fn vectors(of: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("../../../tests/vectors/ids.json")).unwrap();
    let rows = all[of].as_array().unwrap().clone();
    assert!(rows.len() > 2, "{of}");
    rows
}

fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().unwrap()
}

fn secret(row: &Value) -> [u8; 32] {
    hex::decode(text(row, "secret").as_bytes()).unwrap()
}

fn id(row: &Value, key: &str) -> Id {
    Id::parse(text(row, key)).unwrap()
}

#[test]
fn every_installation_and_its_proofs_are_as_the_vectors_say() {
    for row in vectors("installations") {
        let product = text(&row, "product");
        let host = text(&row, "host");
        let possession = Possession::of(&secret(&row), product, host);
        assert_eq!(possession.id(), id(&row, "installation"), "{row}");
        assert_eq!(host::tag(host), text(&row, "host-tag"));
        assert_eq!(host::normal(host).as_deref(), Some(host));
        for (purpose, name) in PURPOSES {
            let proof = possession.proof(purpose);
            assert_eq!(proof.to_string(), text(&row["proofs"], name));
            assert_eq!(Proof::parse(text(&row["proofs"], name)), Some(proof.clone()));
            assert!(proof.is_of(possession.id(), product, purpose));
        }
    }
}

#[test]
fn a_proof_serves_its_own_purpose_product_and_id_alone() {
    let rows = vectors("installations");
    for row in &rows {
        for (purpose, name) in PURPOSES {
            let proof = Proof::parse(text(&row["proofs"], name)).unwrap();
            for other in &rows {
                for (used_for, _) in PURPOSES {
                    let is_its_own = row["installation"] == other["installation"] && purpose == used_for;
                    let product = text(other, "product");
                    assert_eq!(proof.is_of(id(other, "installation"), product, used_for), is_its_own);
                }
            }
            // Nor does what a proof shows give another proof by moving its parts.
            let parts: Vec<&str> = text(&row["proofs"], name).split('.').collect();
            for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
                let moved = Proof::parse(&order.map(|part| parts[part]).join(".")).unwrap();
                for (used_for, _) in PURPOSES {
                    assert!(!moved.is_of(id(row, "installation"), text(row, "product"), used_for));
                }
            }
        }
    }
}

#[test]
fn one_flipped_bit_of_a_proof_or_an_id_is_noticed() {
    let rows = vectors("installations");
    let row = &rows[0];
    let product = text(row, "product");
    for (purpose, name) in PURPOSES {
        let parts: Vec<[u8; 32]> =
            text(&row["proofs"], name).split('.').map(|part| hex::decode(part.as_bytes()).unwrap()).collect();
        for bit in 0..3 * 256 {
            let mut flipped = parts.clone();
            flipped[bit / 256][bit % 256 / 8] ^= 1 << (bit % 8);
            let line = flipped.iter().map(|part| hex::encode(part)).collect::<Vec<_>>().join(".");
            assert!(!Proof::parse(&line).unwrap().is_of(id(row, "installation"), product, purpose));
        }
        for bit in 0..128 {
            let mut bytes = *id(row, "installation").bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let proof = Proof::parse(text(&row["proofs"], name)).unwrap();
            assert!(!proof.is_of(Id::from_bytes(bytes), product, purpose));
        }
    }
}

#[test]
fn a_proof_has_one_spelling() {
    let good = text(&vectors("installations")[0]["proofs"], "send").to_owned();
    assert!(Proof::parse(&good).is_some());
    let wrong = [
        String::new(),
        good[..Proof::LENGTH - 1].to_owned(),
        format!("{good}0"),
        format!(" {}", &good[1..]),
        good.to_uppercase(),
        good.replacen('.', "-", 1),
        good.replacen('.', "0", 1),
        format!("{}.{}", &good[1..65], &good[..129]),
        good.replacen(char::is_numeric, "g", 1),
        good.replacen(char::is_numeric, "+", 1),
        format!("{good}, {good}"),
    ];
    for text in wrong {
        assert_eq!(Proof::parse(&text), None, "{text}");
    }
}

#[test]
fn batches_servers_and_hosts_are_as_the_vectors_say() {
    for row in vectors("batches") {
        let day = u16::try_from(row["day"].as_u64().unwrap()).unwrap();
        assert_eq!(Id::of_batch(&secret(&row), day, text(&row, "name")), id(&row, "batch"));
    }
    for row in vectors("servers") {
        let reference = Id::server_reference(text(&row, "product"), id(&row, "server"));
        assert_eq!(reference, id(&row, "reference"));
    }
    for row in vectors("hosts") {
        let normal = host::normal(row[0].as_str().unwrap());
        assert_eq!(normal.as_deref(), row[1].as_str(), "{row}");
        if let Some(normal) = normal {
            assert_eq!(host::normal(&normal).as_ref(), Some(&normal), "the normal form is its own");
        }
    }
}

#[test]
fn neither_values_nor_proofs_are_printed_for_debugging() {
    let possession = Possession::of(&[7; 32], "quarry", "localhost");
    let shown = format!("{possession:?} {:?}", possession.proof(Purpose::Forget));
    assert!(!shown.contains(&possession.proof(Purpose::Forget).to_string()[130..]));
}
