//! What several processes of ours do to each other and to the disk: kills, races, stopped processes, limits,
//! other users.
//!
//! The children are this same program, called as `processes act <act> <directory> …`. There is no harness around
//! it, so that a child makes no system calls but ours and the runtime's; a name on the command line chooses the
//! tests that contain it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests")]
#![allow(clippy::print_stdout, reason = "a child confirms to its parent, and the parent reports")]

mod acts;
mod kill;
mod limits;
mod lives;
mod race;
mod swap;
mod users;

use std::path::Path;
use std::process::Command;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let [flag, act, directory, rest @ ..] = &arguments[..]
        && flag == "act"
    {
        return acts::perform(act, Path::new(directory), rest);
    }
    let wanted = arguments.iter().find(|argument| !argument.starts_with('-'));
    let tests: [(&str, fn()); 15] = [
        ("kills", kill::nothing_is_lost_or_doubled_by_a_kill_before_any_call),
        ("orphans", kill::the_sent_log_keeps_nothing_of_a_batch_that_was_never_moved_there),
        ("lives", lives::one_spool_outlives_one_kill_after_the_other),
        ("race for the id", race::sixty_four_processes_agree_on_one_id),
        ("race on the spool", race::what_many_record_while_others_seal_and_send_arrives_once),
        ("stopped", race::a_stopped_process_stops_nobody),
        ("race against a no", race::a_no_leaves_nothing_whoever_records_meanwhile),
        ("swapped for a link", swap::what_is_swapped_for_a_link_is_not_followed),
        ("full disk", limits::a_full_disk_loses_nothing_that_was_confirmed),
        ("file size limit", limits::a_limit_on_file_sizes_kills_nobody),
        ("few descriptors", limits::a_host_out_of_descriptors_lives),
        ("closed streams", limits::what_a_host_prints_with_its_streams_closed_is_in_no_file_of_telemetry),
        ("homes", users::only_a_home_of_our_own_is_used),
        (
            "opt-out of root",
            users::an_opt_out_of_root_counts_also_where_a_group_may_write_it_and_nothing_else_does,
        ),
        ("read-only home", users::a_home_that_cannot_be_written_to_is_silence),
    ];
    for (name, test) in tests {
        if wanted.is_none_or(|wanted| name.contains(wanted.as_str())) {
            test();
            println!("{name}: ok");
        }
    }
}

/// This program as a child.
fn child(act: &str, directory: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["act", act]).arg(directory);
    command
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
