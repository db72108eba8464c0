//! Where in time an event belongs.
//!
//! An agent's clock may be wrong by years. The header that says when the agent believed to be sending, set
//! against the clock here, gives the skew; with it taken out, an event must lie between fourteen days before its
//! arrival (the age at which a spool drops) and the arrival itself. What lies outside is counted as unplaced: a
//! guess would put it into somebody else's day.

/// Days since 1970-01-01 UTC.
pub type Day = i32;

/// The oldest an event may be when it arrives, in seconds: the age at which agents drop what they hold.
pub const OLDEST: i64 = 14 * DAY;

/// Seconds in a day.
pub const DAY: i64 = 86_400;

/// An hour of a day: the finest time that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Days since 1970-01-01 UTC.
    pub day: Day,
    /// Hour of the day, 0 to 23, UTC.
    pub hour: u8,
}

/// The hour of an event that its agent timed at `time`, arriving at `received`, when the clock here was `skew`
/// seconds ahead of the agent's. `None` if it lies outside what can be believed. All in seconds.
#[must_use]
pub fn place(time: u64, skew: i64, received: i64) -> Option<Place> {
    let time = i64::try_from(time).ok()?.checked_add(skew)?;
    if time > received || time < received.checked_sub(OLDEST)? {
        return None;
    }
    at(time)
}

/// The hour that a time in seconds since 1970 lies in; `None` beyond the days that fit.
#[must_use]
pub fn at(time: i64) -> Option<Place> {
    Some(Place {
        day: Day::try_from(time.div_euclid(DAY)).ok()?,
        hour: u8::try_from(time.rem_euclid(DAY) / 3600).ok()?,
    })
}

/// The day that a time in seconds since 1970 lies in, clamped to the days that fit.
#[must_use]
pub fn day(time: i64) -> Day {
    at(time).map_or(if time < 0 { Day::MIN } else { Day::MAX }, |place| place.day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skew_is_taken_out_and_what_cannot_be_believed_is_not_moved() {
        let received = 1_800_000_000;
        let ago = |seconds: i64| u64::try_from(received - seconds).unwrap();
        assert_eq!(place(ago(0), 0, received), at(received));
        assert_eq!(place(ago(OLDEST), 0, received), at(received - OLDEST));
        assert_eq!(place(ago(OLDEST + 1), 0, received), None, "older than any spool");
        assert_eq!(place(ago(-1), 0, received), None, "the future");
        // A clock ten years behind or ahead, told by the sending header.
        let ten_years = 315_576_000;
        assert_eq!(place(ago(ten_years + 60), ten_years, received), at(received - 60));
        assert_eq!(place(ago(60 - ten_years), -ten_years, received), at(received - 60));
        // Nothing overflows.
        for (time, skew, received) in
            [(u64::MAX, i64::MAX, i64::MAX), (0, i64::MIN, i64::MIN), (0, i64::MAX, 0)]
        {
            assert_eq!(place(time, skew, received), None);
        }
        assert_eq!(at(-1), Some(Place { day: -1, hour: 23 }), "before 1970");
    }
}
