//! Which queue: by its URL or by its name, checked before any call.

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
        "the queue name {0:?} cannot be a queue's: it must be 1 to 80 letters, digits, hyphens and underscores"
    )]
    Name(String),
    /// Its order would be lost.
    #[error("{0} is a FIFO queue, whose order is not kept here: use a standard queue")]
    Fifo(String),
}

impl QueueRef {
    /// Looks whether this can be a standard queue.
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

/// `host` or `host:port` of a URL.
pub fn server_in(url: &str) -> Option<&str> {
    url.split_once("://")?.1.split('/').next()
}

fn check_url(url: &str) -> Result<(), BadQueue> {
    let bad = || BadQueue::Url(url.to_owned());
    let (scheme, rest) = url.split_once("://").ok_or_else(bad)?;
    let (host, name) = rest.rsplit_once('/').ok_or_else(bad)?;
    if name.strip_suffix(".fifo").is_some() {
        return Err(BadQueue::Fifo(url.to_owned()));
    }
    if matches!(scheme, "http" | "https") && !host.is_empty() && is_name(name) { Ok(()) } else { Err(bad()) }
}

fn check_name(name: &str) -> Result<(), BadQueue> {
    if name.strip_suffix(".fifo").is_some() {
        return Err(BadQueue::Fifo(name.to_owned()));
    }
    if is_name(name) { Ok(()) } else { Err(BadQueue::Name(name.to_owned())) }
}

/// Up to 80 letters, digits, hyphens and underscores.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html>
fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=80).contains(&name.len()) && name.chars().all(allowed)
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
        assert!(matches!(check_url("https://h/0/q.fifo"), Err(BadQueue::Fifo(_))));
        let error = QueueRef::Name("ü".into()).check().unwrap_err().to_string();
        assert!(error.contains("name") && error.contains("\"ü\""), "{error}");
        assert!(check_url("https://sqs.us-east-1.amazonaws.com/123456789012/hello-queue").is_ok());
    }
}
