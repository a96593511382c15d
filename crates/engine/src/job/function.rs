//! Which functions are jobs.

use std::sync::Arc;

use super::{Context, FromDelivery, IntoOutcome, Outcome};
use crate::handler::Watched;

/// An async function of one to three arguments that returns `Result<(), Fail>` or
/// `Result<Committed, Fail>`. `Args` are the arguments' types, which the compiler finds.
///
/// What is no job says so in one line:
///
/// ```compile_fail,E0277
/// use acquit_engine::job::{Fail, JobHandler};
///
/// async fn ship(order: u64) -> Result<(), Fail> { Ok(()) }
///
/// JobHandler::new(ship, ()); // `u64` is no argument: it would have to be `Json<u64>`
/// ```
#[diagnostic::on_unimplemented(
    message = "this is not a job: a job is an async fn of one to three of `Json<T>`, `Body`, `Meta`, \
               `State<S>`, `Tx`, that returns `Result<(), Fail>` or `Result<Committed, Fail>`",
    label = "not a job"
)]
pub trait Job<S, Args>: Send + Sync + 'static {
    /// Makes the arguments and calls the function, once. The caller concludes the context.
    ///
    /// # Cancel safety
    /// It is dropped where the handler takes too long or the process ends.
    fn call(&self, context: &mut Context<'_>, state: &S) -> impl Future<Output = Outcome> + Send;

    /// Whether it has its effect once: see [`FromDelivery::IS_ONCE`].
    fn is_once(&self) -> bool;

    /// Returns what its arguments are made with: see [`FromDelivery::watched`].
    fn watched(&self, state: &S) -> Option<Arc<dyn Watched>>;
}

macro_rules! job {
    ($($argument:ident),+) => {
        impl<S, F, Fut, R, $($argument),+> Job<S, ($($argument,)+)> for F
        where
            S: Sync,
            F: Fn($($argument),+) -> Fut + Send + Sync + 'static,
            Fut: Future<Output = R> + Send,
            R: IntoOutcome,
            $($argument: FromDelivery<S>),+
        {
            async fn call(&self, context: &mut Context<'_>, state: &S) -> Outcome {
                self($(
                    match $argument::from_delivery(context, state).await {
                        Ok(argument) => argument,
                        Err(outcome) => return outcome,
                    }
                ),+).await.into_outcome()
            }

            fn is_once(&self) -> bool {
                false $(|| $argument::IS_ONCE)+
            }

            fn watched(&self, state: &S) -> Option<Arc<dyn Watched>> {
                None$(.or_else(|| $argument::watched(state)))+
            }
        }
    };
}

job!(A);
job!(A, B);
job!(A, B, C);
