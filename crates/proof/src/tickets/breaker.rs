//! When something happens to the office, and what it is: chance, and each thing once before any comes again.

use std::time::Duration;

use anyhow::Result;
use fastrand::Rng;
use tokio::time::sleep;

use super::blow::Blow;
use super::news::News;
use super::office::Office;
use super::staff::Staff;
use crate::chaos::shuffle_bag::ShuffleBag;

/// Breaks one thing after another.
pub(super) struct Breaker {
    blows: ShuffleBag<Blow>,
    rng: Rng,
    pub(super) news: News,
}

impl Breaker {
    pub(super) fn new(news: News, seed: u64) -> Self {
        Self { blows: ShuffleBag::new(Blow::all()), rng: Rng::with_seed(seed), news }
    }

    /// Breaks things until it is dropped, and is quiet for about `pause` in between.
    pub(super) async fn rage(
        &mut self,
        office: &mut Office,
        staff: &mut Staff,
        pause: Duration,
        tell: &impl Fn(&str),
    ) -> Result<()> {
        loop {
            sleep(pause.mul_f64(0.5 + self.rng.f64())).await;
            let blow = self.blows.deal(&mut self.rng);
            let name = self.rng.choice(blow.whom(staff)).unwrap_or_default();
            let (kind, what) = blow.says(&name);
            tell(&what);
            self.news.begins(kind, &what)?;
            let time = Duration::from_millis(self.rng.u64(2_000..5_000));
            blow.fall(&name, time, office, staff).await?;
            self.news.ends()?;
            staff.revive(&office.env)?;
        }
    }
}
