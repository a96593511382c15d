//! What the kernel says of a process, and of the machine.

use std::time::Duration;

use anyhow::{Context, Result};
use nix::time::clock_getcpuclockid;
use nix::unistd::Pid;
use tokio::time::{Instant, sleep};

use crate::stats::count;

/// Processor time of all its threads so far, also of those that have ended; to the nanosecond,
/// where `/proc/PID/stat` counts ticks of 10 ms.
pub fn cpu(pid: Pid) -> Result<Duration> {
    let clock = clock_getcpuclockid(pid).with_context(|| format!("process {pid} has no clock"))?;
    Ok(Duration::from(clock.now()?))
}

/// The most memory it has had resident so far, in MiB.
pub fn peak(pid: Pid) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    Ok(peak_of(&status).with_context(|| format!("process {pid} has no peak memory"))? / 1_024.0)
}

/// Processor time that the whole machine has been busy so far, whoever with, to 10 ms.
pub fn busy() -> Result<Duration> {
    let stat = std::fs::read_to_string("/proc/stat")?;
    busy_of(&stat).context("/proc/stat does not say how busy the machine is")
}

/// Whether others use the machine, too, so that what is measured now will vary. Looks for a second.
pub async fn is_in_use() -> Result<bool> {
    let (began, before) = (Instant::now(), busy()?);
    sleep(Duration::from_secs(1)).await;
    let used = busy()?.saturating_sub(before).as_secs_f64() / began.elapsed().as_secs_f64();
    Ok(used > processors() / 8.0)
}

/// How many there are.
pub fn processors() -> f64 {
    std::thread::available_parallelism().map_or(1.0, |processors| count(processors.get()))
}

/// All that is counted but idle time and waiting for disks: a tick is 10 ms on every Linux that
/// Rust runs on, and guests are counted among users.
fn busy_of(stat: &str) -> Option<Duration> {
    let ticks = stat.lines().next()?.strip_prefix("cpu")?.split_whitespace().take(8);
    let ticks: Vec<u64> = ticks.map_while(|ticks| ticks.parse().ok()).collect();
    let idle = ticks.get(3)? + ticks.get(4)?;
    Some(Duration::from_millis((ticks.iter().sum::<u64>() - idle) * 10))
}

fn peak_of(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_read_in_kib() {
        assert_eq!(peak_of("Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t 1024 kB\n"), Some(2_048.0));
        assert_eq!(peak_of("Name:\tx\n"), None);
    }

    #[test]
    fn a_machine_is_busy_when_it_neither_idles_nor_waits() {
        let stat = "cpu  10 1 20 5000 300 2 3 4 9 9\ncpu0 1 2 3\n";
        assert_eq!(busy_of(stat), Some(Duration::from_millis(400)));
        assert_eq!(busy_of("intr 1 2 3"), None);
    }
}
