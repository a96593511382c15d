//! `dlq export`: writes letters to a file, a line each. Deleted is only what is safely on disk.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::args::{ExportArgs, MOST_LOOKED_AT};
use super::desk::Desk;
use super::error::Error;
use super::filter::Filter;
use super::line::Line;
use super::say;
use super::scan::Scan;
use crate::delivery::Receipt;
use crate::queue::Letters;

pub(super) async fn export(args: &ExportArgs, desk: &Desk, out: &mut impl Write) -> Result<bool, Error> {
    let filter = Filter::from(&args.filter);
    if args.file.as_os_str() == "-" {
        if args.remove {
            return Err(Error::RemoveWithoutFile);
        }
        let mut scan = desk.scan(MOST_LOOKED_AT);
        let written = write(&mut scan, &filter, args.limit, out).await;
        return ended(desk, scan, written, Error::Output).await;
    }
    let mut file = BufWriter::new(create(&args.file)?);
    let mut scan = desk.scan(MOST_LOOKED_AT);
    let mut written = write(&mut scan, &filter, args.limit, &mut file).await;
    if let Ok(receipts) = &mut written {
        match keep(file, &args.file) {
            Ok(()) if args.remove && !desk.stop.is_cancelled() => {
                crate::failpoint::reach("exported");
                remove(&mut scan, receipts).await;
            }
            Ok(()) => {}
            Err(error) => written = Err(Failed::Write(error)),
        }
    }
    ended(desk, scan, written, unwritable(&args.file)).await
}

/// Why not all was written.
enum Failed {
    Read(shared::fault::Fault),
    Write(io::Error),
}

/// Writes what fits. Returns the receipts of what was written.
async fn write<Q: Letters>(
    scan: &mut Scan<Q>,
    filter: &Filter,
    limit: usize,
    out: &mut impl Write,
) -> Result<Vec<Receipt>, Failed> {
    let mut receipts = Vec::new();
    while receipts.len() < limit
        && let Some(letters) = scan.next().await.map_err(Failed::Read)?
    {
        let room = limit - receipts.len();
        for letter in letters.iter().filter(|letter| filter.fits(letter)).take(room) {
            let line = serde_json::to_vec(&Line::from(letter)).map_err(io::Error::from);
            let written = line.and_then(|line| out.write_all(&line)).and_then(|()| out.write_all(b"\n"));
            written.map_err(Failed::Write)?;
            receipts.push(letter.receipt.clone());
        }
    }
    Ok(receipts)
}

async fn remove<Q: Letters>(scan: &mut Scan<Q>, receipts: &[Receipt]) {
    let removed = scan.delete(receipts.to_vec()).await;
    tracing::info!(removed, "deleted what was written");
    if removed < receipts.len() {
        let left = receipts.len() - removed;
        tracing::warn!(left, "could not delete: written, and still on the queue");
    }
}

async fn ended<Q: Letters>(
    desk: &Desk,
    scan: Scan<Q>,
    written: Result<Vec<Receipt>, Failed>,
    unwritable: impl FnOnce(io::Error) -> Error,
) -> Result<bool, Error> {
    let looked = scan.close().await;
    match written {
        Ok(receipts) => tracing::info!("{} written", say::letters(receipts.len())),
        Err(Failed::Read(fault)) => return Err(fault.into()),
        Err(Failed::Write(error)) => return Err(unwritable(error)),
    }
    Ok(desk.ended(looked))
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
