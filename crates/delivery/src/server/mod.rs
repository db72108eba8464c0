//! What a server's agent decides: whether it may record, when its notice was shown and the first delay is over, and when
//! it reports and delivers. Nothing here waits, sends or starts a thread; an agent asks, and wakes when it is told to.

mod agenda;
mod link;
mod notice;
mod notice_record;
mod report_turn;
mod schedule;
mod settings;
mod state;
mod switch;
mod timing;

pub use self::{
    agenda::{Agenda, Basis, Due},
    notice_record::agree,
    report_turn::{last_report, take_turn},
    schedule::{Schedule, phase},
    settings::{ReadConfig, Settings, Setup, Show},
    state::{Recording, Silence, State},
    switch::Switch,
    timing::Timing,
};
