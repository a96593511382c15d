//! Stores rows together, and where the server blames one of them, in halves until it is found.

use std::time::Duration;

use engine::verdict::{Rejection, Verdict};
use shared::backoff::Backoff;
use tokio::time::sleep;

use super::failed::{Failed, Laned};
use super::meter::Meter;
use crate::error::{Class, StoreError};

/// Deadlocks and lock waits are tried again in place, so often.
const CONTENTION_TRIES: u32 = 4;
const CONTENTION: Backoff = Backoff { first: Duration::from_millis(20), most: Duration::from_millis(500) };

/// Stores rows, all or none of them.
pub(crate) trait Together<R> {
    /// A verdict for each row, none of them that the server blames a row for.
    fn together(&self, rows: &[R]) -> impl Future<Output = Result<Vec<Verdict>, StoreError>> + Send;
}

/// A verdict for each row. Where the server blames a row, the rows are halved until it is
/// found, and those behind it in its lane are not tried. Where it is away, what is known already
/// stands. Where others were in the way, the rows are tried again.
pub(crate) async fn in_halves<'a, R: Laned<'a> + Copy>(
    rows: &[R],
    meter: &Meter,
    store: &impl Together<R>,
) -> Vec<Verdict> {
    let mut verdicts = Vec::with_capacity(rows.len());
    let mut pending = vec![rows];
    let mut failed = Failed::default();
    while let Some(some) = pending.pop() {
        let free = failed.free(some);
        match until_free(&free, meter, store).await {
            Ok(several) => failed.note(some, several, &mut verdicts),
            Err(error) if free.len() > 1 && error.may_be_of_one() => {
                let (first, second) = some.split_at(some.len() / 2);
                pending.extend([second, first]);
            }
            Err(error) if error.may_be_of_one() && error.class != Class::Lost => {
                failed.note(some, vec![blame(error)], &mut verdicts);
            }
            Err(error) => {
                verdicts.resize(rows.len(), Verdict::Unavailable((&error).into()));
                break;
            }
        }
    }
    verdicts
}

/// Again, where others were in the way.
async fn until_free<R>(
    rows: &[R],
    meter: &Meter,
    store: &impl Together<R>,
) -> Result<Vec<Verdict>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut tries = 0;
    loop {
        tries += 1;
        match store.together(rows).await {
            Err(error) if error.class == Class::Contention && tries < CONTENTION_TRIES => {
                meter.contended.add(rows.len());
                sleep(CONTENTION.delay(tries)).await;
            }
            result => return result,
        }
    }
}

/// What an error says of the one row that it came with.
fn blame(error: StoreError) -> Verdict {
    let class = error.class;
    let because = |reason| Rejection::new(reason, error.into_words());
    match class {
        Class::Data => Verdict::Reject(because("data-error")),
        Class::TooLarge => Verdict::Reject(because("too-large")),
        _ => Verdict::Retry(because("unknown-error"), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_says_of_a_row_is_for_its_dead_letter() {
        let blamed = |code| blame(StoreError::server(code, "Duplicate entry 'secret'".into()));
        let error = "Duplicate entry 'secret'".to_owned();
        assert_eq!(blamed(1062), Verdict::Reject(Rejection::new("data-error", &*error)));
        assert_eq!(blamed(9999), Verdict::Retry(Rejection::new("unknown-error", error), None));
    }
}
