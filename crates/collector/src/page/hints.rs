//! What an address asks that cannot be as it says: a day that is still to come, an item that no manifest declares, something
//! that was never recorded. The figures stand below all the same; a sentence says how they are to be read.

use aboveboard_manifest::Manifest;
use aboveboard_store::figures::SizeFilter;
use aboveboard_store::read::Usage;

use super::filter_text::{size_title, usage_title};
use super::format;
use super::scope::Scope;

/// A sentence, and the way on.
pub(crate) struct Hint {
    pub(crate) words: String,
    pub(crate) way: &'static str,
    pub(crate) address: String,
}

/// What is to be said of the address of a page.
pub(crate) fn hints(scope: &Scope) -> Vec<Hint> {
    let query = &scope.query;
    let mut hints = Vec::new();
    if let Some(until) = query.until.filter(|until| *until > scope.question.today) {
        hints.push(Hint {
            words: format!("{} is still to come; the window ends today.", format::long_day(until)),
            way: "Leave the day out",
            address: query.with(|query| query.until = None),
        });
    }
    hints.extend(never_recorded(scope));
    if let Some(manifest) = scope.manifest.as_deref() {
        hints.extend(undeclared(scope, manifest));
    }
    hints
}

/// Filters by something that no batch ever came with.
fn never_recorded(scope: &Scope) -> Vec<Hint> {
    let query = &scope.query;
    let wanted = &query.contexts;
    let mut hints = Vec::new();
    let mut push = |name: String, address: String| {
        let words = format!("Nothing was ever recorded by {name}.");
        hints.push(Hint { words, way: "Remove this filter", address });
    };
    let contexts = &scope.contexts;
    if let Some(component) = wanted.component
        && !contexts.iter().any(|context| context.component == component)
    {
        let address = query.with(|query| query.contexts.component = None);
        push(format!("the component {}", component.name()), address);
    }
    if let Some(version) = wanted.version
        && !contexts.iter().any(|context| context.version == version)
    {
        push(format!("version {version}"), query.with(|query| query.contexts.version = None));
    }
    if let Some(os) = wanted.os
        && !contexts.iter().any(|context| *context.os == *os)
    {
        push(format!("a program on {os}"), query.with(|query| query.contexts.os = None));
    }
    if let Some(arch) = wanted.arch
        && !contexts.iter().any(|context| *context.arch == *arch)
    {
        push(format!("a program for {arch}"), query.with(|query| query.contexts.arch = None));
    }
    hints
}

/// Filters by items that the newest manifest does not declare: a slip, or an item that an earlier revision had.
fn undeclared(scope: &Scope, manifest: &Manifest) -> Vec<Hint> {
    let query = &scope.query;
    let revision = manifest.product.revision;
    let hint = |name: String, address: String| Hint {
        words: format!(
            "Revision {revision} of the manifest declares no {name}; what an earlier revision recorded of it still counts."
        ),
        way: "Remove this filter",
        address,
    };
    let filter = &query.installations;
    let mut hints = Vec::new();
    for (at, size) in filter.sizes.iter().enumerate().filter(|(_, size)| !declares_count(manifest, size)) {
        let address = query.with(|query| drop(query.installations.sizes.remove(at)));
        hints.push(hint(format!("count “{}”", size_title(size)), address));
    }
    for usage in filter.used.iter().chain(&filter.unused).filter(|usage| !declares(manifest, usage)) {
        let address = query.with(|query| {
            query.installations.used.retain(|other| other != usage);
            query.installations.unused.retain(|other| other != usage);
        });
        hints.push(hint(format!("{} “{}”", kind(usage), usage_title(usage)), address));
    }
    hints
}

fn kind(usage: &Usage) -> &'static str {
    match usage {
        Usage::Command(_) => "command",
        Usage::Action(_) => "action",
        Usage::Event(_) => "event",
        Usage::Report => "report",
    }
}

fn declares(manifest: &Manifest, usage: &Usage) -> bool {
    match usage {
        Usage::Command(name) => manifest.cli.iter().any(|cli| cli.commands.contains(name)),
        Usage::Action(name) => {
            let mut actions = manifest.console.iter().flat_map(|console| &console.actions);
            actions.any(|action| action.name == *name)
        }
        Usage::Event(name) => manifest.events.iter().any(|event| event.name == *name),
        Usage::Report => true,
    }
}

fn declares_count(manifest: &Manifest, size: &SizeFilter) -> bool {
    let count = manifest.counts.iter().find(|count| count.name == size.count);
    count.is_some_and(|count| match &size.entry {
        Some(entry) => count.by.contains(entry),
        None => count.by.is_empty(),
    })
}
