//! Which question a daily count answers.

/// The axis of a cell of the cube: which question it answers. The numbers are those of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Axis {
    /// Commands: the name is the command, the detail how it ended (0 well, 1 error, 2 unfinished).
    Command = 1,
    /// Console actions: the name is the action, the detail the route.
    Action = 2,
    /// Page views of a console: the name is the route.
    View = 3,
    /// Reports of servers. Among the sets of installations that used something, it has the name 0.
    Report = 4,
    /// Declared events: the name is the event.
    Declared = 5,
    /// Flags of declared events: the name is `event.field`, the detail 0 or 1.
    Flag = 6,
    /// Numbers of declared events: the detail is the step of 1, 2, 5 … at or below a count, and the number itself of
    /// an edge or a code, of which there are few.
    Number = 7,
    /// Choices and members of sets: the detail is the name chosen; 0 for a set without members.
    Choice = 8,
    /// Versions: the detail is the packed version.
    Version = 9,
    /// Countries: the detail is the two letters.
    Country = 10,
    /// Requests served: the name is `timing kind`, the detail the edge at or below their times in milliseconds.
    TimingCount = 11,
    /// Milliseconds that requests took together: the name is `timing kind` or `timing.part kind`, the detail as above.
    TimingTime = 12,
    /// Successes, only among the sets of installations that used something: a command that ended well, a report that
    /// counts an object. They are asked for in all contexts together, so they have the context 0.
    Success = 13,
}
