//! What the system says of a process.

use std::time::Duration;

use crate::Failure;

/// Ticks of a second in `/proc/PID/stat` (`USER_HZ`, the same on all common machines).
const TICKS_PER_SEC: u32 = 100;

/// The processor time that it took so far.
pub(crate) fn cpu(id: u32) -> Result<Duration, Failure> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |at: usize| {
        fields
            .get(at)
            .and_then(|ticks| ticks.parse().ok())
            .unwrap_or(0_u32)
    };
    Ok(Duration::from_secs(u64::from(ticks(11) + ticks(12))) / TICKS_PER_SEC)
}

/// A field of `/proc/PID/status` that is memory: `VmRSS:` now, `VmHWM:` at most.
pub(crate) fn memory_mib(id: u32, field: &str) -> Result<u64, Failure> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    Ok(kib.unwrap_or_default() >> 10)
}

/// The processor time that the children of this process with these names took so far.
pub(crate) fn cpu_of_children(names: &[&str]) -> Result<Duration, Failure> {
    let mut all = Duration::ZERO;
    for entry in std::fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(id) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // One that ends meanwhile counts no longer.
        let Ok(stat) = std::fs::read_to_string(format!("/proc/{id}/stat")) else {
            continue;
        };
        let parent = stat
            .rsplit(')')
            .next()
            .and_then(|rest| rest.split_whitespace().nth(1));
        let is_child = parent.and_then(|id| id.parse().ok()) == Some(std::process::id());
        if is_child && names.iter().any(|name| stat.contains(&format!("({name})"))) {
            all += cpu(id)?;
        }
    }
    Ok(all)
}
