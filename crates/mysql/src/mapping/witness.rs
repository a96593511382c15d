//! The witness: whether what was stored before would be stored now, and whether the file was ever right.

use diesel_async::RunQueryDsl;
use engine::verdict::{Unavailable, Witness};
use shared::message::DedupId;

use super::check::check;
use super::facts::Facts;
use super::flaw::{Flaw, MappingError};
use super::handler::MappedTable;
use super::known::Trait;
use super::ready::Ready;
use super::row::{self, Row};
use super::source::Source;
use super::value::Value;
use super::write::insert;
use crate::connection::pool::Connection;
use crate::error::{StoreError, codes};
use crate::store::ask::{changed, refusal};
use crate::store::definition::{Accepted, Definition};
use crate::store::subject::quoted;

impl MappedTable {
    /// Asks the witness, and compares the table with what it was.
    pub(crate) async fn ask(&self) -> Result<Witness, StoreError> {
        if let Some(doubt) = self.known.doubt() {
            return Ok(Witness::Refused(self.doubtful(doubt)));
        }
        let mut connection = self.pool.get().await?;
        let tried = match self.kept.get() {
            Some(values) => self.try_again(&mut connection, values).await.map(|()| true),
            None => try_any(&mut connection, &self.subject.quoted(), &self.names()).await,
        };
        let had_row = match tried {
            Err(error) => return Ok(Witness::Refused(refusal(&error))),
            Ok(had_row) => had_row,
        };
        if let Some(why) = self.changes(&mut connection).await? {
            return Ok(Witness::Refused(why));
        }
        Ok(if had_row { Witness::Taken } else { Witness::Absent })
    }

    /// Looks at the table, and takes it as it is now where it fits the mapping.
    async fn changes(&self, connection: &mut Connection) -> Result<Option<Unavailable>, StoreError> {
        let now = Definition::read(connection, &self.subject).await?;
        let mut changes = self.accepted().changes(now.as_ref());
        let packet = connection.max_packet();
        if packet < self.max_packet {
            changes.push(format!("max_allowed_packet is {packet}, and was {}", self.max_packet));
        }
        if !changes.is_empty() {
            return Ok(Some(changed(&changes)));
        }
        let facts = Facts::read(connection, &self.mapping.table.value).await?;
        let flaws = check(&self.mapping, &facts).flaws;
        if !flaws.is_empty() {
            let error = MappingError::new(&self.mapping.file, flaws);
            return Ok(Some(Unavailable::permanent(format!(
                "the table no longer fits the mapping: {error}"
            ))));
        }
        self.make_ready(Ready::of(&self.mapping, &facts));
        Ok(None)
    }

    /// An operator says that things are meant to be as they are now.
    pub(crate) async fn accept_table(&self) {
        self.known.accept();
        let read = async { Definition::read(&mut self.pool.get().await?, &self.subject).await };
        let table = read.await.ok().flatten();
        *self.accepted() = Accepted::all_of(self.subject.clone(), table);
    }

    /// What it means that something of the file never worked.
    fn doubtful(&self, doubt: Trait) -> Unavailable {
        let ready = self.ready();
        let column = |place: usize| &ready.plan.columns[place].spec;
        let (line, what) = match doubt {
            Trait::Json => (
                ready.plan.first_line(),
                "no message was JSON yet, and this line asks for a part of it".to_owned(),
            ),
            Trait::Filter => {
                (ready.plan.first_line(), "no message had what the filter asks for yet".to_owned())
            }
            Trait::Found(place) => {
                let source = column(place).source.name();
                (column(place).line, format!("no message had {source} yet"))
            }
            Trait::Made(place) => {
                let (name, source) = (&column(place).name, column(place).source.name());
                (column(place).line, format!("no message had a value for column {name} in {source} yet"))
            }
        };
        let error = MappingError::new(&self.mapping.file, vec![Flaw::new(line, what)]);
        Unavailable::permanent(format!(
            "{error}: correct the line and start again, or send a message that it fits; if the messages are at \
             fault, have them dead-lettered with POST /accept-rejects"
        ))
        .in_doubt()
    }

    fn names(&self) -> String {
        let names: Vec<_> = self.mapping.columns.iter().map(|column| quoted(&column.name)).collect();
        names.join(", ")
    }

    /// Stores the row under a new id, as all rows are stored, and takes it back.
    async fn try_again(
        &self,
        connection: &mut Connection,
        mut values: Vec<Value<'static>>,
    ) -> Result<(), StoreError> {
        let (id, ready) = (DedupId::generate(), self.ready());
        for (column, value) in self.mapping.columns.iter().zip(&mut values) {
            match column.source {
                Source::DedupId => *value = row::id(id, column.made),
                Source::MessageId => *value = Value::Text(id.to_string().into()),
                _ => {}
            }
        }
        let row = Row { id, lane: None, values };
        let store = async |connection: &mut Connection| {
            self.marks.begin(connection, std::iter::once(id)).await?;
            insert(connection, &[&row], &ready).await
        };
        passed_over(connection.rolled_back(store).await).map(drop)
    }
}

/// Stores a row of the table once more, and takes it back. Returns whether there is one. Its key is
/// there already, which the server says only after the values have been found right.
pub(crate) async fn try_any(
    connection: &mut Connection,
    table: &str,
    names: &str,
) -> Result<bool, StoreError> {
    let again = format!("INSERT INTO {table} ({names}) SELECT {names} FROM {table} LIMIT 1");
    let again = diesel::sql_query(again);
    let store = async |connection: &mut Connection| {
        connection.run(|connection| Box::pin(again.execute(connection))).await
    };
    Ok(passed_over(connection.rolled_back(store).await)? > 0)
}

/// A row whose key is in the way of itself is as good as stored.
fn passed_over(tried: Result<usize, StoreError>) -> Result<usize, StoreError> {
    match tried {
        Err(error) if error.code.is_some_and(codes::is_duplicate) => Ok(1),
        tried => tried,
    }
}
