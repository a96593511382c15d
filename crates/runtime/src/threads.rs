//! The threads that a program runs on.

use std::fs::File;
use std::io;

use tokio::runtime::Runtime;

/// The system does not give what a program runs on.
#[derive(Debug, thiserror::Error)]
#[error("cannot start: {0}; if it is too many open files, raise their limit (ulimit -n, LimitNOFILE)")]
pub struct NoRuntime(#[from] io::Error);

/// File descriptors that a runtime takes. Tokio panics for want of some of them, and returns an
/// error for want of the others.
const FILES: usize = 6;

/// Runs `work` to its end. What it left behind is not waited for: a look-up of a name that hangs
/// would hold up the end.
///
/// # Errors
/// Returns an error if there are no threads or file descriptors for it.
pub fn block_on<T>(work: impl Future<Output = T>) -> Result<T, NoRuntime> {
    let spare = (0..FILES).map(|_| File::open("/dev/null")).collect::<io::Result<Vec<_>>>()?;
    drop(spare);
    let runtime = Runtime::new()?;
    let worked = runtime.block_on(work);
    runtime.shutdown_background();
    Ok(worked)
}
