//! Which lints there are.

/// Every lint with what it looks for.
#[rustfmt::skip]
pub(crate) const LINTS: [(&str, &str); 21] = [
    ("blurred-figures",
        "One installation may add more than 40 ones to the published tables, so that the noise that hides it blurs them."),
    ("chart-shows-nothing",
        "The chart cannot show what is collected: a share without parts, a distribution of no number."),
    ("exact-without-reason",
        "A count with edges travels as its exact number, and the disclosure cannot say why."),
    ("idle-allowance", "A lint is silenced that finds nothing here."),
    ("long-list", "A closed list has more than 40 entries, or the commands, actions or routes more than 200."),
    ("long-lived", "The item is collected for more than three years."),
    ("looks-like-identifier",
        "The name says id, hash, host, user, path or the like: what singles out a machine or a person."),
    ("never-expires", "The item has no last day."),
    ("no-releases", "Figures are published and no release lines are named, so that there is none of versions."),
    ("nothing-to-publish",
        "Figures are published and no component has installations that can be counted: each is a hosted service or off."),
    ("repeated-step", "The same step stands twice in a row in a funnel."),
    ("retention-too-short",
        "Raw data is gone before a publication that turns out wrong could be drawn again: it is kept for less than its period, \
         15 days and three months."),
    ("sampled-step",
        "A step of a funnel is an event that only a part of the installations records, so the others seem to stop there."),
    ("sampled-table",
        "A published table is of an event that only a part of the installations records, so the others seem never to do it."),
    ("short-reason", "`why` has fewer than five words; users read it."),
    ("single-entry", "A closed list has one entry, so it says nothing."),
    ("step-expires", "A step of a funnel ends before another, and from then on everybody seems to stop there."),
    ("steps-apart",
        "Steps of a funnel that no installation can take together: a server's installation never runs a command."),
    ("unknown-step", "A step of a funnel is not declared, so nothing new is recorded of it."),
    ("weak-name", "The name says nothing: data, info, misc, value."),
    ("wide-number",
        "A count may exceed 1,000,000: exact large numbers recognise an installation; a bucket does not."),
];

/// The name of every lint.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    LINTS.iter().map(|(name, _)| *name)
}
