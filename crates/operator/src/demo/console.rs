//! A visit to the product's console, by a real browser.

use std::sync::mpsc;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Map, Value, json};

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
///
/// # Errors
/// The browser came up and the visit failed: then something is wrong with the console.
pub(super) fn run(place: &Place, product: &Product<'_>) -> anyhow::Result<Result<u64, String>> {
    let Some(binary) = browser::find() else {
        return Ok(Err("no Chromium on the search path".to_owned()));
    };
    let mut command = Browser::command(&binary, &place.folder("browser")?);
    place.confine(&mut command);
    let (address, secret) = (format!("{}/console/", product.server), product.secret.clone());
    let (done, outcome) = mpsc::channel();
    let visit = move || {
        let visited = match Browser::start(command) {
            Ok(browser) => visit(browser, &address, &secret).map(Ok),
            Err(error) => Ok(Err(format!("{error:#}"))),
        };
        // Whoever waits may have lost patience.
        let _ = done.send(visited);
    };
    std::thread::Builder::new().name("browser".to_owned()).spawn(visit)?;
    let late = |_| Ok(Err("the browser did not answer in time".to_owned()));
    outcome.recv_timeout(PATIENCE).unwrap_or_else(late).context("the visit to the console failed")
}

fn visit(mut browser: Browser, address: &str, secret: &str) -> anyhow::Result<u64> {
    browser.open(address)?;
    browser.evaluate(HELPERS)?;
    browser.evaluate(&call("ready", &[]))?;
    browser.evaluate(&call("send", &[json!("sign-in"), json!({ "secret": secret })]))?;
    // The page that the address itself shows is the first event.
    let mut events = 1;
    for step in STEPS {
        let expression = step.expression();
        browser.evaluate(&expression).context(expression)?;
        events += 1;
    }
    // A page that is left hands over what it has noted.
    browser.open("about:blank")?;
    Ok(events)
}

impl Step {
    fn expression(&self) -> String {
        match self {
            Self::Show(path) => call("show", &[json!(path)]),
            Self::Send(form, fields) => {
                let fields: Map<_, _> =
                    fields.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
                call("send", &[json!(form), Value::Object(fields)])
            }
            Self::Press(action) => call("press", &[json!(action)]),
        }
    }
}

/// What a visitor can do, each with the wait for what comes of it.
const HELPERS: &str = include_str!("visit.js");

fn call(what: &str, arguments: &[Value]) -> String {
    let arguments: Vec<_> = arguments.iter().map(Value::to_string).collect();
    format!("visit.{what}({})", arguments.join(", "))
}
