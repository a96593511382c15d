//! Whose fault refusals are: the messages', or something's that hits all alike.
//!
//! Messages are blamed only where a witness says that what was taken before would still be taken.
//! Without a witness so many rejects in a row are believed, and no more.

use std::sync::{Arc, Mutex, MutexGuard};

use crate::handler::Handler;
use crate::verdict::{Unavailable, Witness};

/// Judges refusals.
#[derive(Debug)]
pub(crate) struct Blame {
    /// Rejects in a row that are believed without a witness; 0: any number.
    limit: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Rejects since the last success, without a witness.
    rejects: usize,
    /// Why messages are held that were refused.
    held: Option<String>,
    accepted: Accepted,
}

/// Whether an operator says that the messages are at fault. Once the handler knows, it is good until
/// a message succeeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Accepted {
    #[default]
    No,
    /// The handler does not know it yet.
    New,
    Known,
}

/// What to make of refusals that have just happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ruling {
    /// The messages are at fault.
    Believe,
    /// Those that were rejected are at fault if they are rejected once more: what was wrong the first
    /// time may have been mended before the witness was asked.
    TryAgain,
    /// They may be at fault: each reject is to be [admitted](Blame::admit).
    Count,
    /// They may be innocent, and stay held.
    Hold(Unavailable),
}

impl Blame {
    /// Believes up to `limit` rejects in a row without a witness; 0: any number.
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, state: Mutex::default() })
    }

    /// A message took effect: whatever was refused before it, work works.
    pub(crate) fn succeeded(&self) {
        let mut state = self.state();
        // What the handler does not know yet still has to reach it.
        let accepted = if state.accepted == Accepted::New { Accepted::New } else { Accepted::No };
        *state = State { accepted, ..State::default() };
    }

    /// Asks the handler's witness.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn rule<H: Handler>(&self, handler: &H) -> Ruling {
        let accepted = self.state().accepted;
        if accepted == Accepted::New {
            handler.accept().await;
            self.state().accepted = Accepted::Known;
        }
        if accepted != Accepted::No {
            return Ruling::Believe;
        }
        match handler.witness().await {
            Witness::Taken => Ruling::TryAgain,
            Witness::Absent => Ruling::Count,
            Witness::Refused(why) => {
                self.state().held = why.permanent.then(|| why.error.clone());
                Ruling::Hold(why)
            }
        }
    }

    /// Takes one more reject for the message's fault.
    ///
    /// # Errors
    /// Where there have been too many in a row.
    pub(crate) fn admit(&self) -> Result<(), Unavailable> {
        let (limit, mut state) = (self.limit, self.state());
        if limit == 0 || state.rejects < limit {
            state.rejects += 1;
            return Ok(());
        }
        let why = Unavailable::permanent(format!(
            "{limit} messages in a row were rejected, and none was stored before that could show whose fault \
             it is; one at a time is tried until one is stored, or until the rejects are accepted \
             (POST /accept-rejects)"
        ))
        .in_doubt();
        state.held = Some(why.error.clone());
        Err(why)
    }

    /// An operator says that the messages are at fault. Returns whether any were held for that.
    pub(crate) fn accept(&self) -> bool {
        let mut state = self.state();
        let held = state.held.take().is_some();
        if held {
            state.accepted = Accepted::New;
        }
        held
    }

    /// Why messages are held that were refused, if any are.
    pub(crate) fn held(&self) -> Option<String> {
        self.state().held.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while holding the state")
    }
}
