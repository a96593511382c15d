//! What requests cost at AWS.

use anyhow::Result;

use crate::stats::count;

/// For a million requests to a standard queue, in dollars: us-east-1, up to 100 thousand million
/// a month, without the million that are free. One of up to 64 KiB counts once.
/// <https://aws.amazon.com/sqs/pricing/>
pub const DOLLARS_A_MILLION: f64 = 0.40;
/// In a month, on average.
const HOURS: f64 = 365.0 * 24.0 / 12.0;

/// Requests for a thousand messages, where `messages` took so many.
pub fn requests_a_thousand(requests: u64, messages: usize) -> Result<f64> {
    Ok(count(usize::try_from(requests)?) * 1_000.0 / count(messages))
}

/// Dollars for a million messages, of which a thousand take so many requests.
pub fn of_a_million_messages(requests_per_thousand: f64) -> f64 {
    requests_per_thousand / 1_000.0 * DOLLARS_A_MILLION
}

/// Dollars a month at so many requests an hour.
pub fn of_a_month(requests_an_hour: f64) -> f64 {
    requests_an_hour * HOURS / 1_000_000.0 * DOLLARS_A_MILLION
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_messages_a_receive_and_a_delete_cost_eight_cents_a_million() {
        assert!((of_a_million_messages(200.0) - 0.08).abs() < 1e-9);
        assert!((of_a_million_messages(2_000.0) - 0.80).abs() < 1e-9);
    }

    #[test]
    fn an_idle_poll_all_the_time_costs_five_cents_a_month() {
        assert!((of_a_month(180.0) - 0.05256).abs() < 1e-9);
    }
}
