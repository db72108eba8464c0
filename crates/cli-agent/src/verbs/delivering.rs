//! Who delivers what is recorded here, in words.

use aboveboard_types::clock::{self, stamp};

use super::Context;
use crate::helper::{COMPANIONS, Cause, Deliverer, Nobody, Unfinished, Unstartable};

/// Who delivers, or why nobody does. A server delivers for itself.
pub(super) fn deliverer(context: &Context<'_>) -> Option<Result<Deliverer, Nobody>> {
    let settings = &context.settings;
    settings.directory.is_none().then(|| Deliverer::find(settings))
}

/// Who delivers, as a part of a sentence.
pub(super) fn by(context: &Context<'_>, deliverer: &Result<Deliverer, Nobody>) -> String {
    // A program that reads its manifest at run time may speak of another one, and knows only what it does itself.
    let may_be_another = !context.settings.handed_over.is_empty();
    match deliverer {
        Ok(Deliverer::Itself(_)) if may_be_another => {
            "this program, for what it records; an agent inside another program delivers by that program's means"
                .to_owned()
        }
        Ok(Deliverer::Named(program)) => format!("{}, which this program names", program.display()),
        Ok(Deliverer::Itself(_)) => "this program, started once more".to_owned(),
        Ok(Deliverer::Companion(program)) => format!("the agent of this machine, {}", program.display()),
        Err(nobody) => format!("nobody: {}", because(nobody)),
    }
}

/// The same in one word, for programs.
pub(super) fn name(deliverer: &Deliverer) -> &'static str {
    match deliverer {
        Deliverer::Named(_) => "helper",
        Deliverer::Itself(_) => "itself",
        Deliverer::Companion(_) => "companion",
    }
}

/// Why nobody delivers.
pub(super) fn because(nobody: &Nobody) -> String {
    match nobody {
        Nobody::Library => {
            "this is a library in another program, or `start` was not called on the thread of `main`"
                .to_owned()
        }
        Nobody::Uploader => "this program was built without the uploader".to_owned(),
        Nobody::Unstartable(Unstartable::Unknown) => {
            "the system does not say which file runs; is /proc mounted?".to_owned()
        }
        Nobody::Unstartable(Unstartable::Another(program)) => format!(
            "the program that runs is {}, by which this one was started, and it cannot be started again by itself",
            program.display()
        ),
    }
}

/// Deliveries that were started and came to nothing, as a sentence.
pub(super) fn unfinished(context: &Context<'_>) -> Option<String> {
    let Unfinished { number, since, cause } = Unfinished::read(context.paths.as_ref()?, clock::now())?;
    let since = stamp(since);
    let (started, because) = match cause {
        None => ("started", ": were they killed with their container, or by their time?".to_owned()),
        Some(Cause::FirstProcess) => (
            "due",
            ": the program was the first process of its container (PID 1), or takes over orphans as that does, and starts no helper"
                .to_owned(),
        ),
        Some(Cause::System(error)) => (
            "due",
            format!(": the system starts no helper: {}", std::io::Error::from_raw_os_error(error.into())),
        ),
        Some(Cause::Code(code)) => ("started", format!(": the helper ended at once with code {code}")),
    };
    let deliveries = if number == 1 { "delivery" } else { "deliveries" };
    Some(format!("{number} {deliveries} {started} since {since}, none finished{because}"))
}

/// What would have somebody deliver.
pub(super) fn remedy(context: &Context<'_>) -> String {
    let places = COMPANIONS.join(" or ");
    format!("run {}, or install aboveboard-agent as {places}, which belongs to root", context.call("send"))
}

/// A program that delivers by what the host says, and is named by no absolute path.
pub(super) fn relative_helper(context: &Context<'_>) -> Option<String> {
    let named = context.settings.helper.as_ref().filter(|named| !named.is_absolute())?;
    Some(named.display().to_string())
}
