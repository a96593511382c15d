//! What was not confirmed, in a file that `--jsonl` sends again under the same names.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

mod record;

pub use record::Reject;

/// A file that is made when there is something to write.
#[derive(Debug)]
pub struct Rejects {
    path: PathBuf,
    file: Option<File>,
}

/// A file that cannot take rejects.
#[derive(Debug, thiserror::Error)]
pub enum RejectsError {
    /// It may hold what nobody has sent again yet.
    #[error("the file {} of --rejects (REJECTS_FILE) is there and not empty: name another one", .0.display())]
    Taken(PathBuf),
    /// The operating system refuses.
    #[error("cannot write to {}, named by --rejects (REJECTS_FILE): {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// In the operating system's words.
        error: io::Error,
    },
}

impl Rejects {
    /// A file at `path`, which must not be there yet, or be empty. It is not made before it is needed.
    ///
    /// # Errors
    /// Where there is something in it.
    pub fn at(path: &Path) -> Result<Self, RejectsError> {
        let rejects = Self { path: path.to_owned(), file: None };
        match path.metadata() {
            Ok(metadata) if metadata.is_dir() => Err(rejects.refused(ErrorKind::IsADirectory.into())),
            Ok(metadata) if metadata.len() > 0 => Err(RejectsError::Taken(rejects.path)),
            Ok(_) => Ok(rejects),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(rejects),
            Err(error) => Err(rejects.refused(error)),
        }
    }

    /// Writes it down, in one piece: after a kill there is no half of it.
    ///
    /// # Errors
    /// Where the file does not take it.
    pub fn write(&mut self, reject: &Reject<'_>) -> Result<(), RejectsError> {
        self.append(reject).map_err(|error| self.refused(error))
    }

    fn append(&mut self, reject: &Reject<'_>) -> io::Result<()> {
        let mut line = serde_json::to_vec(reject)?;
        line.push(b'\n');
        let file = match &mut self.file {
            Some(file) => file,
            made => made.insert(OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path)?),
        };
        file.write_all(&line)
    }

    fn refused(&self, error: io::Error) -> RejectsError {
        RejectsError::File { path: self.path.clone(), error }
    }
}
