//! A transaction as an argument of a job.

use std::sync::Arc;

use engine::handler::Watched;
use engine::job::{Context, FromDelivery, Outcome};

use super::mysql::MySql;
use super::{Begun, Tx};

/// The state that jobs share holds a [`MySql`], or is one. The job needs a name.
impl<S: AsRef<MySql> + Sync> FromDelivery<S> for Tx {
    /// The inbox remembers what was done.
    const IS_ONCE: bool = true;

    async fn from_delivery(context: &mut Context<'_>, state: &S) -> Result<Self, Outcome> {
        match Self::begin(state.as_ref(), context.job(), &context.message().id).await {
            Ok(Begun::Tx(tx)) => {
                let ending = tx.ending.clone();
                context.overrule(move |outcome| async move { ending.overrule(outcome).await });
                Ok(tx)
            }
            Ok(Begun::Duplicate) => Err(Outcome::Duplicate),
            Err(error) => Err(error.into()),
        }
    }

    fn watched(state: &S) -> Option<Arc<dyn Watched>> {
        Some(Arc::new(state.as_ref().clone()))
    }
}
