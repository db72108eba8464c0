//! A decision that changes while it lives.

use super::home::{Home, until};

const EVENT: &str = r#"{"event":"start-finished"}"#;
const BEGIN: &str = r#"{"begin":"init","run":1}"#;
const END: &str = r#"{"end":1,"outcome":"success"}"#;

#[test]
fn a_yes_that_comes_later_is_taken_up_and_nothing_older_is_recorded() {
    let home = Home::new();
    let mut relay = home.told(&[BEGIN, EVENT]);
    assert!(home.files().is_empty());
    home.verb(&["on"]);
    let mut told = 0;
    until("the yes is taken up", || {
        told += 1;
        relay.tell(&[EVENT]);
        relay.sync().is_empty()
    });
    relay.tell(&[END]);
    assert!(relay.close().success());
    assert!(told > 1, "it looks again every two seconds");
    assert_eq!(home.events(), [serde_json::json!({"name": "start-finished", "fields": {}})]);
}

#[test]
fn a_no_that_comes_later_is_taken_up_and_leaves_nothing() {
    let home = Home::consenting();
    let folded = r#"{"event":"page-shown","fields":{"page":"home"}}"#;
    let mut relay = home.told(&[EVENT, BEGIN, folded, folded, folded]);
    assert!(!home.events().is_empty());
    home.verb(&["off"]);
    let kept = || home.files().into_iter().filter(|file| file.starts_with(home.state())).count();
    assert_eq!(kept(), 0);
    until("the no is taken up", || {
        relay.tell(&[EVENT]);
        let explained = relay.sync();
        assert_eq!(kept(), 0);
        explained.iter().any(|line| line.ends_with("telemetry is off\n"))
    });
    relay.tell(&[END, folded]);
    relay.sync();
    assert!(relay.close().success());
    assert_eq!(kept(), 0);
}

#[test]
fn a_configuration_that_changes_is_read_again() {
    let home = Home::consenting();
    let config = home.path().join("config.json");
    std::fs::write(&config, r#"{"enable_telemetry":true}"#).unwrap();
    let mut relay =
        super::home::Relay::start(home.relay(&["--explain", "--config", config.to_str().unwrap()]));
    relay.tell(&[super::home::VERSION, EVENT]);
    relay.sync();
    assert_eq!(home.events().len(), 1);
    std::fs::write(&config, r#"{"enable_telemetry":false}"#).unwrap();
    until("the change is read", || {
        relay.tell(&[EVENT]);
        !relay.sync().is_empty()
    });
    assert!(relay.close().success());
    assert!(!home.state().exists(), "it deletes what was recorded");
}

#[test]
fn what_is_recorded_after_an_erasure_belongs_to_a_new_id_and_nothing_is_lost() {
    let home = Home::consenting();
    // To show a batch makes the id.
    let secret = || {
        home.verb(&["preview"]);
        std::fs::read(home.state().join("secret")).unwrap()
    };
    let mut relay = home.told(&[EVENT, BEGIN]);
    let before = secret();
    home.verb(&["forget"]);
    assert!(home.events().is_empty());
    relay.tell(&[EVENT, END, r#"{"begin":"init","run":2}"#, r#"{"end":2,"outcome":"error"}"#]);
    assert_eq!(relay.sync(), [""; 0]);
    assert!(relay.close().success());
    let kept = [
        serde_json::json!({"name": "command", "command": "init", "error": true}),
        serde_json::json!({"name": "start-finished", "fields": {}}),
    ];
    assert_eq!(home.events(), kept, "the command that began before it is forgotten");
    assert_ne!(secret(), before);
}

#[test]
fn what_is_off_for_now_deletes_nothing_and_writes_nothing_more() {
    let home = Home::consenting();
    let config = home.path().join("config.json");
    let folded = r#"{"event":"page-shown","fields":{"page":"home"}}"#;
    let mut relay =
        super::home::Relay::start(home.relay(&["--explain", "--config", config.to_str().unwrap()]));
    // Of three repeats one is only counted yet.
    relay.tell(&[super::home::VERSION, folded, folded, folded, BEGIN]);
    relay.sync();
    std::fs::write(&config, "{").unwrap();
    // An event that is recorded once a day fills no spool.
    until("the change is read", || {
        relay.tell(&[r#"{"event":"engine-seen"}"#]);
        relay.sync().iter().any(|line| line.ends_with("telemetry is off\n"))
    });
    let events = home.events();
    relay.tell(&[END, folded]);
    assert!(relay.close().success());
    assert_eq!(home.events(), events);
    let pages = events.iter().find(|event| event["name"] == "page-shown").unwrap();
    assert_eq!(pages["times"], 2);
    // The command that was open is forgotten: nobody reports it later.
    assert!(home.open_commands().is_empty());
}
