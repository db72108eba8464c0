//! The installation's id: from a secret of its own, or from one that is kept elsewhere.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use std::fs;
#[cfg(unix)]
use std::os::unix::fs::MetadataExt as _;

use aboveboard_core::identity::{adopt, installation, new_secret, stored_secret};
use aboveboard_core::inspect;
use aboveboard_core::paths::Paths;
use aboveboard_core::recorder::Recorder;
use aboveboard_core::spool::Spool;
use aboveboard_testkit::sample::{self, NOW, permit};
use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::{Header, Mark};

#[test]
fn a_secret_that_is_kept_elsewhere_is_never_made_here_and_is_one_for_all_who_adopt_it() {
    let home = tempfile::tempdir().unwrap();
    let declaration = sample::declaration();
    let replica = |name: &str| Paths::in_directory(&home.path().join(name)).kept_elsewhere();
    let one = replica("one");
    let other = replica("other");
    assert_eq!(installation(&permit(&declaration, &one), &one), None);
    assert!(!one.state().exists(), "asking makes nothing");

    let secret = new_secret().unwrap();
    let adopted = adopt(&permit(&declaration, &one), &one, &secret).unwrap();
    let permitted = permit(&declaration, &one);
    let stored = stored_secret(&one).unwrap().unwrap();
    assert_eq!(stored.at("sample", permitted.endpoint().unwrap()).id(), adopted.id);
    assert_eq!(installation(&permit(&declaration, &one), &one), Some(adopted.clone()));
    assert_eq!(adopt(&permit(&declaration, &other), &other, &secret), Some(adopted));
    for nonsense in ["", "secret", &secret[1..], &format!("{secret}0")] {
        assert_eq!(adopt(&permit(&declaration, &one), &one, nonsense), None);
    }
}

#[test]
fn replicas_that_share_an_id_number_their_batches_apart_and_a_new_secret_starts_with_nothing() {
    let home = tempfile::tempdir().unwrap();
    let declaration = sample::declaration();
    let secret = new_secret().unwrap();
    let batch = |places: &Paths| -> (u64, String) {
        let recorder = Recorder::open(
            permit(&declaration, places),
            &declaration,
            places,
            sample::header(Component::Cli),
        );
        recorder.record(&sample::event(1)).unwrap();
        let spool = Spool::open(&permit(&declaration, places), &declaration, places).unwrap();
        spool.seal(NOW);
        let id = spool.pending()[0];
        let body = spool.claim(id, NOW).unwrap().body.clone();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        (body["sequence"].as_u64().unwrap(), body["installation"].as_str().unwrap().to_owned())
    };
    let mut told: Vec<_> = (0..8)
        .map(|replica| {
            let places = Paths::in_directory(&home.path().join(replica.to_string())).kept_elsewhere();
            adopt(&permit(&declaration, &places), &places, &secret).unwrap();
            batch(&places)
        })
        .collect();
    assert!(told.iter().all(|(_, id)| *id == told[0].1), "they are one installation");
    told.sort_unstable();
    assert!(
        told.windows(2).all(|pair| pair[1].0 - pair[0].0 > 64),
        "the collector would see clones: {told:?}"
    );

    let places = Paths::in_directory(&home.path().join("0")).kept_elsewhere();
    let another = adopt(&permit(&declaration, &places), &places, &new_secret().unwrap()).unwrap();
    assert_ne!(another.id.to_string(), told[0].1);
    let spool = Spool::open(&permit(&declaration, &places), &declaration, &places).unwrap();
    assert!(
        spool.pending().is_empty(),
        "what was recorded for another installation is not sent for this one"
    );
}

#[cfg(unix)]
#[test]
fn what_is_recorded_in_a_container_on_its_own_layer_is_marked_unstable() {
    let home = tempfile::tempdir().unwrap();
    let declaration = sample::declaration();
    let in_memory = rustix::fs::statfs(home.path()).unwrap().f_type == 0x0102_1994;
    let on_the_layer =
        in_memory || fs::metadata(home.path()).unwrap().dev() == fs::metadata("/").unwrap().dev();
    let marks = |name: &str, in_container: bool, kept_elsewhere: bool| -> Vec<String> {
        let mut places = Paths::in_directory(&home.path().join(name));
        if kept_elsewhere {
            places = places.kept_elsewhere();
            adopt(&permit(&declaration, &places), &places, &new_secret().unwrap()).unwrap();
        }
        let mut header: Header = sample::header(Component::Cli);
        if in_container {
            header.marks = header.marks.with(Mark::Container);
        }
        Recorder::open(permit(&declaration, &places), &declaration, &places, header)
            .record(&sample::event(1))
            .unwrap();
        let permit = permit(&declaration, &places);
        let header = sample::header(Component::Cli);
        let body = inspect::preview(Some(&permit), &declaration, Some(&places), &header, &[], NOW);
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        let marks = body["marks"].as_array().cloned().unwrap_or_default();
        marks.iter().map(|mark| mark.as_str().unwrap().to_owned()).collect()
    };
    let expected: &[&str] = if on_the_layer { &["container", "unstable"] } else { &["container"] };
    assert_eq!(marks("container", true, false), expected);
    assert_eq!(marks("kept", true, true), ["container"], "its id is in a database");
    assert!(marks("machine", false, false).is_empty());
}

#[test]
fn the_secret_is_there_with_the_first_event_and_one_that_a_power_cut_emptied_is_made_anew_before_the_first_batch()
 {
    let home = tempfile::tempdir().unwrap();
    let declaration = sample::declaration();
    let places = Paths::in_directory(home.path());
    let secret = places.state().join("secret");
    let record = || {
        let permitted = permit(&declaration, &places);
        let recorder = Recorder::open(permitted, &declaration, &places, sample::header(Component::Cli));
        recorder.record(&sample::event(1)).unwrap();
    };
    let seal = || Spool::open(&permit(&declaration, &places), &declaration, &places).unwrap().seal(NOW);
    record();
    assert!(stored_secret(&places).unwrap().is_some());
    fs::write(&secret, "").unwrap();
    assert_eq!(seal(), 1);
    let made = fs::read(&secret).unwrap();
    assert_eq!(made.len(), 65);

    // A batch was made of this one, so nothing stands in for it.
    record();
    fs::write(&secret, "").unwrap();
    assert_eq!(seal(), 0);
    assert_eq!(fs::read(&secret).unwrap(), b"");
    fs::write(&secret, made).unwrap();
    assert_eq!(seal(), 1);
}
