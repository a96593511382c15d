//! `dlq export`: writes letters to a file, a line each. Deleted is only what is safely on disk, and in
//! a form that `import` takes.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use engine::failpoint;
use shared::error::ServiceError;
use shared::message::Receipt;
use sqs::dead_letter::port::DeadLetterQueue;

use super::args::ExportArgs;
use super::choice::MOST_LOOKED_AT;
use super::error::Error;
use super::filter::Filter;
use super::jsonl::{self, Line, Reading};
use super::scan::Scan;
use super::session::Session;
use crate::text;

/// What was written.
#[derive(Debug, Default)]
struct Written {
    letters: usize,
    /// Those that may be deleted.
    receipts: Vec<Receipt>,
    /// Dead letters that are to be deleted, and stay.
    stay: usize,
    /// Why there are not more.
    fault: Option<ServiceError>,
}

pub(super) async fn export(
    args: &ExportArgs,
    session: &Session,
    out: &mut impl Write,
) -> Result<bool, Error> {
    if args.file.as_os_str() == "-" {
        if args.remove {
            return Err(Error::RemoveWithoutFile);
        }
        let mut scan = session.scan(MOST_LOOKED_AT);
        let written = write(&mut scan, args, out).await;
        return ended(session, scan, written.map_err(Error::Output)).await;
    }
    let file = BufWriter::new(create(&args.file)?);
    let mut scan = session.scan(MOST_LOOKED_AT);
    let written = to_file(&mut scan, args, file).await;
    ended(session, scan, written.map_err(unwritable(&args.file))).await
}

/// Also what SQS gave before it failed is kept, and deleted where that is asked for.
async fn to_file<Q: DeadLetterQueue>(
    scan: &mut Scan<Q>,
    args: &ExportArgs,
    mut file: BufWriter<File>,
) -> io::Result<Written> {
    let mut written = write(scan, args, &mut file).await?;
    keep(file, &args.file)?;
    if args.remove && !scan.stop.is_cancelled() {
        failpoint::reach("exported");
        written.stay += remove(scan, std::mem::take(&mut written.receipts)).await;
    }
    Ok(written)
}

async fn write<Q: DeadLetterQueue>(
    scan: &mut Scan<Q>,
    args: &ExportArgs,
    out: &mut impl Write,
) -> io::Result<Written> {
    let (filter, mut written) = (Filter::from(&args.filter), Written::default());
    while written.letters < args.limit {
        let letters = match scan.next().await {
            Ok(Some(letters)) => letters,
            Ok(None) => break,
            Err(fault) => {
                written.fault = Some(fault);
                break;
            }
        };
        let room = args.limit - written.letters;
        for letter in letters.into_iter().filter(|letter| filter.fits(letter)).take(room) {
            let line = serde_json::to_string(&Line::from(&letter))?;
            scan.bar.aside(|| writeln!(out, "{line}"))?;
            written.letters += 1;
            match jsonl::read(&line, Reading::default()) {
                Ok(_) => written.receipts.push(letter.receipt),
                Err(why) if args.remove => {
                    written.stay += 1;
                    scan.bar.aside(|| {
                        tracing::warn!("written, and stays on the queue: import would not take it: {why}");
                    });
                }
                Err(_) => {}
            }
        }
    }
    Ok(written)
}

/// Returns how many could not be deleted.
async fn remove<Q: DeadLetterQueue>(scan: &mut Scan<Q>, receipts: Vec<Receipt>) -> usize {
    let count = receipts.len();
    let removed = scan.delete(receipts).await;
    let left = count - removed;
    scan.bar.aside(|| {
        tracing::info!(removed, "deleted what was written");
        if left > 0 {
            tracing::warn!(left, "could not delete: written, and still on the queue");
        }
    });
    left
}

async fn ended<Q: DeadLetterQueue>(
    session: &Session,
    scan: Scan<Q>,
    written: Result<Written, Error>,
) -> Result<bool, Error> {
    let looked = scan.close().await;
    let Written { letters, stay, fault, .. } = written?;
    tracing::info!("{} written", text::letters(letters));
    match fault {
        Some(fault) => Err(fault.into()),
        None => Ok(session.ended(looked) && stay == 0),
    }
}

/// For its owner alone, and never over another file.
fn create(path: &Path) -> Result<File, Error> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.map_err(unwritable(path))
}

/// On disk, and its name as well.
fn keep(file: BufWriter<File>, path: &Path) -> io::Result<()> {
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path: PathBuf = path.to_owned();
    move |error| Error::File { doing: "write", path, error }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::dlq::choice::{FilterArgs, PlaceArgs};
    use crate::dlq::fake::FakeLetters;
    use sqs::dead_letter::testing::{full_letter, letter};

    fn args(remove: bool) -> ExportArgs {
        let queue = runtime::queue::QueueArgs { queue_url: None, queue_name: String::new() };
        let place = PlaceArgs { queue, dlq_url: None };
        ExportArgs { file: "x".into(), place, filter: FilterArgs::default(), remove, limit: 1_000 }
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_import_takes_may_be_deleted() {
        let large = letter("m0", &"x".repeat(shared::limits::MAX_BYTES), &[]);
        let queue = Arc::new(FakeLetters::of([large, full_letter("m1", "b"), letter("m2", "b", &[])]));
        let mut scan = Scan::new(Arc::clone(&queue), 1_000, &CancellationToken::new());
        let mut lines = Vec::new();
        let written = write(&mut scan, &args(true), &mut lines).await.unwrap();
        assert_eq!((written.letters, written.receipts.len(), written.stay), (3, 2, 1));
        assert_eq!(remove(&mut scan, written.receipts).await, 0);
        scan.close().await;
        assert_eq!(
            (queue.left(), String::from_utf8(lines).unwrap().lines().count()),
            (vec!["m0".to_owned()], 3)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn what_came_before_a_failure_is_written() {
        let queue = Arc::new(FakeLetters::with(25, &[]));
        queue.fail_after(2, 1);
        let mut scan = Scan::new(Arc::clone(&queue), 1_000, &CancellationToken::new());
        let written = write(&mut scan, &args(false), &mut Vec::new()).await.unwrap();
        assert!(written.letters == 20 && written.fault.is_some());
        scan.close().await;
    }
}
