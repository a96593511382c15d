//! What order costs: many groups against a standard queue, one group at a distance, and tenants beside
//! each other.

mod one_group;
mod price;
mod tenants;

use anyhow::Result;
use one_group::OneGroup;
use price::Price;
use tenants::Tenants;

use crate::site::Site;
use crate::table::Table;

/// What was seen.
#[derive(Debug)]
pub struct Fifo {
    /// Of many groups.
    pub price: Price,
    /// Of one.
    pub one_group: OneGroup,
    /// Of groups on a standard queue.
    pub tenants: Tenants,
}

impl Fifo {
    /// Drains `messages` in many groups at the `fast` site. The rest is measured on LocalStack: it hands
    /// out ten messages of a group at once, as AWS does, and knows groups on standard queues.
    pub async fn measure(fast: &Site, localstack: &Site, rounds: usize, messages: usize) -> Result<Self> {
        Ok(Self {
            price: Price::measure(fast, rounds, messages).await?,
            one_group: OneGroup::measure(localstack, rounds).await?,
            tenants: Tenants::measure(localstack, rounds).await?,
        })
    }

    /// For people.
    pub fn tables(&self) -> [Table; 3] {
        [self.price.table(), self.one_group.table(), self.tenants.table()]
    }
}
