//! A library that records, as programs in other languages load it.

#[path = "product.rs"]
mod product;

use std::time::Duration;

use aboveboard_cli_agent::{Agent, Delivery, library, start};
use aboveboard_types::declaration::Component;

use product::{SHELF, used};

/// The library is used. `SHELF_HELPER` names what delivers for it.
#[allow(unsafe_code, reason = "a name by which programs in other languages call it")]
#[unsafe(no_mangle)]
pub extern "C" fn shelf_used() -> i32 {
    let agent = library(&SHELF, "1.2.3");
    record(match std::env::var("SHELF_HELPER") {
        Ok(helper) => agent.helper(helper),
        Err(_) => agent,
    });
    0
}

/// A library that takes itself for a program.
#[allow(unsafe_code, reason = "a name by which programs in other languages call it")]
#[unsafe(no_mangle)]
pub extern "C" fn shelf_started() -> i32 {
    let mut resident = start(&SHELF, "1.2.3").resident(None);
    let _ = resident.record(Component::Cli, &used());
    resident.close();
    record(start(&SHELF, "1.2.3"));
    0
}

/// The host delivers. 0 if nothing waits any more.
#[allow(unsafe_code, reason = "a name by which programs in other languages call it")]
#[unsafe(no_mangle)]
pub extern "C" fn shelf_deliver() -> i32 {
    i32::from(library(&SHELF, "1.2.3").deliver_now(None) != Delivery::Done)
}

/// The command of a program in another language, whose work is a function of it.
#[allow(unsafe_code, reason = "a name by which programs in other languages call it")]
#[unsafe(no_mangle)]
pub extern "C" fn shelf_open(work: extern "C" fn() -> bool) {
    let agent = library(&SHELF, "1.2.3");
    let agent = match std::env::var_os("SHELF_AT_EXIT") {
        Some(_) => agent.deliver_at_exit(Duration::from_secs(2)),
        None => agent,
    };
    agent.command("open", None).run(|_| if work() { Ok(()) } else { Err(()) }).unwrap_or_default();
}

fn record(agent: Agent) {
    let _ = agent.record_event(Component::Cli, &used(), None);
}
