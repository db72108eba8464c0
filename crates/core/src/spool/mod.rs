//! The spool: where events wait, in files that a person can read. `docs/users/spool.md` explains it to users.
//!
//! # Constraints
//!
//! - What was recorded survives a kill of its process at any instruction. A power cut may take the last seconds:
//!   nothing on the record path waits for a disk.
//! - No process ever waits for another, not even for one that is stopped. Locks are tried, and a process that does not
//!   get one does something else.
//! - Many processes of different versions share it, without a daemon.
//! - It is bounded in bytes, files and age, and what goes is counted.
//! - What cannot be read harms nothing but itself: no file makes a reader fail, loop, or invent an event.
//!
//! # Layout
//!
//! All in `<state>/spool/`, a directory of mode 0700; every file has mode 0600, belongs to the effective user and has
//! one name. Links are not followed.
//!
//! | name | what |
//! |---|---|
//! | `open-<crc>.<0–7>` | an open segment; the checksum is of header and machine name: the header's line, the line of its name, then a line for each event |
//! | `run-<0–3>` | a slot for a running command: a header, the start of the machine and one event, *unfinished*; locked while its process lives; free when it holds nothing but line feeds |
//! | `run-<run id>` | the same for a command that found no free slot |
//! | `outcomes.<endpoint>` | drops that no batch for this endpoint has reported yet, a line for each time |
//! | `sealing-<batch id>` | a segment whose batch has its id and not yet its body |
//! | `outcomes-<batch id>` | the drops that this batch reports |
//! | `<batch id>.<endpoint>.json` | a sealed batch: the body of the request, never changed |
//! | `<batch id>.<endpoint>.claim-<time>.json` | the same, being sent since `time` (seconds since 1970) |
//! | `sequence.<endpoint>` | the number of the next batch for this endpoint |
//! | `sequence-start` | what the first number for each endpoint is made of, where replicas share an id |
//! | `seal.lock` | locked by the process that seals |
//! | `new-<random>`, `….tmp` | being made; a leftover is swept after an hour |
//!
//! In these names `<endpoint>` stands for the first 16 hexadecimal digits of the endpoint's SHA-256: too many for somebody
//! to find a second one with the same. A segment's name holds a checksum that could be hit on purpose, so nothing is
//! decided by it: the header in it is read, by writers too. Files with other names, as copies that other programs leave
//! beside these, are not ours: they are passed over and never deleted.
//!
//! Next to it: `<state>/sent/` (the last 20 acknowledged batches, at most 1 MiB, each with its receipt and its endpoint) and
//! `<state>/refused/` (the last 4).
//!
//! A line is eight hexadecimal digits of CRC-32, a space, a JSON object, a line feed. The JSON of an event is the
//! same in the batch, byte for byte. Different product versions, manifests, marks or endpoints have different headers and
//! so different segments; an event keeps the envelope it was recorded under, and goes to the endpoint that it was recorded
//! for. Another endpoint never gets it: what is for an endpoint that is not in use stays until it is too old.
//!
//! The second line of a segment holds a random name and the day, both from when it was made. The batch id is the day and
//! a keyed hash of the name, so it is the same for every copy of the segment, and a collector counts what two copies hold
//! once. One segment becomes one batch. What copies of one segment get afterwards is lost for all but the first to arrive, so
//! machines of different names, which may share a home, write to segments of their own.
//!
//! # Writing
//!
//! A writer opens the first segment of its header, takes the lock *shared* without waiting, checks that the name
//! still is this file and begins with this header, appends with one `write`, and closes. A segment that is locked by a
//! sealer, full (48 KiB), of another header or not ours is passed over for the next of eight. Where there is no segment, one is made under a passing name with
//! its header, its name and the event, and renamed to a name that must be free: a segment never lacks its header. Where all
//! eight are full the oldest is dropped and counted. Making one also brings the whole spool back within 1 MiB.
//!
//! A command locks a slot when it begins and writes its line over it; where all slots are taken it makes a file of
//! its own. When it ends, it appends its closing line to the segment, then blanks the slot, or removes the file,
//! before it releases the segment's lock. Slots are there because making and removing a file costs more than all
//! the rest of a record.
//!
//! # Reading
//!
//! A line whose checksum fails is damaged and counted; if a whole line is glued to its end (the previous writer was
//! killed in the middle), that one is read. A segment without a whole header or name is lost, and counted for the endpoint
//! in use where it names none. A header with
//! another format, a newer manifest revision or unknown words was written by a newer version: the file is left
//! alone. Every event is checked against the manifest again.
//!
//! # Sealing
//!
//! Under `seal.lock`, for each segment for the endpoint in use whose lock can be taken *exclusively*:
//! 1. its batch id is computed, and the sequence number used up; a copy of a segment whose batch still waits is left for
//!    later;
//! 2. it is renamed to `sealing-<batch id>`: from here on the id is fixed;
//! 3. the endpoint's `outcomes` are renamed to `outcomes-<batch id>`;
//! 4. the `run-` files of the runs in it are removed;
//! 5. the body is written, forced to the disk, and renamed to its name;
//! 6. `sealing-` and then `outcomes-` are removed. Only now may the batch be sent.
//!
//! The next sealer continues from what is there: a `sealing-` file with a body lacks step 6, one without a body lacks
//! steps 3–6, and an `outcomes-` file without a `sealing-` file was reported. Before sealing, `run-` files that no process
//! has locked are taken over: the event in them is appended unless a closing line of this run is in a segment. That is so for
//! runs of this machine since its last start; any other is counted as `interrupted`, since it may have ended elsewhere, and
//! what a machine took along when it stopped did not fail. Two starts are told apart by the time of the start (the clock
//! less the time that the machine has been on, equal within two minutes) and by the machine's name on the network.
//!
//! # Deleting
//!
//! A batch is deleted (moved to the sent log) after the collector's receipt. Beyond 1 MiB the oldest segment or
//! batch goes; of what is older than 14 days one file goes each time, since a clock that jumps ahead must not empty
//! the spool at once. What pages of a console sent goes before anything else, since whoever reaches the console can send it.
//! The events in what goes are counted in `outcomes`. An opt-out deletes everything that has one of
//! these names, and the directory with it unless something else lies there; a process that still holds the directory
//! cannot make files in it any more.
//!
//! What was recorded before the consent that holds now is left out when a segment is sealed, and a batch that was sealed
//! before it is deleted by the process that claims it. Neither is counted.
//!
//! # Races
//!
//! 1. *A writer opened a segment, a sealer renamed it.* The sealer held the lock exclusively from before the rename
//!    until after the segment was read; the writer gets the lock later and finds that the name is gone.
//! 2. *A writer is stopped with the shared lock.* The segment is not sealed until it continues or dies. Others
//!    share the lock and go on writing; other segments are sealed.
//! 3. *A sealer is stopped.* Writers pass over the segment that it has locked; no other process seals until it
//!    continues or dies; the bounds hold.
//! 4. *Two make the same segment.* One rename finds the name taken; the loser appends.
//! 5. *A command is killed between its closing line and the blanking of its slot.* It held the segment's lock, so the
//!    line is in a segment that is not sealed yet, or its slot was removed before the body was made (step 4): the run is
//!    reported once. Stopped there, it keeps that segment from being sealed, as any writer does.
//! 6. *A file of a running command is seen between its making and its locking.* A sealer that took it for an orphan holds
//!    the lock until it has removed the file; its maker notices (no lock, no name) and begins again under another run id. A slot is
//!    written to only under its lock, while it has its name and while it is blank.
//! 7. *Two claim a batch.* One rename finds the old name. A claim older than a minute is taken over; should its
//!    process still live, the collector sees the batch twice and counts it once.
//! 8. *A user opts out while directories are being made.* The process that made one reads the answer again before it
//!    writes.
//! 9. *A process is forked while a command runs.* The child's copy of the command does nothing when it ends.

mod append;
mod claim;
mod coming;
mod destination;
mod eviction;
mod fold;
mod frame;
mod handle;
mod limits;
mod names;
mod outcomes;
mod run_files;
mod running;
mod seal;
mod segment;
mod sent;

pub(crate) use self::{
    append::Writer,
    destination::Destination,
    names::{
        REJECTED, SENT, SEQUENCE_START, has_sequence, is_digits, is_of_rejected, is_of_sent, is_of_spool,
        is_open,
    },
    running::Running,
    sent::{SentEntry, SentLog},
};
pub use self::{
    claim::Claimed,
    handle::{Spool, Usage},
};
