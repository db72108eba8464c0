//! The calendar of the figures: days and hours of UTC.

/// Days since 1970-01-01 UTC.
pub type Day = i32;

/// The first and the last of some days, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Days {
    /// The first day.
    pub first: Day,
    /// The last day.
    pub last: Day,
}

impl Days {
    /// Every day there is.
    pub const ALL: Self = Self { first: Day::MIN, last: Day::MAX };
}

/// Seconds in a day.
pub const SECONDS_A_DAY: i64 = 86_400;

/// An hour of a day: the finest time that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HourOfDay {
    /// Days since 1970-01-01 UTC.
    pub day: Day,
    /// Hour of the day, 0 to 23, UTC.
    pub hour: u8,
}

/// The hour that a time in seconds since 1970 lies in; `None` beyond the days that fit.
#[must_use]
pub fn hour_of(time: i64) -> Option<HourOfDay> {
    Some(HourOfDay {
        day: Day::try_from(time.div_euclid(SECONDS_A_DAY)).ok()?,
        hour: u8::try_from(time.rem_euclid(SECONDS_A_DAY) / 3600).ok()?,
    })
}

/// The day that a time in seconds since 1970 lies in, clamped to the days that fit.
#[must_use]
pub fn day_of(time: i64) -> Day {
    let clamped = if time < 0 { Day::MIN } else { Day::MAX };
    hour_of(time).map_or(clamped, |hour| hour.day)
}

/// The Monday of the week that a day lies in.
#[must_use]
pub fn monday(day: Day) -> Day {
    // 1970-01-01 was a Thursday.
    day - (day + 3).rem_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_begin_on_monday() {
        // 1969-12-29, 1970-01-05.
        assert_eq!([-4, -3, 0, 3, 4].map(monday), [-10, -3, -3, -3, 4]);
    }
}
