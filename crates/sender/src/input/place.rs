//! Where messages are read from: a file, or standard input.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::name::Naming;

/// Stands for standard input.
const STDIN: &str = "-";

/// An input that can be read.
pub struct Opened {
    /// Its bytes.
    pub read: Box<dyn Read + Send>,
    /// How its lines are named.
    pub naming: Naming,
    /// How many bytes it has; `None`: only its end will say.
    pub bytes: Option<u64>,
}

/// An input that cannot be used. Another path must be given first, or what is there changed.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// It is not there, or not for us.
    #[error("cannot read {}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// In the operating system's words.
        error: io::Error,
    },
    /// Its path is no text, and so cannot name it.
    #[error("the path {} is not in UTF-8 and cannot name the messages in it: name them by --source", .0.display())]
    Name(PathBuf),
}

/// Opens what is at `path`. Its lines are named after `source`; without one, after the path of the file,
/// absolute and without links. What is no file has no name of its own, and reads differently next time.
///
/// # Errors
/// Where there is no file at `path` that can be read.
pub fn open(path: &Path, source: Option<String>) -> Result<Opened, PlaceError> {
    let given = source.map(Naming::Source);
    if path == Path::new(STDIN) {
        let naming = given.unwrap_or(Naming::Anew);
        return Ok(Opened { read: Box::new(io::stdin()), naming, bytes: None });
    }
    let unusable = |error| PlaceError::File { path: path.to_owned(), error };
    let file = File::open(path).map_err(unusable)?;
    let metadata = file.metadata().map_err(unusable)?;
    if metadata.is_dir() {
        return Err(unusable(ErrorKind::IsADirectory.into()));
    }
    let naming = match given {
        Some(given) => given,
        None if metadata.is_file() => Naming::Source(absolute(path)?),
        None => Naming::Anew,
    };
    let bytes = metadata.is_file().then_some(metadata.len());
    Ok(Opened { read: Box::new(file), naming, bytes })
}

/// Two files never have the same, wherever the program is started.
fn absolute(path: &Path) -> Result<String, PlaceError> {
    let absolute = path.canonicalize().map_err(|error| PlaceError::File { path: path.to_owned(), error })?;
    absolute.into_os_string().into_string().map_err(|path| PlaceError::Name(path.into()))
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("Opened");
        debug.field("naming", &self.naming).field("bytes", &self.bytes).finish_non_exhaustive()
    }
}
