//! Two quarters, a withdrawal and a correction, checked by whoever has nothing but the site and the key.

use serde_json::Value;

use crate::publishing::maker::{Maker, files};
use crate::publishing::published::{Published, truth};

#[test]
fn two_quarters_are_published_withdrawn_and_corrected_and_anybody_can_verify_them() {
    let maker = Maker::new("[\"commands\"]");
    maker.receive(0..600, "2026-06-20");
    maker.receive(0..600, "2026-06-26");
    maker.receive(0..700, "2026-07-14");
    maker.apply();
    maker.today("2026-07-16");
    maker.publish_ok(&["run"]);
    let site = maker.site();
    assert_eq!(maker.verified(), Ok(()));
    Published::read(&site, "2026-q2").is_about(&truth(0..600));
    let second = files(&site.join("2026-q2"));
    maker.receive(0..700, "2026-09-20");
    maker.apply();
    maker.pass("2026-10-16");
    let said: Value =
        serde_json::from_str(&maker.publish_ok(&["run", "--json"])).expect("JSON and nothing else");
    assert_eq!((&said["publication"], &said["log"]["size"]), (&"2026-q3".into(), &2.into()), "{said}");
    assert_eq!((&said["state"], &said["next_due"]), (&"published".into(), &"2027-01-30".into()), "{said}");
    assert_eq!(maker.verified(), Ok(()));
    Published::read(&site, "2026-q3").is_about(&truth(0..700));
    for (name, bytes) in second.iter().filter(|(name, _)| !name.ends_with(".html")) {
        assert_eq!(
            std::fs::read(site.join("2026-q2").join(name)).ok().as_ref(),
            Some(bytes),
            "{name} changed"
        );
    }
    // Nothing is left to draw, and nothing changes.
    let before = files(&site);
    assert!(maker.refusal(&["run"]).contains("2027-01-15"), "the next may be drawn then");
    assert!(maker.refusal(&["run", "--period", "2026-q3"]).contains("published"));
    assert!(before == files(&site));
    maker.publish_ok(&["withdraw", "2026-q3", "--reason", "A test farm was counted."]);
    assert_eq!(maker.verified(), Ok(()));
    let page = std::fs::read_to_string(site.join("2026-q3/index.html")).expect("a page");
    assert!(page.contains("A test farm was counted."), "{page}");
    assert!(maker.refusal(&["withdraw", "2026-q3", "--reason", "Again."]).contains("withdrawn"));
    maker.publish_ok(&["correct", "2026-q3", "--reason", "The test farm is left out."]);
    assert_eq!(maker.verified(), Ok(()));
    Published::read(&site, "2026-q3.2").is_about(&truth(0..700));
    let kept = std::fs::read(site.join("2026-q3/publication.json")).expect("the first one stays");
    assert_eq!(Some(&kept), before.get("2026-q3/publication.json"));
    let audit = maker.publish_ok(&["audit"]);
    assert!(audit.contains("2026-q2") && audit.contains("2026-q3.2"), "{audit}");
    // Due on 30 January.
    assert!(maker.publish(&["check", "site"]).status.success());
    maker.today("2027-01-30");
    assert!(maker.publish(&["check", "site"]).status.success());
    maker.today("2027-01-31");
    let overdue = maker.publish(&["check", "site"]);
    let said = String::from_utf8_lossy(&overdue.stderr);
    assert!(overdue.status.code() == Some(13) && said.contains("2027-01-30"), "{said}");
}
