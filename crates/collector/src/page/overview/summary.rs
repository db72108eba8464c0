//! All products at a glance: who is active, when the last batch came, and what is to be said of the health of each.

use std::cmp::Reverse;

use aboveboard_store::calendar::{Day, day_of};
use aboveboard_store::figures::Answers;
use aboveboard_store::read::{Days, ReadResult, Snapshot};
use aboveboard_store::renamed::Renamed;

use crate::access::Access;
use crate::page::health::{HealthMessage, last_batch, of_product};
use crate::page::query::PageQuery;
use crate::page::scope::{Scope, products};
use crate::page::state::PageState;
use crate::page::window::this_hour;

/// The days of the small chart and of the larger of the two numbers.
const MONTH: Day = 28;

/// A product at a glance. All numbers are of whole days.
pub(crate) struct ProductSummary {
    pub(crate) id: String,
    /// Its name for people.
    pub(crate) name: String,
    /// Active in 28 days, and in as many before; each where it is known.
    pub(crate) active_28: (Option<u64>, Option<u64>),
    /// The same of seven days.
    pub(crate) active_7: (Option<u64>, Option<u64>),
    /// Active on each of the 28 days; none where it is not known any more.
    pub(crate) days: Vec<(Day, Option<u64>)>,
    /// When the last batch was received, in seconds since 1970 UTC.
    pub(crate) last_received: Option<i64>,
    /// The same for people, and how long ago that is.
    pub(crate) last_batch: Option<(String, String)>,
    /// What is to be said of its health, most severe first.
    pub(crate) health: Vec<HealthMessage>,
}

impl ProductSummary {
    /// The most severe message; the calm one is always there.
    pub(crate) fn loudest(&self) -> Option<&HealthMessage> {
        self.health.first()
    }

    /// Whether a text is in its name or id, letters of any case.
    pub(crate) fn is_like(&self, find: &str) -> bool {
        let find = find.trim().to_lowercase();
        self.id.to_lowercase().contains(&find) || self.name.to_lowercase().contains(&find)
    }

    /// Whether a text is its name or id.
    pub(crate) fn is_named(&self, find: &str) -> bool {
        let find = find.trim().to_lowercase();
        self.id == find || self.name.to_lowercase() == find
    }
}

/// Every product that the operator may see, what needs somebody first, then the largest. All of one moment of the store;
/// `along` says which data counts.
pub(crate) fn summaries(
    state: &PageState,
    access: &Access,
    along: &PageQuery,
) -> ReadResult<Vec<ProductSummary>> {
    state.reader.ask(|snapshot| {
        let mut all = Vec::new();
        for product in products(&snapshot.products()?, &state.manifests, access) {
            all.extend(summary(state, access, snapshot, along.of_product(&product), product)?);
        }
        all.sort_by_key(|product| {
            let severity = product.loudest().map(|message| message.severity);
            (Reverse(severity), Reverse(product.active_28.0), product.name.to_lowercase())
        });
        Ok(all)
    })
}

fn summary(
    state: &PageState,
    access: &Access,
    snapshot: &dyn Snapshot,
    query: PageQuery,
    product: String,
) -> ReadResult<Option<ProductSummary>> {
    let now = (state.now)();
    let Some(mut scope) = Scope::look_up(snapshot, query, this_hour(state), &state.manifests, access)? else {
        return Ok(None);
    };
    let last = day_of(now) - 1;
    scope.question.days = Days { first: last - MONTH + 1, last };
    let renamed = Renamed::new(snapshot, &scope.names);
    let answers = Answers::new(&renamed, &scope.question, scope.manifest.as_deref());
    let activity = answers.activity()?;
    let [_, week, month] = activity.intervals;
    let health = answers.health(now, &state.outages.list())?;
    Ok(Some(ProductSummary {
        name: scope.title().to_owned(),
        id: product,
        active_28: (month.active, month.before),
        active_7: (week.active, week.before),
        days: activity.days.iter().map(|(day, activity)| (*day, activity.active)).collect(),
        last_received: health.all.map(|all| all.last),
        last_batch: last_batch(&health, now),
        health: of_product(state, &scope, &health),
    }))
}
