//! The checker itself: it finds what is lost, and what nobody sent.

use acquit_engine::testing::checker::{Checker, Sent};
use shared::message::DedupId;

use crate::harness::Harness;

#[tokio::test(start_paused = true)]
async fn what_is_nowhere_is_lost_and_what_nobody_sent_is_unexpected() {
    let harness = Harness::new();
    harness.send_body("strange");
    let strange = harness.sent();
    let other = Sent { id: DedupId::of("other"), body: "other".into() };
    let checker = Checker::new(std::slice::from_ref(&other), &[], &harness.queue);
    let (lost, unexpected) = (vec![other], strange);
    assert_eq!(checker, Checker { lost, unexpected, ..Checker::default() });
}
