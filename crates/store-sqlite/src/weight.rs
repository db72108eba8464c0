//! How much verified installations, and how much all others, added to a sum by day of receipt.
//!
//! It is state of apply and no roll-up: a rebuild leaves it.

use aboveboard_store::calendar::Day;
use aboveboard_store::verification::Standing;
use aboveboard_store::weight::{WEIGHT_DAYS, Weight};
use rusqlite::{Result, Transaction, params};

use super::query;

/// Where weights are kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weights<'t> {
    pub(super) transaction: &'t Transaction<'t>,
    pub(super) product: u32,
    /// Day of receipt.
    pub(super) received: Day,
    /// Of the installation that adds something.
    pub(super) standing: Standing,
}

impl Weights<'_> {
    /// How much of a sum the installation may still add: whatever its own bounds let it, where it is verified.
    pub(super) fn left(&self, what: &str, of_others: impl FnOnce(Weight) -> u64) -> Result<u64> {
        if self.standing == Standing::Verified {
            return Ok(u64::MAX);
        }
        let sql = "SELECT coalesce(max(verified), 0), coalesce(max(others) FILTER (WHERE day = ?3), 0) FROM weight \
                   WHERE product = ?1 AND what = ?2 AND day BETWEEN ?3 - ?4 AND ?3";
        let params = params![self.product, what, self.received, WEIGHT_DAYS];
        let weight = query::find(self.transaction, sql, params, |row| {
            let number = |at| Ok::<_, rusqlite::Error>(u64::try_from(row.get::<_, i64>(at)?).unwrap_or(0));
            Ok(Weight { verified: number(0)?, others: number(1)? })
        })?;
        Ok(of_others(weight.unwrap_or_default()))
    }

    /// Notes what the installation adds.
    pub(super) fn add(&self, what: &str, n: u64) -> Result<()> {
        if n == 0 {
            return Ok(());
        }
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        let (verified, others) = if self.standing == Standing::Verified { (n, 0) } else { (0, n) };
        // What is added at once is far below the half of what fits.
        let sql = "INSERT INTO weight VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET \
                   verified = min(verified, 4611686018427387904) + excluded.verified, \
                   others = min(others, 4611686018427387904) + excluded.others";
        let params = params![self.product, what, self.received, verified, others];
        query::execute(self.transaction, sql, params).map(drop)
    }
}

/// Forgets the weights of days that no longer count.
pub(super) fn forget(transaction: &Transaction<'_>, before: Day) -> Result<()> {
    query::execute(transaction, "DELETE FROM weight WHERE day < ?1", params![before]).map(drop)
}
