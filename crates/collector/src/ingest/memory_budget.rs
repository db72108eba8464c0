//! The memory budget for bodies.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::refusal::Reason;

/// Bounds the bytes of bodies that are in memory at once, over all connections.
#[derive(Debug)]
pub(crate) struct MemoryBudget {
    max_bytes: u64,
    reserved: AtomicU64,
}

/// Bytes of the budget, given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    budget: Arc<MemoryBudget>,
    bytes: u64,
}

impl MemoryBudget {
    pub(crate) fn new(max_bytes: u64) -> Arc<Self> {
        Arc::new(Self { max_bytes, reserved: AtomicU64::new(0) })
    }

    /// Reserves bytes, or refuses where they are more than the budget has left.
    pub(crate) fn reserve(self: &Arc<Self>, bytes: u64) -> Result<Reservation, Reason> {
        let reserved = self.reserved.fetch_add(bytes, Ordering::Relaxed);
        // Made before the check, so that a refusal gives its bytes back as well.
        let reservation = Reservation { budget: Arc::clone(self), bytes };
        if reserved + bytes > self.max_bytes { Err(Reason::Busy) } else { Ok(reservation) }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.reserved.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_budget_gets_back_what_was_reserved() {
        let budget = MemoryBudget::new(10);
        let reservation = budget.reserve(8).unwrap();
        assert_eq!(budget.reserve(3).err(), Some(Reason::Busy));
        drop(reservation);
        assert!(budget.reserve(10).is_ok());
    }
}
