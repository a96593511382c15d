//! What the process takes of its machine, as Linux has it in `/proc`.

use std::time::Duration;

/// At one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// Processor time, user and system.
    pub(crate) cpu: Duration,
    /// Memory in use, in bytes.
    pub(crate) resident: u64,
}

impl Usage {
    /// Of this process; `None` where the system does not say.
    pub(crate) fn read() -> Option<Self> {
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        Some(Self { cpu: cpu(&stat)?, resident: resident(&status)? })
    }
}

/// The name in parentheses may hold anything; the fields after it do not.
fn cpu(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut ticks = fields.split_whitespace().skip(11).map(|field| field.parse::<u64>().ok());
    // A tick is 10 ms on every Linux that Rust runs on.
    Some(Duration::from_millis((ticks.next()?? + ticks.next()??) * 10))
}

fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_and_blanks_misleads_nobody() {
        let stat = "1 (a) 9) S 0 0 0 0 0 0 0 0 0 0 150 50 0 0 20";
        assert_eq!(cpu(stat), Some(Duration::from_secs(2)));
        assert_eq!(resident("Name:\tx\nVmRSS:\t    2048 kB\n"), Some(2 << 20));
        assert_eq!((cpu(""), resident("")), (None, None));
    }
}
