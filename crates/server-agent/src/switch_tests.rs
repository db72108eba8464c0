//! Decisions of a server, one after the other, without waiting for their time.

use std::sync::atomic::AtomicUsize;

use aboveboard_core::clock::FixedClock;

use super::*;

#[test]
fn a_notice_that_cannot_be_stored_is_shown_once_and_stored_when_it_can_be() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("data");
    std::fs::write(&directory, "a file where the directory is to be").unwrap();
    let declaration: &'static Declaration = Box::leak(Box::new(crate::testing::declaration()));
    let environment = Environment::of([("", ""); 0]);
    let shown = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&shown);
    let show: Show = Arc::new(move |_: &str| {
        counted.fetch_add(1, Ordering::Relaxed);
    });
    let switch = Switch::new(Parts {
        declaration,
        version: Version::parse("1.0.0").unwrap(),
        host: Host::default().endpoint(Some("http://127.0.0.1:9".to_owned())).allow_private(true),
        timing: Timing::new(declaration, &environment, None, None),
        environment,
        directory: Some(directory.clone()),
        kept: None,
        show: Some(show),
        timings: None,
        roots: None,
        clock: Box::new(FixedClock::at(1_800_000_000)),
    });
    for _ in 0..3 {
        let standing = switch.decide();
        assert!(matches!(standing, Standing::Silent(Silence::Undecided(_))), "nothing is recorded");
    }
    assert_eq!(shown.load(Ordering::Relaxed), 1);

    std::fs::remove_file(&directory).unwrap();
    assert!(matches!(switch.decide(), Standing::Silent(Silence::Until(_))), "the delay runs");
    assert_eq!(shown.load(Ordering::Relaxed), 1);

    // Once it is stored, a deleted answer is a fresh start again.
    std::fs::remove_file(directory.join("consent")).unwrap();
    switch.decide();
    assert_eq!(shown.load(Ordering::Relaxed), 2);
}
