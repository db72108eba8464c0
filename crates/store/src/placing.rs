//! When an event happened.
//!
//! An agent's clock may be wrong by years. The header that says what time it is for the agent, compared with the clock
//! here, gives the skew. With the skew taken out, an event must lie between fourteen days before its arrival (the age at
//! which a spool drops) and the arrival itself. What lies outside is counted as unplaced: a guess would put it into
//! somebody else's day.

use super::calendar::{HourOfDay, hour_of};
use super::limits::MAX_EVENT_AGE;

/// The hour of an event that its agent timed at `time`, arriving at `received`, when the clock here was `skew`
/// seconds ahead of the agent's. `None` if it lies outside what can be believed. All in seconds.
#[must_use]
pub(super) fn place(time: u64, skew: i64, received: i64) -> Option<HourOfDay> {
    let time = i64::try_from(time).ok()?.checked_add(skew)?;
    if time > received || time < received.checked_sub(MAX_EVENT_AGE)? {
        return None;
    }
    hour_of(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skew_is_taken_out_and_what_cannot_be_believed_is_not_moved() {
        let received = 1_800_000_000;
        let ago = |seconds: i64| u64::try_from(received - seconds).unwrap();
        assert_eq!(place(ago(0), 0, received), hour_of(received));
        assert_eq!(place(ago(MAX_EVENT_AGE), 0, received), hour_of(received - MAX_EVENT_AGE));
        assert_eq!(place(ago(MAX_EVENT_AGE + 1), 0, received), None, "older than any spool");
        assert_eq!(place(ago(-1), 0, received), None, "the future");
        // A clock ten years behind or ahead, known from the sending header.
        let ten_years = 315_576_000;
        assert_eq!(place(ago(ten_years + 60), ten_years, received), hour_of(received - 60));
        assert_eq!(place(ago(60 - ten_years), -ten_years, received), hour_of(received - 60));
        // Nothing overflows.
        for (time, skew, received) in
            [(u64::MAX, i64::MAX, i64::MAX), (0, i64::MIN, i64::MIN), (0, i64::MAX, 0)]
        {
            assert_eq!(place(time, skew, received), None);
        }
        assert_eq!(hour_of(-1), Some(HourOfDay { day: -1, hour: 23 }), "before 1970");
    }
}
