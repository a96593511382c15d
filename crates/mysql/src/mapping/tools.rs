//! For whoever writes a mapping: a first one, a trial with one message, and a check, with a database.

use super::check::check;
use super::draft::draft;
use super::facts::Facts;
use super::file::Mapping;
use super::flaw::{Flaw, MappingError};
use super::open::MappedError;
use super::preview::{Preview, preview};
use super::witness::try_any;
use crate::connection::pool::Pool;
use crate::connection::url::DatabaseUrl;
use crate::error::StoreError;
use crate::inspect::{inbox, table};
use crate::store::open::OpenError;
use crate::store::subject::quoted;

/// What was found of a mapping and its table.
#[derive(Clone, Debug)]
pub struct Examined {
    /// With these no consumer starts.
    pub flaws: Vec<Flaw>,
    /// With these it does.
    pub warnings: Vec<Flaw>,
    /// What is wrong with `inbox`; `None`: it is as it should be.
    pub inbox: Option<String>,
    /// Whether a row of the table was stored once more and taken back; `None`: there is none, or the
    /// mapping has flaws.
    pub insert: Option<Result<(), StoreError>>,
}

impl Mapping {
    /// Writes a first mapping for this table, guessed from a sample of the bodies if there is one.
    ///
    /// # Errors
    /// Where the database cannot be asked, has no such table, or the sample is no JSON.
    pub async fn draft(url: &DatabaseUrl, table: &str, sample: Option<&str>) -> Result<String, MappedError> {
        let facts = facts(url, table).await?;
        if facts.columns.is_empty() {
            let what = format!(
                "there is no table {table:?} in the database, or no right to see it: create it, or correct the name"
            );
            return Err(MappingError::new("mapping new", vec![Flaw::new(1, what)]).into());
        }
        let sample = sample.map(serde_json::from_str).transpose().map_err(|error: serde_json::Error| {
            let what = format!("the sample is no JSON ({error}): give the body of one message");
            MappingError::new("sample", vec![Flaw::new(error.line().max(1), what)])
        })?;
        Ok(draft(table, &facts, sample.as_ref()))
    }

    /// What a message with this body would become. Without a database any value fits its column.
    ///
    /// # Errors
    /// Where the database cannot be asked, or the table does not fit.
    pub async fn preview(&self, url: Option<&DatabaseUrl>, body: &str) -> Result<Preview, MappedError> {
        let Some(url) = url else { return Ok(preview(self, None, body)) };
        let facts = facts(url, &self.table.value).await?;
        let flaws = check(self, &facts).flaws;
        if !flaws.is_empty() {
            return Err(MappingError::new(&self.file, flaws).into());
        }
        Ok(preview(self, Some(&facts), body))
    }

    /// Compares the mapping with the database, and leaves both as they are.
    ///
    /// # Errors
    /// Where the database cannot be asked.
    pub async fn examine(&self, url: &DatabaseUrl) -> Result<Examined, OpenError> {
        self.look(url).await.map_err(|error| OpenError::new(url, error))
    }

    async fn look(&self, url: &DatabaseUrl) -> Result<Examined, StoreError> {
        let mut connection = Pool::new(url.clone(), 1).get().await?;
        let columns = table::columns(&mut connection, inbox::TABLE).await?;
        let wrong = inbox::flaws(&columns);
        let inbox =
            if columns.is_empty() { Some("it is missing".to_owned()) } else { Some(wrong.join("; ")) };
        let facts = Facts::read(&mut connection, &self.table.value).await?;
        let findings = check(self, &facts);
        let mut insert = None;
        if findings.flaws.is_empty() {
            let names: Vec<_> = self.columns.iter().map(|column| quoted(&column.name)).collect();
            let tried = try_any(&mut connection, &quoted(&self.table.value), &names.join(", ")).await;
            insert = tried.map(|had_row| had_row.then_some(())).transpose();
        }
        let inbox = inbox.filter(|wrong| !wrong.is_empty());
        Ok(Examined { flaws: findings.flaws, warnings: findings.warnings, inbox, insert })
    }
}

async fn facts(url: &DatabaseUrl, table: &str) -> Result<Facts, OpenError> {
    let read = async { Facts::read(&mut Pool::new(url.clone(), 1).get().await?, table).await };
    read.await.map_err(|error| OpenError::new(url, error))
}
