//! What the witness says, and whether the table is still as it was.

use engine::verdict::{Unavailable, Witness};

use super::MysqlStore;
use super::definition::{Accepted, Definition};
use super::subject::Subject;
use super::witness::{newest, try_again};
use crate::error::{Class, StoreError};

impl MysqlStore {
    /// Asks the witness, and compares the table with what it was.
    pub(crate) async fn ask(&self) -> Result<Witness, StoreError> {
        let mut connection = self.pool.get().await?;
        let row = match self.kept.get() {
            Some(row) => Some(row),
            None => newest(&mut connection).await?,
        };
        if let Some(row) = &row
            && let Err(error) = try_again(&mut connection, row).await
        {
            return Ok(Witness::Refused(refusal(&error)));
        }
        let now = Definition::read(&mut connection, &Subject::messages()).await?;
        let mut changes = self.accepted().changes(now.as_ref());
        let packet = connection.max_packet();
        if packet < self.max_packet {
            changes.push(format!("max_allowed_packet is {packet}, and was {}", self.max_packet));
        }
        if !changes.is_empty() {
            return Ok(Witness::Refused(changed(&changes)));
        }
        Ok(if row.is_some() { Witness::Taken } else { Witness::Absent })
    }

    /// Takes the table as it is now for as it should be; where it cannot be read now, as it is
    /// when it is read next.
    pub(crate) async fn accept_table(&self) {
        let subject = Subject::messages();
        let read = async { Definition::read(&mut self.pool.get().await?, &subject).await };
        let table = read.await.ok().flatten();
        *self.accepted() = Accepted::all_of(subject, table);
    }
}

/// What it means that the witness was refused.
pub(crate) fn refusal(error: &StoreError) -> Unavailable {
    match error.class {
        Class::Unavailable | Class::Leaving | Class::Lost | Class::Contention => Unavailable::from(error),
        _ => Unavailable::permanent(format!("a row that was stored before would be refused now: {error}")),
    }
}

pub(crate) fn changed(changes: &[String]) -> Unavailable {
    Unavailable::permanent(format!(
        "messages are refused, and the table is not as it was or should be: {}; mend it, or have them \
         dead-lettered with POST /accept-rejects",
        changes.join("; ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_witness_that_is_refused_needs_help_unless_that_passes() {
        let refused = |code| refusal(&StoreError::server(code, String::new()));
        assert!(refused(1364).permanent && refused(1526).permanent && refused(9999).permanent);
        assert!(refused(1526).error.contains("1526"));
        assert!(!refused(1205).permanent && !refused(1290).permanent);
    }
}
