//! The client that pages load, in Node, with what a browser would add.

use super::document::{Server, node};
use super::host::Host;

/// A page: loads the client from the server, notes a route and an action, and is hidden. Prints the statuses of its
/// requests and the link header of the last.
const PAGE: &str = r#"
import { writeFileSync } from "node:fs";
const address = process.argv[2];
const until = async (is) => { while (!(await is())) await new Promise((go) => setImmediate(go)); };
const script = await fetch(address + "/telemetry/client.js");
const seen = [];
let link = script.headers.get("aboveboard-server");
let hide = () => {};
globalThis.document = { visibilityState: "visible", querySelector: () => null, removeEventListener() {},
  addEventListener: (_, listener) => { hide = listener; } };
Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
const plain = globalThis.fetch;
globalThis.fetch = async (path, options = {}) => {
  const headers = { ...options.headers, "sec-fetch-site": "same-origin" };
  if (options.method === "POST") headers.origin = address;
  const { keepalive, ...rest } = options;
  const answer = await plain(address + path, { ...rest, headers });
  seen.push(`${path} ${answer.status}`);
  link = answer.headers.get("aboveboard-server");
  return answer;
};
if (script.headers.get("content-type").startsWith("text/javascript")) {
  writeFileSync("client.mjs", await script.text());
  const { connect } = await import(process.cwd() + "/client.mjs");
  const telemetry = connect();
  telemetry.route("/data");
  telemetry.action("data/trackTable");
  telemetry.action("undeclared");
  await until(() => seen.length === 1);
  document.visibilityState = "hidden";
  await until(() => { hide(); return seen.length === 2; });
  telemetry.stop();
} else {
  seen.push(await script.text());
}
console.log(JSON.stringify({ seen, link }));
"#;

#[test]
fn a_server_in_python_passes_on_what_the_client_asks_and_its_events_are_recorded() {
    let host = Host::new();
    host.answer("yes");
    let server = Server::start(&host);
    let told: serde_json::Value = loop {
        let told: serde_json::Value = serde_json::from_str(&node(&host, PAGE, &server.address)).unwrap();
        // The server may answer before its bridge has said a word.
        if told["seen"][0] != r#"{"mode":"off"}"# {
            break told;
        }
    };
    assert_eq!(told["seen"], serde_json::json!(["/telemetry/config 200", "/telemetry/events 204"]));
    let events = host.events();
    assert_eq!(events.len(), 2, "{events:?}");
    assert!(events.iter().any(|event| event["action"] == "table_tracked" && event["route"] == "/data"));
    let id = told["link"].as_str().unwrap().split(';').next().unwrap();
    assert!(events.iter().all(|event| event["server"] == id), "{events:?}");
    drop(server);
    // A host that was killed closes the pipe, and the bridge goes with its socket.
    while host.data().join("bridge.sock").exists() {
        std::thread::yield_now();
    }
}

#[test]
fn where_telemetry_is_off_the_same_server_answers_by_itself() {
    let host = Host::new();
    let server = Server::start(&host);
    let told = node(&host, PAGE, &server.address);
    assert!(told.contains(r#""seen":["{\"mode\":\"off\"}"]"#), "{told}");
    assert!(!host.data().join("bridge.sock").exists());
    assert!(!host.data().join("telemetry").exists());
}
