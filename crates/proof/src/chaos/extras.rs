//! Messages that the sender does not send: large ones, unnamed ones, and some that come twice.

use anyhow::Result;
use fastrand::Rng;

use crate::test_env::TestEnv;

/// Bodies that can never be stored, and bodies that must be, once.
#[derive(Debug, Default)]
pub(super) struct Extras {
    pub(super) poison: Vec<String>,
    pub(super) healthy: Vec<String>,
}

impl Extras {
    /// Sends some of each.
    pub(super) async fn send(&mut self, env: &TestEnv, rng: &mut Rng, round: usize) -> Result<()> {
        let poison = format!("poison {round}");
        env.send(&poison, None).await?;
        self.poison.push(poison);

        let unnamed = format!("extra {round} without a name");
        env.send(&unnamed, None).await?;
        let (twice, id) = (format!("extra {round} sent twice"), format!("extra-{round}"));
        env.send(&twice, Some(&id)).await?;
        env.send(&twice, Some(&id)).await?;
        let large = format!("extra {round} large {}", "x".repeat(size(rng, round)));
        env.send(&large, Some(&format!("large-{round}"))).await?;
        self.healthy.extend([unnamed, twice, large]);
        Ok(())
    }
}

/// Up to 1 MiB with its attribute; mostly less, as each of them is read again at the end.
fn size(rng: &mut Rng, round: usize) -> usize {
    const LARGEST: usize = (1 << 20) - 100;
    if round.is_multiple_of(8) { LARGEST } else { rng.usize(..100_000) }
}
