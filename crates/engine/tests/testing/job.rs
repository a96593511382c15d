//! One call of a job or a handler, without a queue.

use acquit_engine::delivery::Delivery;
use acquit_engine::handler::Handler;
use acquit_engine::job::{Body, Fail, Json, Meta, Outcome};
use acquit_engine::testing::{call, delivery, message};
use acquit_engine::verdict::Verdict;
use shared::message::DedupId;

use crate::inbox::{Inbox, Once};

async fn greet(Json(name): Json<String>, meta: Meta, _once: Once) -> Result<(), Fail> {
    assert_eq!((meta.group.as_deref(), meta.text("lang")), (Some("g"), Some("en")));
    if meta.receive_count > 2 { Err(Fail::retry("late", name)) } else { Ok(()) }
}

#[tokio::test]
async fn a_call_returns_what_the_job_or_its_arguments_made_of_the_message() {
    let inbox = Inbox::default();
    let ann = message("\"Ann\"").id("a").group("g").attribute("lang", "en");
    assert!(matches!(call(&inbox, greet, ann.clone()).await, Outcome::Done));
    assert!(matches!(call(&inbox, greet, ann.clone()).await, Outcome::Duplicate));
    let late = call(&inbox, greet, ann.clone().id("b").receive_count(3)).await;
    assert!(matches!(late, Outcome::Failed(fail) if fail.reason() == "late"));
    let malformed = call(&inbox, greet, message("{")).await;
    assert!(matches!(malformed, Outcome::Failed(fail) if fail.reason() == "malformed"));
}

#[tokio::test]
async fn a_call_lets_an_argument_have_the_last_word() {
    struct Refuse;
    impl acquit_engine::job::FromDelivery<()> for Refuse {
        async fn from_delivery(
            context: &mut acquit_engine::job::Context<'_>,
            (): &(),
        ) -> Result<Self, Outcome> {
            context.overrule(|_| async { Outcome::Contended("refused".into()) });
            Ok(Self)
        }
    }
    async fn job(_refuse: Refuse) -> Result<(), Fail> {
        Ok(())
    }
    assert!(matches!(call(&(), job, message("")).await, Outcome::Contended(text) if text == "refused"));
}

#[test]
fn messages_have_ids_of_their_own_unless_the_test_says_otherwise() {
    assert_ne!(message("same").build().id, message("same").build().id);
    assert_eq!(message("x").id("order-7").build().id, DedupId::of("order-7"));
    assert_eq!(message("x").build().receive_count, 1);
}

#[test]
fn a_handler_can_be_called_with_deliveries_of_ones_own_outside_of_any_runtime() {
    struct Loud;
    impl Handler for Loud {
        async fn handle(&self, batch: &[Delivery]) -> Vec<Verdict> {
            let loud = |delivery: &Delivery| delivery.message.body.ends_with('!');
            batch.iter().map(|it| if loud(it) { Verdict::Done } else { Verdict::Duplicate }).collect()
        }
    }
    let batch = [delivery(message("hey!")), delivery(message("hm"))];
    let verdicts = futures_util::FutureExt::now_or_never(Loud.handle(&batch));
    assert_eq!(verdicts, Some(vec![Verdict::Done, Verdict::Duplicate]));
}

#[tokio::test]
#[should_panic(expected = "as the test wanted")]
async fn a_job_that_panics_fails_the_test_that_calls_it() {
    async fn bomb(Body(_): Body) -> Result<(), Fail> {
        panic!("as the test wanted")
    }
    call(&(), bomb, message("")).await;
}
