//! A visit to the product's console, by a real browser.

use std::sync::mpsc;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use super::browser::{self, Browser};
use super::{RunningProduct, Sandbox};

/// How long the browser may take to start, and then the visit; the first start is slow on a small machine.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// What the visitor does. Each step is one event: a page that is shown, or an action.
enum VisitStep {
    /// Follows a link inside the console.
    Show(&'static str),
    /// Fills in a form, by its id, and sends it.
    Send(&'static str, &'static [(&'static str, &'static str)]),
    /// Presses a button, by its `data-action`.
    Press(&'static str),
}

const STEPS: [VisitStep; 9] = [
    VisitStep::Show("/data"),
    VisitStep::Show("/data/shop/schema/public"),
    VisitStep::Send("track-table", &[("name", "invoices"), ("kind", "table")]),
    VisitStep::Show("/data/shop/schema/public/tables/invoices"),
    VisitStep::Send("add-permission", &[("role", "clerk"), ("kind", "select")]),
    VisitStep::Send("create-trigger", &[("name", "invoice_due"), ("webhook", "http://127.0.0.1:9/due")]),
    VisitStep::Show("/settings"),
    VisitStep::Press("export-metadata"),
    VisitStep::Show("/events"),
];

/// A visit that was made.
pub(super) struct ConsoleVisit {
    /// How many events it was.
    pub(super) events: u64,
    /// Kept open, since a browser that ends may abort a request that is under way.
    _browser: Browser,
}

/// Makes the visit. The inner error says why there was none.
///
/// # Errors
/// The browser came up and the visit failed: then something is wrong with the console.
pub(super) fn run(
    sandbox: &Sandbox,
    product: &RunningProduct<'_>,
) -> anyhow::Result<Result<ConsoleVisit, String>> {
    let Some(binary) = browser::find() else {
        return Ok(Err("no Chromium on the search path".to_owned()));
    };
    let mut command = Browser::command(&binary, &sandbox.folder("browser")?);
    sandbox.confine(&mut command);
    let browser = match within(MAX_WAIT, move || Browser::start(command))? {
        Some(Ok(browser)) => browser,
        Some(Err(error)) => return Ok(Err(format!("{error:#}"))),
        None => return Ok(Err("the browser did not start in time".to_owned())),
    };
    let address = format!("{}/console/", product.server);
    let secret = product.secret.clone();
    let visit = within(MAX_WAIT, move || visit(browser, &address, &secret))?;
    visit
        .context("the visit to the console took too long")?
        .context("the visit to the console failed")
        .map(Ok)
}

/// The outcome of `work` if it comes in time. A browser's answers have no deadline of their own.
fn within<T: Send + 'static>(
    max_wait: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> anyhow::Result<Option<T>> {
    let (done, outcome) = mpsc::channel();
    // The receiver may have given up waiting; then the outcome is dropped, and with it the browser.
    let run = move || drop(done.send(work()));
    std::thread::Builder::new().name("browser".to_owned()).spawn(run)?;
    Ok(outcome.recv_timeout(max_wait).ok())
}

fn visit(mut browser: Browser, address: &str, secret: &str) -> anyhow::Result<ConsoleVisit> {
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
    Ok(ConsoleVisit { events, _browser: browser })
}

impl VisitStep {
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
