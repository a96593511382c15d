//! `consumer doctor`: looks at everything that a consumer will depend on, before one is deployed.
//!
//! Metadata are gathered where SQS and the database are spoken to, in the crates `sqs` and `mysql`;
//! here they become verdicts. Nothing is received, sent or stored.

use std::time::Duration;

use mysql::connection::url::DatabaseUrl;
use mysql::inspect::{DatabaseFacts, inspect as inspect_database};
use mysql::mapping::MappingError;
use mysql::store::open::OpenError;
use shared::queue::QueueRef;
use sqs::account::Account;
use sqs::client::{AccountError, Sqs};
use sqs::inspect::{QueueFacts, inspect as inspect_queue};
use tokio::time::timeout;

mod account;
mod capacity;
mod check;
mod cluster;
mod dead_letter_settings;
mod dead_letters;
mod mapping;
mod outbox;
mod plan;
mod queue;
mod report;
mod rights;
mod server;
mod settings;
mod table;
mod times;

pub use check::{Check, Verdict};
pub use plan::Plan;
pub use report::Report;

/// The SDK's chain may ask hosts that are not there, one after the other.
const ACCOUNT: Duration = Duration::from_secs(10);

/// What is found of SQS: the account, and the queue if there is one to ask with.
#[derive(Debug)]
struct SqsFacts {
    account: Result<Account, AccountError>,
    queue: Option<QueueFacts>,
}

/// Examines what consumers as planned would run on.
///
/// Ends within about half a minute, whatever does not answer.
pub async fn examine(plan: &Plan, queue: &QueueRef, url: &DatabaseUrl) -> Report {
    let (sqs, database, mapping) =
        tokio::join!(sqs_facts(queue), inspect_database(url), Box::pin(mapping_facts(plan, url)));
    Report(verdicts(plan, &sqs, url, &database, mapping.as_ref()))
}

async fn mapping_facts(plan: &Plan, url: &DatabaseUrl) -> Option<Result<mapping::Facts, MappingError>> {
    match plan.mapping.as_ref()? {
        Err(error) => Some(Err(error.clone())),
        Ok(mapping) => Some(Ok((mapping.file.clone(), mapping.examine(url).await))),
    }
}

async fn sqs_facts(queue: &QueueRef) -> SqsFacts {
    let found = timeout(ACCOUNT, async {
        let sqs = Sqs::load().await?;
        let account = sqs.account().await?;
        Ok((sqs, account))
    });
    let silent = |_| Err(AccountError::CredentialsAway("not in time".into()));
    match found.await.unwrap_or_else(silent) {
        Ok((sqs, account)) => {
            let queue = Some(Box::pin(inspect_queue(&sqs, queue)).await);
            SqsFacts { account: Ok(account), queue }
        }
        Err(error) => SqsFacts { account: Err(error), queue: None },
    }
}

fn verdicts(
    plan: &Plan,
    sqs: &SqsFacts,
    url: &DatabaseUrl,
    database: &Result<DatabaseFacts, OpenError>,
    mapping: Option<&Result<mapping::Facts, MappingError>>,
) -> Vec<Check> {
    let region = sqs.account.as_ref().map_or("", |account| &account.region);
    let facts = sqs.queue.as_ref();
    let seen = facts.and_then(|facts| facts.queue.as_ref().ok());
    let attributes = seen.and_then(|seen| seen.attributes.as_ref().ok());
    let server = database.as_ref().ok();
    let wanted = capacity::Wanted {
        message: attributes.and_then(|attributes| attributes.max_bytes),
        rows: plan.settings.batch.rows,
        // As the consumer opens its pool: one for each worker, and one to look with.
        connections: plan.settings.workers + 1,
        consumers: plan.consumers,
    };
    let mut checks = account::account(&sqs.account);
    checks.extend(account::calls(facts));
    checks.extend(queue::checks(facts, region));
    checks.extend(rights::checks(seen));
    checks.extend(dead_letters::checks(seen));
    checks.extend(times::checks(plan));
    checks.extend(server::checks(url, database));
    checks.extend(settings::checks(server));
    checks.extend(cluster::checks(server.map(|facts| &facts.variables)));
    let table = server.map(|facts| &facts.table);
    checks.extend(match mapping {
        None => table::checks(table),
        Some(_) => table::migrations_only(table),
    });
    checks.extend(mapping::checks(mapping));
    checks.push(outbox::check(server.map(|facts| &facts.outbox)));
    checks.extend(capacity::checks(server.map(|facts| &facts.variables), wanted));
    checks
}
