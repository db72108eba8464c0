//! What the tests of this crate share: a declaration, a sink that keeps what it gets, requests as browsers send.

use std::borrow::Cow;
use std::sync::Mutex;

use aboveboard_types::declaration::{ActionDeclaration, Declaration, Policy};
use aboveboard_types::event::Event;
use aboveboard_types::id::Id;
use http::request::{Builder, Parts};
use http::{Method, Request};

use crate::{Bridge, ConsoleState, Origins, Sink};

pub(crate) const TOKEN: Id = Id::from_random([7; 16]);
pub(crate) const SERVER: Id = Id::from_custom([1; 16]);
pub(crate) const SESSION: &str = "01234567-89ab-4def-8123-456789abcdef";

pub(crate) static QUARRY: Declaration = Declaration::EMPTY
    .product(Cow::Borrowed("quarry"))
    .name(Cow::Borrowed("Quarry"))
    .revision(1)
    .hash(Cow::Borrowed("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"))
    .endpoint(Cow::Borrowed("https://telemetry.quarry.example"))
    .ingest_key(Cow::Borrowed("qk_pub_quarry"))
    .controller(Cow::Borrowed("Quarry e.V."))
    .policy_url(Cow::Borrowed(""))
    .retention(Cow::Borrowed("13 months"))
    .terms(Cow::Borrowed(""))
    .family(Cow::Borrowed(""))
    .server(Policy::Notice)
    .cli(Policy::Ask)
    .report_every(86_400)
    .counts(Cow::Borrowed(&[]))
    .timings(Cow::Borrowed(&[]))
    .commands(Cow::Borrowed(&[]))
    .actions(Cow::Borrowed(
        const { &[ActionDeclaration::new(Cow::Borrowed("table_tracked"), Cow::Borrowed("data/trackTable"))] },
    ))
    .routes(Cow::Borrowed(&[Cow::Borrowed("/data/:source/schema/:schema")]));

/// A sink that keeps what it gets.
pub(crate) struct MemorySink {
    pub(crate) state: Mutex<ConsoleState>,
    pub(crate) events: Mutex<Vec<Event<'static>>>,
    pub(crate) undeclared: Mutex<u64>,
}

impl Sink for &'static MemorySink {
    fn state(&self) -> ConsoleState {
        *self.state.lock().unwrap()
    }

    fn record(&self, event: Event<'static>) {
        self.events.lock().unwrap().push(event);
    }

    fn undeclared(&self, events: u64) {
        *self.undeclared.lock().unwrap() += events;
    }
}

pub(crate) fn bridge(origins: Origins) -> (Bridge<&'static MemorySink>, &'static MemorySink) {
    bridge_of(&QUARRY, origins)
}

pub(crate) fn bridge_of(
    declaration: &'static Declaration,
    origins: Origins,
) -> (Bridge<&'static MemorySink>, &'static MemorySink) {
    let sink = Box::leak(Box::new(MemorySink {
        state: Mutex::new(ConsoleState::of_server(SERVER)),
        events: Mutex::default(),
        undeclared: Mutex::default(),
    }));
    (Bridge::new(declaration, origins, TOKEN, sink), sink)
}

/// The parts of a request, as a test builds it.
pub(crate) fn parts(request: Builder) -> Parts {
    request.body(()).unwrap().into_parts().0
}

/// A read of the config as the page of `http://localhost:8080` makes it.
pub(crate) fn config_read() -> Builder {
    Request::get("/telemetry/config").header("host", "localhost:8080").header("sec-fetch-site", "same-origin")
}

/// A post as the page of `http://localhost:8080` makes it.
pub(crate) fn post() -> Builder {
    Request::builder()
        .method(Method::POST)
        .uri("/telemetry/events")
        .header("host", "localhost:8080")
        .header("origin", "http://localhost:8080")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/json")
        .header("aboveboard-token", TOKEN.to_string())
}

/// A body with one event of each kind.
pub(crate) fn body() -> String {
    format!(
        r#"{{"session":"{SESSION}","events":[{{"route":"/data/:source/schema/:schema"}},
           {{"route":"unknown","action":"table_tracked"}}]}}"#
    )
}

/// Says that a test cannot run here, which is a failure where every test must.
pub(crate) fn not_run(why: &str) {
    assert!(std::env::var_os("ABOVEBOARD_MUST_RUN").is_none(), "must run, and cannot: {why}");
    eprintln!("not run: {why}");
}
