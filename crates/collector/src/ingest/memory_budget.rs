//! The memory budget for bodies.
//!
//! It is taken by bytes that are here, not by a promise of them. An address prefix may hold a quarter, and never more than is
//! still free: whoever comes next finds room, however many take what they can get.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::limits::MAX_SHARE_DIVISOR;
use super::prefix::Prefix;
use crate::lock::lock;
use crate::refusal::Reason;

/// Bounds the bytes of bodies that are in memory at once, over all connections.
#[derive(Debug)]
pub(crate) struct MemoryBudget {
    max_bytes: u64,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    all: u64,
    by_prefix: HashMap<Prefix, u64>,
}

/// Bytes of the budget, given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    budget: Arc<MemoryBudget>,
    prefix: Prefix,
    bytes: u64,
}

impl MemoryBudget {
    pub(crate) fn new(max_bytes: u64) -> Arc<Self> {
        Arc::new(Self { max_bytes, held: Mutex::default() })
    }

    /// A reservation of nothing yet.
    pub(crate) fn open(self: &Arc<Self>, prefix: Prefix) -> Reservation {
        Reservation { budget: Arc::clone(self), prefix, bytes: 0 }
    }

    /// Bytes that are held just now.
    #[cfg(test)]
    fn held(&self) -> u64 {
        lock(&self.held).all
    }
}

impl Reservation {
    /// Reserves more bytes, or refuses where the budget has too few left for this prefix.
    pub(crate) fn grow(&mut self, bytes: u64) -> Result<(), Reason> {
        let mut held = lock(&self.budget.held);
        let free = self.budget.max_bytes.saturating_sub(held.all + bytes);
        let most = free.min(self.budget.max_bytes / MAX_SHARE_DIVISOR);
        let own = held.by_prefix.entry(self.prefix).or_default();
        let fits = *own + bytes <= most;
        if fits {
            *own += bytes;
            held.all += bytes;
            self.bytes += bytes;
        } else if *own == 0 {
            held.by_prefix.remove(&self.prefix);
        }
        if fits { Ok(()) } else { Err(Reason::Busy) }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.bytes == 0 {
            return;
        }
        let mut held = lock(&self.budget.held);
        held.all -= self.bytes;
        if let Some(own) = held.by_prefix.get_mut(&self.prefix) {
            *own -= self.bytes;
            if *own == 0 {
                held.by_prefix.remove(&self.prefix);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_budget_gets_back_what_was_reserved() {
        let budget = MemoryBudget::new(32);
        let mut reservation = budget.open(Prefix::of(1));
        assert_eq!(reservation.grow(8), Ok(()));
        assert_eq!(reservation.grow(1), Err(Reason::Busy));
        assert_eq!(budget.held(), 8);
        drop(reservation);
        assert_eq!(budget.open(Prefix::of(1)).grow(8), Ok(()));
        assert_eq!(budget.held(), 0);
        assert!(lock(&budget.held).by_prefix.is_empty());
    }

    #[test]
    fn whoever_takes_all_that_it_gets_leaves_room_for_the_next() {
        const MAX: u64 = 1 << 20;
        let budget = MemoryBudget::new(MAX);
        let mut greedy = Vec::new();
        for number in 0..10 {
            let mut reservation = budget.open(Prefix::of(number));
            while reservation.grow(64).is_ok() {}
            assert!(reservation.bytes <= MAX / MAX_SHARE_DIVISOR);
            greedy.push(reservation);
        }
        assert!(budget.held() < MAX);
        assert_eq!(budget.open(Prefix::of(99)).grow(500), Ok(()));
        // What the first gives back it does not get again: others have less.
        drop(greedy.remove(0));
        let mut again = budget.open(Prefix::of(0));
        while again.grow(64).is_ok() {}
        assert!(again.bytes < MAX / MAX_SHARE_DIVISOR * 2 / 3, "{}", again.bytes);
    }
}
