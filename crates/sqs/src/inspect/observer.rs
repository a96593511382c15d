//! Watches calls go out and answers come in: which host they go to, and what time it is there.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::interceptors::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_sdk_sqs::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sqs::error::BoxError;
use aws_sdk_sqs::primitives::{DateTime, DateTimeFormat};

/// What was seen so far. Endpoint overrides come from many places: this is what they led to.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// Scheme, host and port.
    pub(super) endpoint: Option<String>,
    /// Seconds that SQS's clock is ahead of this host's; negative: behind.
    pub(super) ahead: Option<i64>,
}

/// Sees every call of the clients that it is put [on](Self::on).
#[derive(Clone, Debug, Default)]
pub(super) struct Observer(Arc<Mutex<Seen>>);

impl Observer {
    /// The same client, watched.
    pub(super) fn on(&self, client: &Client) -> Client {
        Client::from_conf(client.config().to_builder().interceptor(self.clone()).build())
    }

    pub(super) fn seen(&self) -> Seen {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, note: impl FnOnce(&mut Seen)) {
        note(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Intercept for Observer {
    fn name(&self) -> &'static str {
        "Observer"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let endpoint = context.request().uri().trim_end_matches('/').to_owned();
        self.note(|seen| seen.endpoint = Some(endpoint));
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let ahead = context.response().headers().get("date").and_then(|date| ahead(date, SystemTime::now()));
        self.note(|seen| seen.ahead = ahead.or(seen.ahead));
        Ok(())
    }
}

fn ahead(date: &str, now: SystemTime) -> Option<i64> {
    let there = DateTime::from_str(date, DateTimeFormat::HttpDate).ok()?.secs();
    let here = now.duration_since(UNIX_EPOCH).ok()?.as_secs();
    Some(there - i64::try_from(here).ok()?)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_answers_date_tells_how_far_the_clocks_are_apart() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(ahead("Sun, 06 Nov 1994 08:49:37 GMT", now), Some(0));
        assert_eq!(ahead("Sun, 06 Nov 1994 08:44:37 GMT", now), Some(-300));
        assert_eq!(ahead("soon", now), None);
    }
}
