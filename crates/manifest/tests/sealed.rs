//! Sealed manifests: one form of each, and nothing else is taken for one.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use aboveboard_manifest::{MAX_SEALED_BYTES, Manifest, ReadError, SealError, parse, read};
use proptest::prelude::*;

const KILN: &str = r#"grammar = 1
[product]
id = "kiln"
name = "Kiln"
revision = 3
endpoint = "https://telemetry.kiln.example"
ingest-key = "kiln_pub"
controller = "Kiln, Bern"
contact = "privacy@kiln.example"
hosting = "CH"
retention = "90 days"
[consent]
cli = "ask"
[cli]
why = "Which commands are used?"
chart = "table"
owner = "team@kiln.example"
since = 2026-11-22
commands = ["fire", "glaze"]
"#;

/// KILN as a release. `sed '1s/ sha256=.*//' telemetry.sealed | sha256sum` gives the checksum.
const LINE: &str = "aboveboard.sealed/1 grammar=1 release=kiln length=378 \
                    sha256=43373fb8dbb26f5eec36b31d5ae5c280ece1d4c1df7489c672574fcb6609e337";

fn kiln() -> Manifest {
    parse(KILN, "telemetry.toml").unwrap()
}

/// A file whose checksum holds, whatever it says.
fn forged(line: &str, text: &str) -> String {
    let sum = hmac_sha256::Hash::hash(format!("{line}\n{text}").as_bytes());
    format!("{line} sha256={}\n{text}", aboveboard_types::hex::encode(&sum))
}

fn refused(file: &str) -> ReadError {
    read(file.as_bytes(), "telemetry.sealed").unwrap_err()
}

#[test]
fn a_sealed_release_is_this_file() {
    assert_eq!(kiln().seal(true), format!("{LINE}\n{KILN}"));
}

#[test]
fn a_sealed_manifest_is_the_manifest_and_says_whether_it_is_a_release() {
    for text in
        [KILN, include_str!("fixtures/every.toml"), include_str!("../../../tests/vectors/telemetry.toml")]
    {
        let manifest = parse(text, "telemetry.toml").unwrap();
        assert!(!manifest.declaration().release);
        for release in [true, false] {
            let sealed = manifest.seal(release);
            let again = read(sealed.as_bytes(), "telemetry.sealed").unwrap();
            assert_eq!(again.text(), text);
            assert_eq!(again.declaration(), manifest.declaration().release(release));
            assert_eq!(again.seal(release), sealed);
        }
        let plain = read(text.as_bytes(), "telemetry.toml").unwrap();
        assert_eq!(plain, manifest);
    }
}

#[test]
fn a_checkout_that_ends_lines_with_two_characters_seals_to_the_same_bytes() {
    let manifest = parse(&KILN.replace('\n', "\r\n"), "telemetry.toml").unwrap();
    assert_eq!(manifest.seal(true), kiln().seal(true));
}

#[test]
fn any_bit_that_is_changed_anywhere_is_refused() {
    for release in [true, false] {
        let sealed = kiln().seal(release).into_bytes();
        for place in 0..sealed.len() {
            for bit in 0..8 {
                let mut changed = sealed.clone();
                changed[place] ^= 1 << bit;
                let error = read(&changed, "telemetry.sealed").unwrap_err();
                assert!(matches!(error, ReadError::Seal(_)), "byte {place} bit {bit}: {error}");
            }
        }
    }
}

#[test]
fn any_byte_of_the_first_line_is_refused_whatever_it_is_replaced_by() {
    let sealed = kiln().seal(false).into_bytes();
    let line = sealed.iter().position(|byte| *byte == b'\n').unwrap();
    for place in 0..=line {
        for byte in (0..=u8::MAX).filter(|byte| *byte != sealed[place]) {
            let mut changed = sealed.clone();
            changed[place] = byte;
            let error = read(&changed, "telemetry.sealed").unwrap_err();
            assert!(matches!(error, ReadError::Seal(_)), "byte {place} as {byte}: {error}");
        }
    }
}

#[test]
fn what_is_cut_off_or_added_is_refused() {
    let sealed = kiln().seal(true);
    for length in 1..sealed.len() {
        assert!(read(&sealed.as_bytes()[..length], "telemetry.sealed").is_err(), "{length}");
    }
    for more in ["\n", " ", "x", "\0", &sealed] {
        assert_eq!(refused(&format!("{sealed}{more}")), ReadError::Seal(SealError::Damaged), "{more}");
        assert!(matches!(refused(&format!("{more}{sealed}")), ReadError::Seal(SealError::Damaged)), "{more}");
    }
}

#[test]
fn a_checksum_that_holds_makes_no_second_spelling() {
    let length = KILN.len();
    let sound = format!("aboveboard.sealed/1 grammar=1 release=kiln length={length}");
    assert_eq!(forged(&sound, KILN), kiln().seal(true));
    for line in [
        sound.replace("/1 ", "/01 "),
        sound.replace("/1 ", "/1  "),
        sound.replace("/1 ", "/0 "),
        sound.replace("grammar=1", "grammar=01"),
        sound.replace("grammar=1", "grammar=+1"),
        sound.replace("grammar=1", "grammar=0"),
        sound.replace("=kiln", "="),
        sound.replace("=kiln", "=quarry"),
        sound.replace("=kiln", "=KILN"),
        sound.replace("=kiln", "=kiln release=-"),
        sound.replace(&length.to_string(), &format!("0{length}")),
        sound.replace(&length.to_string(), &(length - 1).to_string()),
        sound.replace(" length", "\tlength"),
        format!("{sound} "),
        format!("{sound} sha256=0"),
        format!(" {sound}"),
    ] {
        assert_eq!(refused(&forged(&line, KILN)), ReadError::Seal(SealError::Damaged), "{line}");
    }
}

#[test]
fn each_refusal_says_what_to_do() {
    let line = format!("aboveboard.sealed/1 grammar=1 release=kiln length={}", KILN.len());
    let windows = refused(&kiln().seal(true).replace('\n', "\r\n"));
    assert_eq!(windows, ReadError::Seal(SealError::LineEnds));
    assert!(windows.to_string().contains("*.sealed -text"), "{windows}");
    let newer = refused(&forged(&line.replace("/1 ", "/12 "), KILN));
    assert_eq!(newer, ReadError::Seal(SealError::NewerFormat(12)));
    assert!(newer.to_string().contains("format 12") && newer.to_string().contains("use a newer aboveboard"));
    let newer = refused(&forged(&line.replace("grammar=1", "grammar=7"), KILN));
    assert_eq!(newer, ReadError::NewerGrammar(7));
    assert!(newer.to_string().contains("grammar 7") && newer.to_string().contains("use a newer aboveboard"));
    let damaged = refused(&kiln().seal(true).replacen("Kiln", "Kilm", 1));
    assert!(
        damaged.to_string().contains("damaged") && damaged.to_string().contains("seal the manifest again")
    );
    let broken = KILN.replace("\"ask\"", "\"asc\"");
    let problems = refused(&forged(&line, &broken)).to_string();
    assert!(problems.contains("the manifest in telemetry.sealed:13:"), "{problems}");
    assert_eq!(refused(&" ".repeat(MAX_SEALED_BYTES + 1)), ReadError::TooLong);
    assert_eq!(read(b"\xff", "telemetry.toml"), Err(ReadError::NotText));
}

#[test]
fn a_text_that_holds_a_marker_is_no_manifest() {
    for marker in ["aboveboard.sealed/1 ", "aboveboard.manifest/1 "] {
        let problems = parse(&format!("{KILN}# {marker}\n"), "telemetry.toml").unwrap_err();
        assert!(problems[0].what.contains("marks the manifest in a program"), "{}", problems[0]);
    }
}

proptest! {
    #[test]
    fn any_two_bytes_that_are_exchanged_or_replaced_are_refused(
        one in 0_usize..4096, other in 0_usize..4096, value: u8, release: bool,
    ) {
        let text = include_str!("fixtures/every.toml");
        let sealed = parse(text, "every.toml").unwrap().seal(release).into_bytes();
        let mut changed = sealed.clone();
        changed.swap(one % sealed.len(), other % sealed.len());
        changed[other % sealed.len()] = value;
        prop_assert_eq!(read(&changed, "telemetry.sealed").is_ok(), changed == sealed);
    }
}
