//! Delivering for programs without an uploader: each leaves its product file in the state directory of its user.

use std::process::ExitCode;

use aboveboard_cli_agent::verbs::{self, Exit};
use aboveboard_core::environment::Environment;
use aboveboard_core::own_files::PRODUCT;
use aboveboard_core::paths::Paths;
use aboveboard_core::product_file;
use aboveboard_types::declaration::Declaration;

use crate::host;
use crate::output;

/// Why nothing is delivered for a program with a configuration.
pub(crate) const MAY_SAY_NO: &str = "its own configuration may say no, and only it can read that";

/// Delivers what is due for one product after the other, each by its own decision and under its own lock. What of one is not
/// as it should be is said, and keeps no other. `opt_out` is that of this run.
pub(crate) fn deliver(opt_out: Option<&str>, explain: bool) -> ExitCode {
    let mut worst = Exit::Done;
    let mut any = false;
    for product in product_file::products(&Environment::process()) {
        match deliver_one(&product, opt_out, explain) {
            Ok(None) => continue,
            // That it is off for one of them is no failure of this run.
            Ok(Some(Exit::Done | Exit::Off | Exit::Local | Exit::Undecided)) => {}
            Ok(Some(exit)) => worst = if worst == Exit::Failed { worst } else { exit },
            Err(why) => {
                worst = Exit::Failed;
                output::error(&why.context(format!("nothing of {product} is sent")));
            }
        }
        any = true;
    }
    if explain && !any {
        output::message("no program has left anything here to deliver");
    }
    worst.into()
}

/// `None` where no program has left its product file.
fn deliver_one(product: &str, opt_out: Option<&str>, explain: bool) -> anyhow::Result<Option<Exit>> {
    let named = Declaration::EMPTY.product(product.to_owned().into());
    let Some(places) = Paths::of_user(&named, &Environment::process()) else { return Ok(None) };
    let Some(left) = product_file::read(&places).map_err(anyhow::Error::msg)? else { return Ok(None) };
    let has_config = left.words.has_config;
    let file = places.state().join(PRODUCT);
    let agent = host::agent_of(product, left, &file)?;
    if explain {
        output::message(&format!("{product}:"));
    }
    if has_config {
        if explain {
            output::message(&format!("{MAY_SAY_NO}: it delivers when it runs"));
        }
        return Ok(Some(Exit::Done));
    }
    Ok(Some(verbs::deliver(&agent.context(opt_out), explain)))
}
