//! Jobs of any arity, their arguments, and who has the last word on a call.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use shared::message::{Attribute, AttributeValue, Message};
use tokio::time::Instant;

use super::*;
use crate::delivery::Delivery;
use crate::handler::{Backend, Connections, Handler, Watched};
use crate::histogram::{CALL, Histogram};
use crate::verdict::{Unavailable, Verdict};
use crate::work::guarded::Guarded;

/// What happened, in order.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// An argument that notes what happens to it and overrules by what the body says.
struct Noted(Log);

impl FromDelivery<Log> for Noted {
    async fn from_delivery(context: &mut Context<'_>, log: &Log) -> Result<Self, Outcome> {
        log.note(format!("argument {}", context.attempt()));
        let (noted, body) = (log.clone(), context.message().body.clone());
        context.overrule(async move |outcome| {
            noted.note(format!("overruled {outcome:?}"));
            match &*body {
                "away" => Outcome::Failed(Fail::unavailable("gone")),
                "contended" => Outcome::Contended("1213".into()),
                _ => outcome,
            }
        });
        match &*context.message().body {
            "twin" => Err(Outcome::Duplicate),
            _ => Ok(Self(log.clone())),
        }
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        self.0.note("dropped");
    }
}

async fn noted(noted: Noted, Body(body): Body) -> Result<(), Fail> {
    noted.0.note("job");
    if body == "fails" { Err(Fail::retry("busy", "429").after(Duration::from_secs(9))) } else { Ok(()) }
}

async fn handled<S, A: 'static>(job: impl Job<S, A>, state: S, bodies: &[&str]) -> Vec<Verdict>
where
    S: Send + Sync + 'static,
{
    let mut batch = Vec::new();
    for body in bodies {
        batch.push(delivery(body).await);
    }
    JobHandler::new(job, state).handle(&batch).await
}

#[tokio::test]
async fn a_job_of_one_to_three_arguments_is_called_with_what_it_asks_for() {
    async fn one(Body(body): Body) -> Result<(), Fail> {
        Err(Fail::reject(body, ""))
    }
    async fn two(Json(number): Json<u32>, State(log): State<Log>) -> Result<Committed, Fail> {
        log.note(number.to_string());
        Ok(Committed::new())
    }
    async fn three(meta: Meta, _: Body, State(log): State<Log>) -> Result<(), Fail> {
        log.note(format!("{} {} {:?}", meta.message_id, meta.receive_count, meta.text("kind")));
        Ok(())
    }
    let log = Log::default();
    assert!(
        matches!(&handled(one, (), &["word"]).await[..], [Verdict::Reject(why)] if why.reason() == "word")
    );
    assert_eq!(handled(two, log.clone(), &["7"]).await, [Verdict::Done]);
    assert_eq!(handled(three, log.clone(), &["x"]).await, [Verdict::Done]);
    assert_eq!(log.take(), ["7", "m 1 Some(\"test\")"]);
}

#[tokio::test]
async fn a_body_that_does_not_parse_is_malformed_and_the_job_is_not_called() {
    async fn job(Json(_): Json<u32>, State(log): State<Log>) -> Result<(), Fail> {
        log.note("job");
        Ok(())
    }
    let log = Log::default();
    let verdicts = handled(job, log.clone(), &["{"]).await;
    assert!(
        matches!(&verdicts[..], [Verdict::Reject(why)] if why.reason() == "malformed" && why.is_certain())
    );
    assert!(log.take().is_empty());
}

#[tokio::test]
async fn an_argument_that_knows_the_outcome_spares_the_job() {
    let log = Log::default();
    assert_eq!(handled(noted, log.clone(), &["twin"]).await, [Verdict::Duplicate]);
    assert_eq!(log.take(), ["argument 1", "overruled Duplicate"]);
}

#[tokio::test]
async fn an_argument_has_the_last_word_once_the_job_has_returned_and_all_arguments_are_dropped() {
    let log = Log::default();
    let verdicts = handled(noted, log.clone(), &["away"]).await;
    assert!(matches!(&verdicts[..], [Verdict::Unavailable(why)] if why.error == "gone"), "{verdicts:?}");
    assert_eq!(log.take(), ["argument 1", "job", "dropped", "overruled Done"]);
    let verdicts = handled(noted, log.clone(), &["fails"]).await;
    let after = Some(Duration::from_secs(9));
    assert!(
        matches!(&verdicts[..], [Verdict::Retry(why, delay)] if why.reason() == "busy" && *delay == after)
    );
}

#[tokio::test]
async fn an_argument_knows_the_name_of_the_job() {
    struct Name(String);
    impl<S: Sync> FromDelivery<S> for Name {
        async fn from_delivery(context: &mut Context<'_>, _: &S) -> Result<Self, Outcome> {
            Ok(Self(context.job().to_owned()))
        }
    }
    async fn job(name: Name) -> Result<(), Fail> {
        Err(Fail::reject(name.0, ""))
    }
    let batch = [delivery("x").await];
    let verdicts = JobHandler::new(job, ()).named("reservations").handle(&batch).await;
    assert!(matches!(&verdicts[..], [Verdict::Reject(why)] if why.reason() == "reservations"));
}

#[tokio::test]
async fn the_last_argument_is_asked_first() {
    let message = message("x");
    let mut context = Context::of(&message);
    context.overrule(async |_| Outcome::Duplicate);
    context.overrule(async |outcome| {
        assert!(matches!(outcome, Outcome::Done));
        Outcome::Contended(String::new())
    });
    assert!(matches!(context.conclude(Outcome::Done).await, Outcome::Duplicate));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_others_are_in_the_way_of_is_called_four_times_within_two_seconds() {
    let (log, began) = (Log::default(), Instant::now());
    let verdicts = handled(noted, log.clone(), &["contended"]).await;
    assert!(matches!(&verdicts[..], [Verdict::Retry(why, None)] if why.reason() == "contended"));
    let calls = log.take().into_iter().filter(|what| what.starts_with("argument"));
    assert_eq!(calls.collect::<Vec<_>>(), ["argument 1", "argument 2", "argument 3", "argument 4"]);
    let took = began.elapsed();
    assert!((Duration::from_millis(60)..Duration::from_millis(1_500)).contains(&took), "{took:?}");
}

/// What a database says that is away.
struct Away;

impl Watched for Away {
    fn look(&self) -> BoxFuture<'_, Result<(), Unavailable>> {
        Box::pin(async { Err(Unavailable::passing("away")) })
    }

    fn backend(&self) -> Backend {
        let connections = Connections { limit: 7, size: 0, in_use: 0, waiting: 0 };
        let inserts = Histogram::new(CALL).snapshot();
        Backend { connections, inserts, contended: 0, reasons: &["contended"] }
    }
}

/// An argument that is made with it.
struct Row;

impl FromDelivery<Log> for Row {
    async fn from_delivery(_: &mut Context<'_>, _: &Log) -> Result<Self, Outcome> {
        Ok(Self)
    }

    fn watched(_: &Log) -> Option<Arc<dyn Watched>> {
        Some(Arc::new(Away))
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_watches_a_job_sees_what_its_arguments_are_made_with() {
    async fn job(_: Noted, _: Row) -> Result<(), Fail> {
        Ok(())
    }
    let handler = JobHandler::new(job, Log::default());
    handler.handle(&[delivery("contended").await]).await;
    let handler = Guarded::new(Arc::new(handler));
    let backend = handler.backend().expect("it has one");
    assert_eq!((backend.connections.limit, backend.contended, backend.reasons), (7, 3, &["contended"][..]));
    assert_eq!(handler.look().await, Err(Unavailable::passing("away")));
}

#[tokio::test]
async fn a_job_that_needs_nothing_has_nothing_to_show() {
    let handler = JobHandler::new(noted, Log::default());
    assert!(handler.backend().is_none() && handler.look().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn the_messages_of_a_batch_are_worked_on_side_by_side_and_a_panic_is_its_messages_alone() {
    async fn job(Body(body): Body, State(ended): State<Arc<AtomicU32>>) -> Result<(), Fail> {
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert_ne!(body, "bomb", "as the test wanted");
        ended.fetch_add(1, Relaxed);
        Ok(())
    }
    let (ended, began) = (Arc::<AtomicU32>::default(), Instant::now());
    let verdicts = handled(job, ended.clone(), &["a", "bomb", "c"]).await;
    assert_eq!(began.elapsed(), Duration::from_mins(1));
    assert!(verdicts[1].is_panic(), "{verdicts:?}");
    assert_eq!((&verdicts[0], &verdicts[2], ended.load(Relaxed)), (&Verdict::Done, &Verdict::Done, 2));
}

#[tokio::test]
async fn arguments_never_show_what_a_message_says() {
    let message = message("secret");
    let context = Context::of(&message);
    let shown = format!(
        "{context:?} {:?} {:?} {:?}",
        context.meta(),
        Body("secret".into()),
        Json("secret".to_owned())
    );
    assert!(!shown.contains("secret") && !shown.contains("test"), "{shown}");
}

fn message(body: &str) -> Message {
    let kind = Attribute {
        name: "kind".into(),
        data_type: "String".into(),
        value: AttributeValue::Text("test".into()),
    };
    crate::delivery::tests::message(body, vec![kind])
}

async fn delivery(body: &str) -> Delivery {
    crate::delivery::tests::delivery(message(body)).await
}
