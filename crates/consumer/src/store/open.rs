//! The database at start: its URL, and whether everything is there.

use diesel::prelude::*;
use diesel::sql_types::Unsigned;
use diesel_async::RunQueryDsl;
use mysql_async::{Opts, OptsBuilder, SslOpts};

use super::error::StoreError;
use super::meter::Meter;
use super::pool::{Connection, Pool};
use super::schema::messages;
use super::{Class, MysqlStore};

/// A database's URL. It holds the password, so it shows itself to nobody.
#[derive(Clone)]
pub struct DatabaseUrl(Opts);

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// Host, port and database.
impl std::fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (host, port) = (self.0.ip_or_hostname(), self.0.tcp_port());
        write!(f, "{host}:{port}/{}", self.0.db_name().unwrap_or_default())
    }
}

impl std::str::FromStr for DatabaseUrl {
    type Err = OpenError;

    fn from_str(text: &str) -> Result<Self, OpenError> {
        let options = Opts::from_url(text).map_err(|error| OpenError::Url(error.to_string()))?;
        match options.db_name() {
            Some(name) if !name.is_empty() => Ok(Self(options)),
            _ => Err(OpenError::Url("it names no database".into())),
        }
    }
}

/// The database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Not a URL of a database.
    #[error("DATABASE_URL must look like mysql://user:password@host:3306/database ({0})")]
    Url(String),
    /// Not certificates.
    #[error("--database-ca-file (DATABASE_CA_FILE) must hold certificates in PEM, and holds none")]
    Certificates,
    /// Nobody answered.
    #[error("cannot reach the database at {0}: check that it runs, and DATABASE_URL ({1})")]
    Away(DatabaseUrl, StoreError),
    /// The password or a right is missing.
    #[error("the database at {0} denies access: check the user, password and rights in DATABASE_URL ({1})")]
    Denied(DatabaseUrl, StoreError),
    /// The server has no such database.
    #[error("there is no database {0}: create it, or check DATABASE_URL")]
    NoDatabase(DatabaseUrl),
    /// The table is missing or is another one.
    #[error("the database at {0} lacks the table `messages` as it should be: run `consumer migrate` ({1})")]
    NotMigrated(DatabaseUrl, StoreError),
    /// A migration failed.
    #[error("cannot migrate the database at {0}: {1}")]
    Migration(DatabaseUrl, String),
}

impl OpenError {
    pub(super) fn new(url: &DatabaseUrl, error: StoreError) -> Self {
        let url = url.clone();
        match (error.class, error.code) {
            (_, Some(1049)) => Self::NoDatabase(url),
            (_, Some(1044 | 1045 | 1142 | 1143 | 1698 | 3118 | 4151)) => Self::Denied(url, error),
            (Class::Schema, _) => Self::NotMigrated(url, error),
            _ => Self::Away(url, error),
        }
    }

    /// Whether it may work later without a change of configuration.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Away(..))
    }
}

impl DatabaseUrl {
    /// Whether bodies and password would cross a network that anybody may listen to.
    pub fn is_exposed(&self) -> bool {
        let host = self.0.ip_or_hostname().trim_matches(['[', ']']);
        let is_loopback = host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        self.0.ssl_opts().is_none() && !is_loopback && host != "localhost"
    }

    /// Whether it has traffic encrypted, and takes any certificate for the server's.
    pub fn trusts_anybody(&self) -> bool {
        self.0.ssl_opts().is_some_and(SslOpts::accept_invalid_certs)
    }

    /// The same, over TLS, with a server whose certificate comes from one of those in `pem`, and
    /// from no other. A URL can only name the public ones, and RDS's are not among them.
    ///
    /// # Errors
    /// Where there is no certificate in `pem`.
    pub fn with_ca(self, pem: String) -> Result<Self, OpenError> {
        if !pem.contains("-----BEGIN CERTIFICATE-----") {
            return Err(OpenError::Certificates);
        }
        let tls = SslOpts::default().with_root_certs(vec![pem.into_bytes().into()]);
        let tls = tls.with_disable_built_in_roots(true);
        Ok(Self(OptsBuilder::from_opts(self.0).ssl_opts(tls).into()))
    }

    pub(super) fn options(&self) -> Opts {
        self.0.clone()
    }
}

impl MysqlStore {
    /// Opens the database with up to `connections` connections, and looks that the table is there.
    ///
    /// # Errors
    /// Where it cannot be reached or used.
    pub async fn open(url: &DatabaseUrl, connections: usize) -> Result<Self, OpenError> {
        let pool = Pool::new(url.options(), connections);
        let checked = async {
            let mut connection = pool.get().await?;
            check_table(&mut connection).await?;
            max_packet(&mut connection).await
        };
        let max_packet = checked.await.map_err(|error| OpenError::new(url, error))?;
        Ok(Self { pool, max_packet, meter: Meter::default() })
    }

    /// The most bytes that the server takes in one packet.
    pub fn max_packet(&self) -> usize {
        self.max_packet
    }
}

async fn check_table(connection: &mut Connection) -> Result<(), StoreError> {
    let query = messages::table.limit(0);
    let rows = connection.run(|connection| Box::pin(query.execute(connection))).await;
    rows.map(drop)
}

async fn max_packet(connection: &mut Connection) -> Result<usize, StoreError> {
    let query =
        diesel::select(diesel::dsl::sql::<Unsigned<diesel::sql_types::BigInt>>("@@max_allowed_packet"));
    let bytes: u64 = connection.run(|connection| Box::pin(query.get_result(connection))).await?;
    Ok(usize::try_from(bytes).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_of_ones_own_demand_tls_and_trust_nobody_else() {
        let url =
            || "mysql://u:p@db.example/d?require_ssl=true&verify_ca=false".parse::<DatabaseUrl>().unwrap();
        assert!(url().trusts_anybody());
        let url = url().with_ca("-----BEGIN CERTIFICATE-----".into()).unwrap();
        assert!(!url.trusts_anybody() && !url.is_exposed());
        assert!(url.0.ssl_opts().unwrap().disable_built_in_roots());
        assert!(matches!(url.with_ca("secret".into()), Err(OpenError::Certificates)));
    }

    fn url(text: &str) -> DatabaseUrl {
        text.parse().unwrap()
    }

    #[test]
    fn a_url_never_shows_its_password() {
        let url = url("mysql://app:secret@db.example/hello");
        assert!(!format!("{url} {url:?}").contains("secret"));
        for text in
            ["mysql://app:secret@h", "mysql://app:secret@h/d?nonsense=1", "secret", "http://a:secret@h/d"]
        {
            let error = text.parse::<DatabaseUrl>().unwrap_err().to_string();
            assert!(text == "secret" || !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_database_elsewhere_is_exposed_unless_encrypted() {
        assert!(url("mysql://u:p@db.example/hello").is_exposed());
        assert!(!url("mysql://u:p@db.example/hello?require_ssl=true").is_exposed());
        for host in ["localhost", "127.0.0.1", "[::1]"] {
            assert!(!url(&format!("mysql://u:p@{host}/hello")).is_exposed(), "{host}");
        }
    }
}
