//! A visit to the product's console, by a real browser.

use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};

use super::browser::{self, Browser};
use super::place::Place;
use super::product::Product;

/// How long the whole visit may take; the first start of a browser is slow on a small machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the visitor does. Each step is one event: a page that is shown, or an action.
enum Step {
    /// Follows a link inside the console.
    Show(&'static str),
    /// Fills in a form, by its id, and sends it.
    Send(&'static str, &'static [(&'static str, &'static str)]),
    /// Presses a button, by its `data-action`.
    Press(&'static str),
}

const STEPS: [Step; 9] = [
    Step::Show("/data"),
    Step::Show("/data/shop/schema/public"),
    Step::Send("track-table", &[("name", "invoices"), ("kind", "table")]),
    Step::Show("/data/shop/schema/public/tables/invoices"),
    Step::Send("add-permission", &[("role", "clerk"), ("kind", "select")]),
    Step::Send("create-trigger", &[("name", "invoice_due"), ("webhook", "http://127.0.0.1:9/due")]),
    Step::Show("/settings"),
    Step::Press("export-metadata"),
    Step::Show("/events"),
];

/// Makes the visit and gives back how many events it was, or why there was none.
pub(super) fn run(place: &Place, product: &Product<'_>) -> Result<u64, String> {
    let Some(binary) = browser::find() else { return Err("no Chromium on the search path".to_owned()) };
    let profile = place.folder("browser").map_err(|error| format!("{error:#}"))?;
    let mut command = Browser::command(&binary, &profile);
    place.confine(&mut command);
    let (address, secret) = (format!("{}/console/", product.server), product.secret.clone());
    let (done, outcome) = mpsc::channel();
    let visit = move || {
        // Whoever waits may have lost patience.
        let _ = done.send(visit(command, &address, &secret).map_err(|error| format!("{error:#}")));
    };
    let thread = std::thread::Builder::new().name("browser".to_owned()).spawn(visit);
    thread.map_err(|error| error.to_string())?;
    outcome.recv_timeout(PATIENCE).unwrap_or_else(|_| Err("the browser did not answer in time".to_owned()))
}

fn visit(command: std::process::Command, address: &str, secret: &str) -> anyhow::Result<u64> {
    let mut browser = Browser::start(command)?;
    browser.open(address)?;
    browser.evaluate(HELPERS)?;
    browser.evaluate(&call("ready", &[]))?;
    browser.evaluate(&call("send", &[json!("sign-in"), json!({ "secret": secret })]))?;
    // The page that the address itself shows is the first event.
    let mut events = 1;
    for step in STEPS {
        browser.evaluate(&match step {
            Step::Show(path) => call("show", &[json!(path)]),
            Step::Send(form, fields) => {
                let fields: serde_json::Map<_, _> =
                    fields.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
                call("send", &[json!(form), Value::Object(fields)])
            }
            Step::Press(action) => call("press", &[json!(action)]),
        })?;
        events += 1;
    }
    // A page that is left hands over what it has noted.
    browser.open("about:blank")?;
    Ok(events)
}

/// What a visitor can do, each with the wait for what comes of it.
const HELPERS: &str = include_str!("visit.js");

fn call(what: &str, arguments: &[Value]) -> String {
    let arguments: Vec<_> = arguments.iter().map(Value::to_string).collect();
    format!("visit.{what}({})", arguments.join(", "))
}
