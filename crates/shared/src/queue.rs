//! Which queue: by its URL or by its name, checked before any call.

/// What a FIFO queue's name ends with.
const FIFO: &str = ".fifo";

/// A queue as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueRef {
    /// By its URL, taken as it is.
    Url(String),
    /// By its name, to be looked up.
    Name(String),
}

/// A queue's URL or name that can be none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadQueue {
    /// The URL is none.
    #[error(
        "the queue URL {0:?} cannot be a queue's: it must look like \
         https://sqs.eu-west-1.amazonaws.com/123456789012/name"
    )]
    Url(String),
    /// The name is none.
    #[error(
        "the queue name {0:?} cannot be a queue's: it must be 1 to 80 letters, digits, hyphens and underscores, \
         `.fifo` at its end included"
    )]
    Name(String),
}

impl QueueRef {
    /// By its URL where the text is one, else by its name. Neither is [checked](Self::check).
    pub fn of(text: &str) -> Self {
        let text = text.to_owned();
        if text.contains("://") { Self::Url(text) } else { Self::Name(text) }
    }

    /// Whether it is a FIFO queue.
    pub fn is_fifo(&self) -> bool {
        let (Self::Url(text) | Self::Name(text)) = self;
        is_fifo(text)
    }

    /// Looks whether this can be a queue.
    ///
    /// # Errors
    /// Returns an error that quotes the URL or the name if it cannot.
    pub fn check(&self) -> Result<(), BadQueue> {
        match self {
            Self::Url(url) => check_url(url),
            Self::Name(name) => check_name(name),
        }
    }
}

/// The queue's name: the end of its URL.
pub fn name_in(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or_default()
}

/// Whether a URL or a name is that of a FIFO queue: SQS demands the ending of those, and of no other.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html>
pub fn is_fifo(queue: &str) -> bool {
    name_in(queue).strip_suffix(FIFO).is_some()
}

/// `host` or `host:port` of a URL.
pub fn server_in(url: &str) -> Option<&str> {
    url.split_once("://")?.1.split('/').next()
}

fn check_url(url: &str) -> Result<(), BadQueue> {
    let bad = || BadQueue::Url(url.to_owned());
    let (scheme, rest) = url.split_once("://").ok_or_else(bad)?;
    let (host, name) = rest.rsplit_once('/').ok_or_else(bad)?;
    if matches!(scheme, "http" | "https") && !host.is_empty() && is_name(name) { Ok(()) } else { Err(bad()) }
}

fn check_name(name: &str) -> Result<(), BadQueue> {
    if is_name(name) { Ok(()) } else { Err(BadQueue::Name(name.to_owned())) }
}

/// Up to 80 letters, digits, hyphens and underscores; of a FIFO queue with `.fifo` at the end.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html>
fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let stem = name.strip_suffix(FIFO).unwrap_or(name);
    !stem.is_empty() && name.len() <= 80 && stem.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_no_queue_is_refused_before_any_call() {
        for url in ["hello-queue", "ftp://h/0/q", "https://", "https:///q", "https://h/0/", "https://h/0/a b"]
        {
            let error = QueueRef::Url(url.into()).check().unwrap_err().to_string();
            assert!(error.contains("URL") && error.contains(&format!("{url:?}")), "{error}");
        }
        let error = QueueRef::Name("ü".into()).check().unwrap_err().to_string();
        assert!(error.contains("name") && error.contains("\"ü\""), "{error}");
        assert!(check_url("https://sqs.us-east-1.amazonaws.com/123456789012/hello-queue").is_ok());
    }

    #[test]
    fn a_fifo_queues_ending_is_part_of_its_80_characters() {
        let longest = format!("{}.fifo", "a".repeat(75));
        assert!(check_name(&longest).is_ok() && check_url(&format!("https://h/0/{longest}")).is_ok());
        for name in [format!("a{longest}"), ".fifo".into(), "a.fifo.fifo".into(), "a.FIFO".into()] {
            assert!(check_name(&name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_fifo_queue_is_known_by_its_ending_alone() {
        assert!(is_fifo("q.fifo") && is_fifo("https://h/0/q.fifo"));
        assert!(!is_fifo("fifo") && !is_fifo("https://h.fifo/0/q"));
    }
}
