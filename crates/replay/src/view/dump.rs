//! Every figure of a moment under a name made of words: what two stores can compare.

use std::collections::BTreeMap;

use aboveboard_store::axis::Axis;
use aboveboard_store::context::{Context, ContextFilter};
use aboveboard_store::packed_version::pack_version;
use aboveboard_store::read::{Days, InstallationKey, ReadResult};
use aboveboard_store::versions::AdmittedBy;

use super::moment::{ContextTable, Moment, RemovedCell};
use super::{installations, names, received, sets};
use crate::closed::{MemberKey, Periods, SetAxis, TallyKind};

/// The axes of the cells.
const AXES: [Axis; 12] = [
    Axis::Command,
    Axis::Action,
    Axis::View,
    Axis::Report,
    Axis::Declared,
    Axis::Flag,
    Axis::Number,
    Axis::Choice,
    Axis::Version,
    Axis::Country,
    Axis::TimingCount,
    Axis::TimingTime,
];

/// Figures by what they count.
pub(super) type Figures = BTreeMap<String, i64>;

/// Gives the name of an installation.
pub(super) type NameOf<'n> = &'n dyn Fn(InstallationKey) -> String;

/// Adds the figures of a product.
pub(super) fn dump(
    moment: &Moment<'_>,
    removed: &[RemovedCell],
    name_of: NameOf<'_>,
    all: &mut Figures,
) -> ReadResult<()> {
    cells(moment, removed, all)?;
    members(moment, name_of, all)?;
    first(moment, name_of, all)?;
    versions(moment, all)?;
    tallies(moment, all)?;
    latest(moment, name_of, all)?;
    states(moment, name_of, all)
}

fn words(moment: &Moment<'_>, context: &Context) -> String {
    let Context { component, version, os, arch, marks } = context;
    let version = pack_version(*version);
    format!("{} {} {version} {os} {arch} {}", moment.product, component.name(), marks.bits())
}

fn cells(moment: &Moment<'_>, removed: &[RemovedCell], all: &mut Figures) -> ReadResult<()> {
    for axis in AXES {
        moment.all_cells(axis, removed, &mut |cell, context, n| {
            let is_name = matches!(axis, Axis::Action | Axis::Choice);
            let detail = if is_name { cell.about.to_string() } else { cell.detail.to_string() };
            let context = words(moment, context);
            let key = format!("cube {context} {} {} {} {detail}", cell.day, axis as u8, cell.name);
            all.insert(key, i64::try_from(n).unwrap_or(i64::MAX));
        })?;
    }
    Ok(())
}

fn members(moment: &Moment<'_>, name_of: NameOf<'_>, all: &mut Figures) -> ReadResult<()> {
    let kept = moment.kept(Days::ALL).into();
    let received = moment.received(Days::ALL).into();
    let everything = ContextFilter::everything();
    let mut contexts = ContextTable::new(moment, &everything);
    for (axis, periods) in [
        (SetAxis::Active, kept),
        (SetAxis::Command, kept),
        (SetAxis::Action, kept),
        (SetAxis::Report, kept),
        (SetAxis::Declared, kept),
        (SetAxis::ReceivedDay, received),
        (SetAxis::ReceivedHour, moment.received_hours(Days::ALL)),
        (SetAxis::ReceivedEnding, received),
    ] {
        moment.members(axis, None, periods, &mut |key, origin, installation| {
            let place = key.context.as_ref().and_then(|context| contexts.find(context, origin));
            let context = place.map_or_else(String::new, |place| words(moment, contexts.get(place)));
            all.insert(member(key, &context, &name_of(installation)), 1);
        })?;
    }
    successes(moment, name_of, all)
}

fn successes(moment: &Moment<'_>, name_of: NameOf<'_>, all: &mut Figures) -> ReadResult<()> {
    let mut names: BTreeMap<u32, InstallationKey> = BTreeMap::new();
    let kept = moment.kept(Days::ALL).into();
    moment.members(SetAxis::Success, None, kept, &mut |_, _, installation| {
        names.insert(moment.numbers.member(installation).0, installation);
    })?;
    sets::succeeded(moment, Days::ALL, &mut |day, set| {
        for member in set.members() {
            let id = names.get(&member.0).map_or_else(|| "nobody".to_owned(), |key| name_of(*key));
            all.insert(format!("success {id} {day}"), 1);
        }
    })
}

fn member(key: &MemberKey, context: &str, id: &str) -> String {
    let MemberKey { axis, period, name, detail, .. } = key;
    match axis {
        SetAxis::Active => format!("active {context} {period} {id}"),
        SetAxis::ReceivedDay => format!("heard-day {context} {period} {id}"),
        SetAxis::ReceivedHour => format!("heard-hour {context} {period} {id}"),
        SetAxis::ReceivedEnding => format!("heard-ending {context} {period} {id} {detail} {name}"),
        axis => format!("used {context} {period} {id} {} {detail} {name}", *axis as u8),
    }
}

fn first(moment: &Moment<'_>, name_of: NameOf<'_>, all: &mut Figures) -> ReadResult<()> {
    for (axis, what) in [(SetAxis::FirstSeen, "first"), (SetAxis::FirstReceived, "received")] {
        for (installation, day) in sets::first_days(moment, axis, Days::ALL)? {
            all.insert(format!("{what} {} {day}", name_of(installation)), 1);
        }
    }
    Ok(())
}

fn versions(moment: &Moment<'_>, all: &mut Figures) -> ReadResult<()> {
    let product = moment.product;
    for named in moment.of.versions() {
        let reason = AdmittedBy::ALL.iter().position(|(by, _)| *by == named.admitted.by).unwrap_or(0);
        let field = named.field.unwrap_or_default();
        let version = pack_version(named.version);
        all.insert(format!("version {product} {field} {version} {reason}"), named.admitted.day.into());
    }
    for (version, day) in names::first_days_of_versions(moment)? {
        all.insert(format!("since {product} {}", pack_version(version)), day.into());
    }
    Ok(())
}

fn tallies(moment: &Moment<'_>, all: &mut Figures) -> ReadResult<()> {
    let product = moment.product;
    let everything = ContextFilter::everything();
    let mut contexts = ContextTable::of_notes(moment, &everything);
    let batches_from = received::hours_of_batches(moment, Days::ALL).first;
    let periods = Periods { first: i32::MIN, last: i32::MAX };
    moment.tallies(periods, &mut |key, origin, number| {
        let what = |component: aboveboard_types::declaration::Component, is_synthetic: bool| {
            format!("{product} {} {}", component.name(), u8::from(is_synthetic))
        };
        match &key.kind {
            TallyKind::Note(note, context) => {
                let Some(place) = contexts.find(context, origin) else { return };
                let context = words(moment, contexts.get(place));
                let line = format!("quality {context} {} {}", key.period, note.spelling());
                *all.entry(line).or_default() += number;
            }
            TallyKind::Batches(component, is_synthetic) if key.period >= batches_from => {
                let line = format!("batches {} {}", what(*component, *is_synthetic), key.period);
                *all.entry(line).or_default() += number;
            }
            TallyKind::Began(component, is_synthetic) => {
                let at = all.entry(format!("began {}", what(*component, *is_synthetic))).or_insert(number);
                *at = number.min(*at);
            }
            TallyKind::Last(component, is_synthetic) => {
                let at = all.entry(format!("last {}", what(*component, *is_synthetic))).or_insert(number);
                *at = number.max(*at);
            }
            TallyKind::Batches(..) | TallyKind::Since(_) => {}
        }
    })
}

fn latest(moment: &Moment<'_>, name_of: NameOf<'_>, all: &mut Figures) -> ReadResult<()> {
    let kept_from = moment.of.kept_from();
    installations::each_last_report(moment, &mut |installation, origin, context, (day, hour), counts| {
        if day < kept_from {
            return;
        }
        let context = words(moment, &moment.counted(context, origin));
        let id = name_of(installation);
        for count in counts {
            let entry = count.entry.as_deref().unwrap_or_default();
            let number = i64::try_from(count.number).unwrap_or(i64::MAX);
            all.insert(format!("latest {context} {day}.{hour} {id} {} {entry}", count.count), number);
        }
    })
}

fn states(moment: &Moment<'_>, name_of: NameOf<'_>, all: &mut Figures) -> ReadResult<()> {
    let product = moment.product;
    installations::each_state(moment, &mut |installation, state| {
        let id = name_of(installation);
        if let Some(heard) = state.heard {
            all.insert(format!("last-heard {product} {id}"), heard.into());
        }
        for presence in installations::kept_presences(moment, state) {
            let value: String = presence.value.iter().map(|byte| format!("{byte:02x}")).collect();
            let Days { first, last } = presence.days;
            all.insert(format!("counted {product} {id} {first} {last} {value}"), presence.revision.into());
        }
    })
}
