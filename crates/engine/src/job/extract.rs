//! Arguments of jobs: the body, its parsed form, and the state that all calls share.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::{Context, Fail, Meta, Outcome};
use crate::handler::Watched;

/// What a job can ask for. `S` is the state that the jobs of a worker share.
///
/// Arguments are made in their order, once for each call, and dropped when the job returns. One that
/// has something to say of how the call ends registers it with [`Context::overrule`].
#[diagnostic::on_unimplemented(
    message = "a job cannot ask for `{Self}` here: arguments are `Json<T>`, `Body`, `Meta`, `State<S>` \
               or what an adapter adds, such as `Tx`",
    label = "not an argument of a job with the state `{S}`"
)]
pub trait FromDelivery<S>: Sized + Send {
    /// Whether a job with this argument has its effect once, however often it is called: a call for a
    /// message that was done before ends as a [`Duplicate`](Outcome::Duplicate). Then the next message of
    /// its group, on a FIFO queue, begins once the job returned; else once the message is deleted.
    const IS_ONCE: bool = false;

    /// Makes the argument for one call.
    ///
    /// # Errors
    /// The outcome of the whole call, where it is known before the job begins: the message is a
    /// duplicate, cannot be parsed, or cannot be worked on now.
    ///
    /// # Cancel safety
    /// It is dropped where the handler takes too long or the process ends.
    fn from_delivery(
        context: &mut Context<'_>,
        state: &S,
    ) -> impl Future<Output = Result<Self, Outcome>> + Send;

    /// Returns what arguments of this type are made with, such as a database, which is then shown to
    /// whoever watches the job. The default is `None`: nothing of it fails by itself. A job shows the
    /// first one that its arguments return.
    fn watched(_state: &S) -> Option<Arc<dyn Watched>> {
        None
    }
}

/// The body, parsed. A body that does not parse is a dead letter with the reason `malformed`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Json<T>(pub T);

/// The body's text.
#[derive(Clone, PartialEq, Eq)]
pub struct Body(pub String);

/// A clone of the state that the jobs of a worker share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State<S>(pub S);

impl<S: Sync, T: DeserializeOwned + Send> FromDelivery<S> for Json<T> {
    async fn from_delivery(context: &mut Context<'_>, _: &S) -> Result<Self, Outcome> {
        let parsed = serde_json::from_str(&context.message().body);
        parsed.map(Self).map_err(|error| Outcome::Failed(Fail::reject("malformed", error)))
    }
}

impl<S: Sync> FromDelivery<S> for Body {
    async fn from_delivery(context: &mut Context<'_>, _: &S) -> Result<Self, Outcome> {
        Ok(Self(context.message().body.clone()))
    }
}

impl<S: Sync> FromDelivery<S> for Meta {
    async fn from_delivery(context: &mut Context<'_>, _: &S) -> Result<Self, Outcome> {
        Ok(context.meta())
    }
}

impl<S: Clone + Send + Sync> FromDelivery<S> for State<S> {
    async fn from_delivery(_: &mut Context<'_>, state: &S) -> Result<Self, Outcome> {
        Ok(Self(state.clone()))
    }
}

/// Without the value: it is what the body says.
impl<T> fmt::Debug for Json<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Json").finish_non_exhaustive()
    }
}

/// Without the text: it may be anybody's secret.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("bytes", &self.0.len()).finish_non_exhaustive()
    }
}
