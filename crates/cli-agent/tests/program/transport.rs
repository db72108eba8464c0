//! The transport under the suite that both agents' transports pass.

use aboveboard_cli_agent::Http;
use aboveboard_core::delivery::conformance;

#[test]
fn the_transport_keeps_to_what_every_transport_promises() {
    conformance::run(&|endpoint| Box::new(Http::new(&endpoint))).unwrap();
}
