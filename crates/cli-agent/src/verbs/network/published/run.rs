//! What the verb does, in order: fetch and check, show, say what it proves, remember.

use std::time::{Duration, Instant};

use aboveboard_published::key::Verifier;
use aboveboard_published::publication::{LogDocument, Publication};
use aboveboard_published::verify::{Newest, Outcome, Trust, newest};
use aboveboard_types::clock;

use super::counted::{self, Counted};
use super::own::Own;
use super::remembered::{self, Remembered};
use super::site::Site;
use super::{document, shown};
use crate::verbs::network::endpoint;
use crate::verbs::{Context, Exit, print, say};

/// The longest time that everything takes: a list of fifty thousand installations over a slow line.
const MAX_TIME: Duration = Duration::from_secs(60);

/// Checks and shows what is published. It works whatever was decided about telemetry: it reads a public page, and only runs when
/// somebody types it. It tells the site nothing of this installation, but by which file of a long list it fetches the first two digits
/// of its line.
pub(crate) fn run(context: &Context<'_>, site: Option<&str>, as_json: bool) -> Exit {
    let declaration = context.declaration();
    if declaration.publish_site.is_empty() {
        say(format_args!("the makers of {} publish no figures", declaration.name));
        return if !as_json || print("null") { Exit::Done } else { Exit::Failed };
    }
    let address = match endpoint::read(context, site.unwrap_or(&declaration.publish_site)) {
        Ok(address) => address,
        Err(why) => {
            say(format_args!("error: the address of the figures cannot be used: {why}"));
            return Exit::Failed;
        }
    };
    let remembered = match remembered::read(context) {
        Remembered::Head(head) => Some(head),
        Remembered::Nothing => None,
        Remembered::Unusable(why) => {
            say(format_args!("error: what is remembered of the figures is not used: {why}"));
            say("help: move the file away, and compare the head in it by hand");
            return Exit::Failed;
        }
    };
    // Only the keys that the program carries: what was once remembered signs no longer once the manifest names others.
    let keys: Vec<Verifier> =
        declaration.publish_keys.iter().filter_map(|key| Verifier::parse(key)).collect();
    if keys.is_empty() {
        say(
            "error: the manifest of this program names no key that signs the figures, so they cannot be checked",
        );
        return Exit::Failed;
    }
    let shown_address = address.as_str().to_owned();
    let site = Site::new(context, address, Instant::now() + MAX_TIME);
    let found = newest(&site, &Trust { keys, remembered }, clock::day(clock::now()));
    let publication = match publication(context, &found) {
        Ok(publication) => publication,
        Err(exit) => return exit,
    };
    let is_withdrawn = found.documents.iter().any(|document| matches!(document, LogDocument::Withdrawal(_)));
    for finding in found.findings.iter() {
        say(format_args!("{}: {}\n  {}", finding.file, finding.what, finding.remedy));
    }
    let own = Own::of(context);
    let counted = publication
        .as_ref()
        .filter(|_| !is_withdrawn)
        .map(|publication| counted::look(context, &site, publication));
    let is_remembered = found.head.as_ref().is_some_and(|head| remembered::keep(context, head));
    let is_read = if as_json {
        let publication = publication.as_deref();
        print(document::of(
            &shown_address,
            &found,
            publication,
            is_withdrawn,
            &own,
            counted.as_ref(),
            is_remembered,
        ))
    } else {
        for_people(&found, publication.as_deref(), &own, counted.as_ref())
    };
    exit(found.findings.outcome(), is_read)
}

/// The newest publication, where it is what was signed and of this product. Nothing is shown of one that does not fit.
fn publication(context: &Context<'_>, found: &Newest) -> Result<Option<Box<Publication>>, Exit> {
    let product = &context.declaration().product;
    let mut publications = found.documents.iter().filter_map(|document| match document {
        LogDocument::Publication(publication) => Some(publication.clone()),
        LogDocument::Withdrawal(_) => None,
    });
    let Some(publication) = publications.next_back().filter(|_| found.head.is_some()) else {
        return Ok(None);
    };
    if publication.product.id == **product {
        return Ok(Some(publication));
    }
    say(format_args!("error: these are the figures of {}, and this is {product}", publication.product.id));
    Err(Exit::Failed)
}

/// The lines for people. False if nobody reads them.
fn for_people(
    found: &Newest,
    publication: Option<&Publication>,
    own: &Own,
    counted: Option<&Counted>,
) -> bool {
    let Some(publication) = publication else {
        if found.head.is_some() {
            say("nothing is published yet");
        }
        return true;
    };
    for document in &found.documents {
        if let LogDocument::Withdrawal(withdrawal) = document {
            return print(format_args!(
                "{} is withdrawn since {}: {}",
                withdrawal.withdraws, withdrawal.day, withdrawal.reason
            ));
        }
    }
    if !shown::publication(publication, own) {
        return false;
    }
    if own.batches == 0 {
        say("no row is marked as yours: the sent log here is empty");
    } else {
        say("> marks what belongs to the last batches that were sent from here (`sent` shows them)");
    }
    if let Some(counted) = counted {
        say_counted(counted);
    }
    say(format_args!(
        "signed by a key of this program's manifest, as document {} of the log; the next figures are due by {}",
        found.size, publication.next_due
    ));
    true
}

/// Whether this installation was counted, with what that proves and what it does not.
fn say_counted(counted: &Counted) {
    match counted {
        Counted::Listed(line) => {
            say(format_args!("this installation was counted: {line} is in the signed list"));
            say(
                "that proves that the makers said so to everybody. It does not prove what was counted of it, that the other \
                 lines are real, or that the figures follow from the list",
            );
        }
        Counted::NotListed(_) => {
            say("this installation was not counted: none of its lines is in the signed list");
            say(
                "a new one counts once it was heard from on several days, and only what a program sent that knew of the \
                 publication. That one was left out cannot be proved to others",
            );
        }
        Counted::Unknown(why) => {
            say(format_args!("whether this installation was counted is not known: {why}"))
        }
    }
}

fn exit(outcome: Outcome, is_read: bool) -> Exit {
    match outcome {
        _ if !is_read => Exit::Failed,
        Outcome::Fits | Outcome::Overdue => Exit::Done,
        Outcome::Unreadable => Exit::Later,
        Outcome::Signature | Outcome::Log | Outcome::Figures | Outcome::UnknownKey => Exit::Failed,
    }
}
