use aboveboard_testkit::sender;
use aboveboard_types::id::Id;
use aboveboard_types::possession::Purpose;
use aboveboard_wire::Receipt;
use proptest::prelude::*;

use super::batch::CheckedBatch;
use super::*;
use crate::awaited::{Awaited, Voice};
use crate::manifests::Manifests;
use crate::refusal::{Reason, Refusal};

const MANIFEST: &str = include_str!("../../../tests/data/telemetry.toml");

fn manifests() -> (Manifests, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("quarry.toml"), MANIFEST).unwrap();
    (Manifests::load(directory.path()).unwrap(), directory)
}

/// A batch that came with this key and this proof, while nobody watches and nothing is closed or paused.
fn context<'a>(manifests: &'a Manifests, key: Option<&'a [u8]>, proof: Option<&'a str>) -> BatchContext<'a> {
    BatchContext {
        manifests,
        closed: &[],
        paused: None,
        key,
        proof,
        voice: None,
        received: 1,
        is_watched: false,
    }
}

/// What validation says, whichever product it is about.
fn validate(body: &[u8], context: &BatchContext<'_>) -> Result<CheckedBatch, Refusal> {
    super::batch::validate(body, context).map_err(|refusal| refusal.of(None))
}

fn check_with(body: &[u8], key: Option<&[u8]>, closed: &[String]) -> Result<CheckedBatch, Refusal> {
    let (manifests, _directory) = manifests();
    let proof = proof();
    let context = BatchContext { closed, is_watched: true, ..context(&manifests, key, Some(&proof)) };
    validate(body, &context)
}

fn verdict(body: &str) -> Result<CheckedBatch, Refusal> {
    check_with(body.as_bytes(), Some(b"qk_pub_quarry"), &[])
}

const ENVELOPE: &str = r#""wire":1,"product":"quarry","revision":1,"manifest":"HASH",
    "batch":"11111111-1111-8111-8111-111111111111","installation":"SENDER",
    "component":"cli","version":"1.2.3","os":"linux","arch":"x86_64","marks":["test"],"sequence":0"#;

const COMMAND: &str = r#"{"name":"command","time":1800000000,"command":"init","run":"33333333-3333-4333-8333-333333333333","error":false}"#;

fn batch(events: &str) -> String {
    let sender = sender::installation("quarry", 1).to_string();
    let envelope = ENVELOPE.replace("HASH", &hash_of(MANIFEST)).replace("SENDER", &sender);
    format!("{{{envelope},\"events\":[{events}],\"outcomes\":{{}}}}")
}

/// The proof of the installation that sends here.
fn proof() -> String {
    proof_of("quarry", Purpose::Send)
}

fn proof_of(product: &str, purpose: Purpose) -> String {
    sender::proof(sender::installation(product, 1), purpose).unwrap().to_string()
}

fn hash_of(manifest: &str) -> String {
    aboveboard_types::hex::encode(&hmac_sha256::Hash::hash(manifest.as_bytes()))
}

#[test]
fn a_declared_batch_passes_as_it_is() {
    let verdict = verdict(&batch(COMMAND)).unwrap();
    assert_eq!((verdict.accepted, verdict.refused), (1, 0));
    assert!(verdict.rewritten.is_none());
    let id = Id::parse("11111111-1111-8111-8111-111111111111").unwrap();
    assert_eq!(Receipt::read(&verdict.receipt, id).unwrap().accepted, 1);
    assert_eq!(verdict.live.unwrap().live.events[0].to_string(), "init");
}

#[test]
fn an_undeclared_event_is_named_by_its_place_and_cut_out_of_what_is_logged() {
    let secret = COMMAND.replace("init", "deploy --secret hunter2");
    let verdict =
        verdict(&batch(&format!("{secret},{COMMAND},{}", COMMAND.replace("command\",", "hunter3\","))))
            .unwrap();
    assert_eq!((verdict.accepted, verdict.refused), (1, 2));
    let id = Id::parse("11111111-1111-8111-8111-111111111111").unwrap();
    let receipt = Receipt::read(&verdict.receipt, id).unwrap();
    let reasons: Vec<_> = receipt.rejected.iter().map(|it| (it.position, &*it.reason)).collect();
    assert_eq!(reasons, [(0, "unknown-command"), (2, "unknown-event")]);
    let rewritten = String::from_utf8(verdict.rewritten.unwrap()).unwrap();
    assert!(!rewritten.contains("hunter"), "{rewritten}");
    let again = self::verdict(&rewritten).unwrap();
    assert_eq!((again.accepted, again.refused), (1, 0));
}

#[test]
fn what_is_no_batch_is_refused_whole() {
    let good = batch(COMMAND);
    let cases = [
        ("not JSON", "{".to_owned(), Reason::NotABatch.into()),
        ("followed by more", format!("{good}{{}}"), Reason::NotABatch.into()),
        ("an unknown key", good.replacen("{\"wire\"", "{\"x\":1,\"wire\"", 1), Reason::NotABatch.into()),
        ("a key twice", good.replacen("\"wire\":1", "\"wire\":1,\"wire\":1", 1), Reason::NotABatch.into()),
        (
            "an event's key twice",
            batch(&COMMAND.replacen("\"time\":", "\"time\":1,\"time\":", 1)),
            Reason::NotABatch.into(),
        ),
        (
            "an event's unknown key",
            batch(&COMMAND.replacen("\"time\":", "\"args\":[],\"time\":", 1)),
            Reason::NotABatch.into(),
        ),
        (
            "a reason twice",
            good.replace("\"outcomes\":{}", "\"outcomes\":{\"refused\":1,\"refused\":2}"),
            Reason::NotABatch.into(),
        ),
        ("a missing key", good.replace(",\"sequence\":0", ""), Reason::NotABatch.into()),
        ("a fraction", good.replace("\"sequence\":0", "\"sequence\":0.5"), Reason::NotABatch.into()),
        ("a negative number", good.replace("\"sequence\":0", "\"sequence\":-1"), Reason::NotABatch.into()),
        (
            "a huge number",
            good.replace("\"sequence\":0", "\"sequence\":18446744073709551616"),
            Reason::NotABatch.into(),
        ),
        ("a lone surrogate", batch(&COMMAND.replace("init", "\\ud800")), Reason::NotABatch.into()),
        ("a raw control character", batch(&COMMAND.replace("init", "in\nit")), Reason::NotABatch.into()),
        (
            "deep nesting",
            batch(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))),
            Reason::NotABatch.into(),
        ),
        (
            "an upper-case id",
            good.replace("11111111-1111-8111", "AAAAAAAA-1111-8111"),
            Reason::NotABatch.into(),
        ),
        (
            "another wire",
            good.replace("\"wire\":1", "\"wire\":2"),
            Refusal::malformed("wire: this version is not spoken here"),
        ),
        (
            "half a hash",
            good.replace(&hash_of(MANIFEST), &hash_of(MANIFEST)[..32]),
            Refusal::malformed("manifest: not 64 hexadecimal digits"),
        ),
        (
            "no hash",
            good.replace(&hash_of(MANIFEST), &"<script>alert(1)".repeat(4)),
            Refusal::malformed("manifest: not 64 hexadecimal digits"),
        ),
        (
            "a huge sequence",
            good.replace("\"sequence\":0", "\"sequence\":9007199254740992"),
            Refusal::malformed("sequence: too large"),
        ),
        ("another product", good.replace("\"quarry\"", "\"quarrel\""), Reason::UnknownProduct.into()),
        (
            "a newer revision",
            good.replace("\"revision\":1", "\"revision\":2"),
            Reason::UnknownRevision.into(),
        ),
    ];
    for (what, body, refusal) in cases {
        assert_eq!(verdict(&body).err(), Some(refusal), "{what}");
    }
    let many = vec![COMMAND; aboveboard_types::limits::MAX_EVENTS + 1].join(",");
    assert!(verdict(&batch(&many)).is_err());
    assert!(verdict(&batch(&vec![COMMAND; aboveboard_types::limits::MAX_EVENTS].join(","))).is_ok());
}

#[test]
fn nothing_is_taken_from_who_does_not_prove_to_be_the_installation() {
    let (manifests, _directory) = manifests();
    let refused = |key: &[u8], proof: Option<&str>, body: &str| {
        let context = context(&manifests, Some(key), proof);
        validate(body.as_bytes(), &context).err().map(|refusal| refusal.reason)
    };
    let key = &b"qk_pub_quarry"[..];
    let good = batch(COMMAND);
    assert_eq!(refused(key, Some(&proof()), &good), None);
    assert_eq!(refused(key, None, &good), Some(Reason::ProofMissing));
    let others = sender::proof(sender::installation("quarry", 2), Purpose::Send).unwrap().to_string();
    let parts: Vec<_> = proof().split('.').map(str::to_owned).collect();
    let wrong = [
        String::new(),
        "x".to_owned(),
        others,
        proof_of("quarry", Purpose::Read),
        proof_of("quarry", Purpose::Forget),
        proof_of("vectors", Purpose::Send),
        proof().to_uppercase(),
        format!("{}.{}.{}", parts[0], parts[2], parts[1]),
        format!("{} ", proof()),
    ];
    for wrong in &wrong {
        assert_eq!(refused(key, Some(wrong), &good), Some(Reason::ProofWrong), "{wrong}");
    }
    // The key comes first, and the revision and its text last.
    assert_eq!(refused(b"x", None, &good), Some(Reason::WrongKey));
    let differs = good.replace(&hash_of(MANIFEST), &hash_of("another text"));
    assert_eq!(refused(key, Some(&wrong[1]), &differs), Some(Reason::ProofWrong));
    let newer = good.replace("\"revision\":1", "\"revision\":2");
    assert_eq!(refused(key, Some(&wrong[1]), &newer), Some(Reason::ProofWrong));
    assert_eq!(manifests.awaited("quarry"), Awaited::default());
}

#[test]
fn one_flipped_bit_of_the_manifests_hash_is_noticed() {
    let hash = hash_of(MANIFEST);
    let bytes: [u8; 32] = aboveboard_types::hex::decode(hash.as_bytes()).unwrap();
    for bit in 0..256 {
        let mut flipped = bytes;
        flipped[bit / 8] ^= 1 << (bit % 8);
        let body = batch(COMMAND).replace(&hash, &aboveboard_types::hex::encode(&flipped));
        assert_eq!(verdict(&body).err(), Some(Reason::OtherManifest.into()), "{bit}");
    }
}

#[test]
fn a_batch_of_a_revision_that_is_gone_is_checked_against_the_next_one() {
    let directory = tempfile::tempdir().unwrap();
    let newer = MANIFEST.replace("revision = 1\n", "revision = 2\n");
    std::fs::write(directory.path().join("quarry.toml"), newer).unwrap();
    let manifests = Manifests::load(directory.path()).unwrap();
    let proof = proof();
    let context = context(&manifests, Some(b"qk_pub_quarry"), Some(&proof));
    assert_eq!(validate(batch(COMMAND).as_bytes(), &context).unwrap().accepted, 1);
}

#[test]
fn a_newer_revision_is_remembered_for_the_operator() {
    let (manifests, _directory) = manifests();
    let proof = proof();
    let context = context(&manifests, Some(b"qk_pub_quarry"), Some(&proof));
    let of = |revision: u32| batch(COMMAND).replace("\"revision\":1", &format!("\"revision\":{revision}"));
    let from = |network: u8, revision: u32| {
        let context = BatchContext { voice: Some(Voice([network; 16])), ..context };
        assert_eq!(validate(of(revision).as_bytes(), &context).err(), Some(Reason::UnknownRevision.into()));
    };
    let named = || manifests.awaited("quarry").named;
    from(1, 2);
    from(1, 2);
    assert_eq!(named(), [(2, 1)]);
    // Without the product's key nothing is remembered, whatever is claimed.
    let keyless = BatchContext { key: Some(b"qk_pub_quarr"), ..context };
    assert_eq!(validate(of(3).as_bytes(), &keyless).err(), Some(Reason::UnknownRevision.into()));
    assert_eq!(named(), [(2, 1)]);
    // Nor without the proof that somebody's installation sends it.
    let proofless = BatchContext { proof: None, ..context };
    assert_eq!(validate(of(3).as_bytes(), &proofless).err(), Some(Reason::ProofMissing.into()));
    assert_eq!(named(), [(2, 1)]);
    // Whatever one network makes up, it has one voice. No revision is too far for a batch to be kept by its sender.
    for revision in [900, 901, 902, 903, 904, u32::MAX, 3] {
        from(2, revision);
    }
    from(4, 20_270_101);
    from(1, 901);
    from(3, 901);
    assert_eq!(named(), [(3, 1), (901, 2)]);
    // Where networks cannot be distinguished, each installation has one.
    assert_eq!(validate(of(4).as_bytes(), &context).err(), Some(Reason::UnknownRevision.into()));
    assert_eq!(validate(of(5).as_bytes(), &context).err(), Some(Reason::UnknownRevision.into()));
    assert_eq!(named(), [(3, 1), (5, 1), (901, 2)]);
}

#[test]
fn invalid_utf8_anywhere_is_refused() {
    let good = batch(COMMAND).into_bytes();
    let init = good.windows(4).position(|window| window == b"init").unwrap();
    for bytes in [&b"\xff"[..], b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"] {
        let mut body = good.clone();
        body.splice(init..init, bytes.iter().copied());
        let refusal = check_with(&body, Some(b"qk_pub_quarry"), &[]).err();
        assert_eq!(refusal, Some(Reason::NotABatch.into()), "{bytes:?}");
    }
}

#[test]
fn the_key_must_be_the_products_and_the_product_open() {
    let body = batch(COMMAND);
    assert_eq!(check_with(body.as_bytes(), None, &[]).err(), Some(Reason::WrongKey.into()));
    assert_eq!(check_with(body.as_bytes(), Some(b"qk_pub_quarr"), &[]).err(), Some(Reason::WrongKey.into()));
    let closed = ["quarry".to_owned()];
    let refusal = check_with(body.as_bytes(), Some(b"qk_pub_quarry"), &closed).err();
    assert_eq!(refusal, Some(Reason::Closed.into()));
}

#[test]
fn a_refusal_knows_the_product_of_this_collector_that_was_meant() {
    let (manifests, _directory) = manifests();
    let proof = proof();
    let context = context(&manifests, None, Some(&proof));
    let about = |body: &str| super::batch::validate(body.as_bytes(), &context).unwrap_err().product;
    let body = batch(COMMAND);
    assert_eq!(about(&body).as_deref(), Some("quarry"), "a wrong key");
    assert_eq!(about(&body.replace("\"quarry\"", "\"quary\"")).as_deref(), Some("quarry"), "a slip");
    assert_eq!(
        about(&body.replace("\"sequence\":0", "\"sequence\":9007199254740992")).as_deref(),
        Some("quarry")
    );
    assert_eq!(about(&body.replace("\"quarry\"", "\"stranger\"")), None);
    assert_eq!(about("nonsense"), None);
}

#[test]
fn times_and_counts_beyond_reason_cost_their_event_only() {
    let late = COMMAND.replace("1800000000", "253402300800");
    let verdict = verdict(&batch(&format!("{late},{COMMAND}"))).unwrap();
    assert_eq!((verdict.accepted, verdict.refused), (1, 1));
}

/// Every key and every text of a JSON document.
fn strings(json: &[u8]) -> Vec<String> {
    fn walk(value: &serde_json::Value, found: &mut Vec<String>) {
        match value {
            serde_json::Value::String(text) => found.push(text.clone()),
            serde_json::Value::Array(values) => values.iter().for_each(|value| walk(value, found)),
            serde_json::Value::Object(entries) => entries.iter().for_each(|(key, value)| {
                found.push(key.clone());
                walk(value, found);
            }),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(&serde_json::from_slice(json).unwrap(), &mut found);
    found
}

/// The document with one entry of one object written twice, or with an entry more that nobody knows: `at` counts the
/// entries of all objects in the order of the text. None where there are not so many.
fn spoilt(value: &serde_json::Value, at: &mut usize, twice: bool) -> String {
    match value {
        serde_json::Value::Array(values) => {
            let values: Vec<_> = values.iter().map(|value| spoilt(value, at, twice)).collect();
            format!("[{}]", values.join(","))
        }
        serde_json::Value::Object(entries) => {
            let mut written = Vec::new();
            for (key, value) in entries {
                let here = *at == 0;
                *at = at.wrapping_sub(1);
                let entry = format!("\"{key}\":{}", spoilt(value, at, twice));
                if here {
                    // A reader that takes the last of two, and one that takes the first, would see two documents.
                    written.push(if twice { format!("\"{key}\":{value}") } else { "\"zz\":1".to_owned() });
                }
                written.push(entry);
            }
            format!("{{{}}}", written.join(","))
        }
        other => other.to_string(),
    }
}

#[test]
fn what_two_readers_could_read_in_two_ways_is_refused_wherever_it_stands() {
    let report =
        r#"{"name":"report","time":1800000000,"counts":{"tables":7,"permissions":{"select":2,"insert":1}}}"#;
    let server = batch(report).replace("\"component\":\"cli\"", "\"component\":\"server\"");
    let declared =
        r#"{"name":"start-finished","time":1800000000,"fields":{"provider":"podman","extensions":["kind"]}}"#;
    let app = batch(declared).replace("\"component\":\"cli\"", "\"component\":\"app\"");
    for body in [batch(COMMAND), server, app] {
        let body = body.replace("\"outcomes\":{}", "\"outcomes\":{\"spool-full\":1,\"too-old\":2}");
        let document: serde_json::Value = serde_json::from_str(&body).unwrap();
        let whole = spoilt(&document, &mut usize::MAX.clone(), true);
        assert!(verdict(&whole).is_ok(), "as it is: {whole}");
        let mut places = 0;
        loop {
            let mut left = places;
            let doubled = spoilt(&document, &mut left, true);
            if doubled == whole {
                break;
            }
            assert_eq!(verdict(&doubled).err(), Some(Reason::NotABatch.into()), "{doubled}");
            // A lenient reader takes both, and drops one of the two without a word.
            assert_eq!(serde_json::from_str::<serde_json::Value>(&doubled).unwrap(), document);
            let unknown = spoilt(&document, &mut places.clone(), false);
            let refused = verdict(&unknown).map_or(1, |verdict| verdict.refused);
            assert_eq!(refused, 1, "what is not declared is refused, by itself or with its batch: {unknown}");
            places += 1;
        }
        assert!(places > 16, "{places}");
    }
}

proptest! {
    #[test]
    fn any_text_in_place_of_a_name_is_either_declared_or_nowhere_in_what_is_logged(text in "\\PC{1,40}|[\u{202a}-\u{202e}\u{0}\u{fffd}a-z]{1,12}") {
        let event = COMMAND.replace("\"init\"", &serde_json::to_string(&text).unwrap());
        let verdict = verdict(&batch(&event)).unwrap();
        let declared = MANIFEST.contains(&format!("\"{text}\"")) && verdict.accepted == 1;
        prop_assert!(declared || (verdict.accepted == 0 && verdict.refused == 1));
        if let Some(rewritten) = verdict.rewritten {
            let found = strings(&rewritten);
            let own = strings(batch("").as_bytes());
            prop_assert!(!found.contains(&text) || own.contains(&text));
        }
    }

    #[test]
    fn a_batch_with_any_bytes_changed_gives_an_answer_and_no_panic(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)
    ) {
        let mut body = batch(COMMAND).into_bytes();
        for (place, byte) in changes {
            let place = place.index(body.len());
            body[place] = byte;
        }
        if let Ok(verdict) = check_with(&body, Some(b"qk_pub_quarry"), &[]) {
            prop_assert_eq!(verdict.accepted + verdict.refused, 1);
        }
    }
}

#[test]
fn a_coding_agent_stands_with_its_mark_and_is_one_of_the_list() {
    let with = |marks: &str, agent: &str| {
        verdict(&batch(COMMAND).replace("[\"test\"]", &format!("[{marks}]{agent}")))
            .map(|batch| batch.accepted)
    };
    for (agent, name) in aboveboard_types::envelope::CodingAgent::ALL {
        assert_eq!(with("\"test\",\"agent\"", &format!(",\"agent\":\"{name}\"")).unwrap(), 1, "{agent:?}");
    }
    for (marks, agent) in [
        ("\"agent\"", ""),
        ("\"agent\"", ",\"agent\":null"),
        ("\"agent\"", ",\"agent\":\"someone\""),
        ("\"agent\"", ",\"agent\":\"codex\",\"agent\":\"codex\""),
        ("\"test\"", ",\"agent\":\"codex\""),
        ("\"test\"", ",\"agent\":null"),
    ] {
        let reason = with(marks, agent).err().map(|refusal| refusal.reason);
        assert!(matches!(reason, Some(Reason::NotABatch | Reason::Malformed)), "{marks} {agent}: {reason:?}");
    }
}

#[test]
fn a_list_too_long_ends_the_reading_of_it() {
    let events = vec!["{\"name\":\"\",\"time\":0}"; 40_000].join(",");
    assert_eq!(verdict(&batch(&events)).err(), Some(Reason::NotABatch.into()));
    let marks = batch(COMMAND).replace("[\"test\"]", &format!("[{}]", vec!["\"ci\""; 100_000].join(",")));
    assert_eq!(verdict(&marks).err(), Some(Reason::NotABatch.into()));
}

#[derive(serde::Deserialize)]
struct Vector {
    why: String,
    component: String,
    verdict: String,
    event: serde_json::Value,
    /// What is logged of it, where that is less.
    recorded: Option<serde_json::Value>,
}

#[test]
fn every_shared_vector_is_logged_or_refused_as_it_says() {
    let directory = tempfile::tempdir().unwrap();
    let manifest = include_str!("../../../../../tests/vectors/telemetry.toml");
    std::fs::write(directory.path().join("vectors.toml"), manifest).unwrap();
    let manifests = Manifests::load(directory.path()).unwrap();
    let proof = proof_of("vectors", Purpose::Send);
    let context = context(&manifests, Some(b"vec_pub"), Some(&proof));
    let vectors = include_str!("../../../../../tests/vectors/events.json");
    let vectors: Vec<Vector> = serde_json::from_str(vectors).unwrap();
    assert!(vectors.len() > 80);
    for Vector { why, component, verdict, event, recorded } in vectors {
        let envelope = ENVELOPE
            .replace("HASH", &hash_of(manifest))
            .replace("SENDER", &sender::installation("vectors", 1).to_string())
            .replace("\"quarry\"", "\"vectors\"")
            .replace("\"revision\":1", "\"revision\":2")
            .replace("\"cli\"", &format!("\"{component}\""));
        let body = format!("{{{envelope},\"events\":[{event}],\"outcomes\":{{}}}}");
        let found = match validate(body.as_bytes(), &context) {
            Err(refusal) => {
                assert_eq!(refusal, Reason::NotABatch.into(), "{why}");
                "malformed".to_owned()
            }
            Ok(verdict) => {
                let id = Id::parse("11111111-1111-8111-8111-111111111111").unwrap();
                let receipt = Receipt::read(&verdict.receipt, id).unwrap();
                // What is logged is the body as it came, one from which the event is cut out, or one with edges for numbers.
                let logged = verdict.rewritten.unwrap_or(body.clone().into_bytes());
                let logged: serde_json::Value = serde_json::from_slice(&logged).unwrap();
                match receipt.rejected.first() {
                    None => {
                        let recorded = recorded.unwrap_or(event.clone());
                        assert_eq!(logged["events"], serde_json::json!([recorded]), "{why}");
                        "accepted".to_owned()
                    }
                    Some(rejection) => {
                        assert_eq!(logged["events"], serde_json::json!([]), "{why}");
                        rejection.reason.clone().into_owned()
                    }
                }
            }
        };
        assert_eq!(found, verdict, "{why}: {event}");
    }
}
