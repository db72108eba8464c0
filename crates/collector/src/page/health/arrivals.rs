//! When the last batch came, and whether nothing has come for far longer than usual, in words.

use aboveboard_store::calendar::day_of;
use aboveboard_store::figures::health::{Arrivals, BatchesToday, Health, Shortfall};
use aboveboard_types::declaration::Component;

use super::message::HealthMessage;
use crate::page::format::{age, count, counted, day_name, hours, time, weekday};

/// A sentence for each silence that is far longer than usual or in which many are missed, and one where most are missing
/// today although something comes. Where the whole product is silent, its components are not named one by one.
pub(super) fn silences(health: &Health, now: i64) -> Vec<HealthMessage> {
    if let Some(all) = health.all.and_then(|all| silence("No batch has arrived", "batches", &all, now)) {
        return vec![all];
    }
    let components = health.components.iter();
    let silent = components.filter_map(|(component, arrivals)| {
        silence(nobody(*component), batches_of(*component), arrivals, now)
    });
    health.shortfall.iter().map(shortfall).chain(silent).collect()
}

fn nobody(component: Component) -> &'static str {
    match component {
        Component::Server => "No server has reported",
        Component::Cli => "No command-line program has sent a batch",
        Component::Console => "No console has sent a batch",
        _ => "No app has sent a batch",
    }
}

fn batches_of(component: Component) -> &'static str {
    match component {
        Component::Server => "batches of servers",
        Component::Cli => "batches of command-line programs",
        Component::Console => "batches of consoles",
        _ => "batches of apps",
    }
}

/// `No server has reported since Friday, 20 November (2 days, 19 hours ago); the longest gap in the four weeks before was 24
/// hours.` It is bad where it is of several installations, or many are missed.
fn silence(words: &str, batches: &str, arrivals: &Arrivals, now: i64) -> Option<HealthMessage> {
    let Arrivals { last, down, longest_gap, longest_gap_of_several, week_before, .. } = *arrivals;
    let is_missed = arrivals.is_missed();
    if !is_missed && !arrivals.is_silent() {
        return None;
    }
    let ago = age(now - last);
    let down = if down > 0 {
        format!(" For {} of that the collector did not run.", age(down))
    } else {
        String::new()
    };
    if !arrivals.is_silent() {
        let missed = counted(week_before, "installation", "installations");
        return Some(HealthMessage::bad(format!(
            "{words} since {} ({ago} ago); {missed} sent something in the same hours a week before.{down}",
            moment(last, now),
        )));
    }
    let usual = match (longest_gap_of_several, longest_gap) {
        (Some(gap), _) => format!(
            "the longest gap in the last eight days between hours in which two installations or more sent something was {}",
            hours(gap)
        ),
        (None, Some(gap)) => {
            format!("the longest gap between {batches} in the four weeks before was {}", hours(gap))
        }
        (None, None) => "that is longer than times of receipt are kept".to_owned(),
    };
    let text = format!("{words} since {} ({ago} ago); {usual}.{down}", weekday(day_of(last), day_of(now)));
    Some(if is_missed || arrivals.is_of_several() {
        HealthMessage::bad(text)
    } else {
        HealthMessage::notice(text)
    })
}

/// `Today until 08:00 UTC 1 installation sent something; 32 in the same hours a week ago.`
fn shortfall(Shortfall { hour, now, week_before }: &Shortfall) -> HealthMessage {
    HealthMessage::bad(format!(
        "Today until {hour:02}:00 UTC {} sent something; {} in the same hours a week ago.",
        counted(*now, "installation", "installations"),
        count(*week_before),
    ))
}

/// When the last batch came and how many came in the whole hours of today. Where the clock is not believed, no age is made of it.
pub(super) fn calm(health: &Health, now: i64, is_believed: bool) -> HealthMessage {
    let Some(all) = health.all else {
        return HealthMessage::calm(if health.has_data {
            "When the last batch came is not known: none has come since this database was upgraded."
        } else {
            "No batch has arrived yet."
        });
    };
    if !is_believed {
        return HealthMessage::calm(format!("Last batch: {}.", moment(all.last, now)));
    }
    let today = today(&health.today, now);
    HealthMessage::calm(format!(
        "Last batch: {} ({} ago). {today}",
        moment(all.last, now),
        age(now - all.last)
    ))
}

/// When the last batch came, in short, for a list of products.
pub(crate) fn last_batch(health: &Health, now: i64) -> Option<(String, String)> {
    health.all.map(|all| (moment(all.last, now), format!("{} ago", age(now - all.last))))
}

/// `Sunday, 29 November, 11:58 UTC`
fn moment(at: i64, now: i64) -> String {
    format!("{}, {} UTC", weekday(day_of(at), day_of(now)), time(at))
}

fn today(BatchesToday { batches, hour, week_before }: &BatchesToday, now: i64) -> String {
    if *hour == 0 {
        return "Today has no whole hour yet.".to_owned();
    }
    let so_far = format!("Today until {hour:02}:00: {}", counted(*batches, "batch", "batches"));
    match week_before {
        Some(before) => {
            format!("{so_far}, {} in the same hours last {}.", count(*before), day_name(day_of(now)))
        }
        None => format!("{so_far}."),
    }
}
