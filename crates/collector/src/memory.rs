//! How much memory this process holds, for the operator's metrics.

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// Bytes of this process that are resident; `None` where the system does not say.
///
/// Only this process and only its memory are looked up: a look at everything that the system knows takes 20 ms.
pub(crate) fn resident() -> Option<u64> {
    let own = Pid::from_u32(std::process::id());
    let mut system = System::new().ok()?;
    let memory = ProcessRefreshKind::nothing().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[own]), false, memory);
    system.process(own).map(sysinfo::Process::memory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_knows_its_own_size() {
        let before = resident().expect("the system reports it");
        // Far more than the tests beside this one give back meanwhile.
        let ballast = vec![1_u8; 192 << 20];
        let after = resident().expect("the system reports it");
        assert!(after >= before + (96 << 20), "{before} {after} {}", ballast[ballast.len() - 1]);
    }
}
