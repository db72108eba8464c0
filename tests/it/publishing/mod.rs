//! Published figures through the real binaries: a maker, a collector with a past, and a site.

mod drawn_once;
mod kills;
mod maker;
mod moving;
mod published;
mod quarters;
mod readers;
mod refusals;
mod rehearsal;
