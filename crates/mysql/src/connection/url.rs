//! Where the database is, and as whom to go there: asked again for each connection.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use mysql_async::{Opts, OptsBuilder, SslOpts};

use crate::error::StoreError;

/// A database's URL. It holds the password, so it shows itself to nobody.
///
/// What came from a file is read again for each connection: a password that was rotated there is
/// used from then on, without a restart.
#[derive(Clone)]
pub struct DatabaseUrl {
    /// As they were read first.
    options: Opts,
    source: Arc<Source>,
}

/// What is read again.
#[derive(Clone, Default)]
struct Source {
    url: Option<PathBuf>,
    ca: Option<PathBuf>,
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Host, port and database.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, port) = (self.options.ip_or_hostname(), self.options.tcp_port());
        let (open, close) = if host.contains(':') { ("[", "]") } else { ("", "") };
        write!(f, "{open}{host}{close}:{port}/{}", self.options.db_name().unwrap_or_default())
    }
}

/// The database is not named as it must be.
#[derive(Debug, thiserror::Error)]
pub enum UrlError {
    /// The text is no URL of a database.
    #[error("DATABASE_URL must look like mysql://user:password@host:3306/database ({0})")]
    Malformed(String),
    /// The environment names no database.
    #[error(
        "no database: set DATABASE_URL to mysql://user:password@host:3306/database, or DATABASE_URL_FILE to \
         a file that holds it"
    )]
    NoUrl,
    /// A file with the URL or with certificates cannot be read.
    #[error("cannot read {0}: {1}")]
    File(PathBuf, std::io::Error),
    /// The file of authorities holds no certificate.
    #[error("the file of the database's authorities must hold certificates in PEM, and holds none")]
    Certificates,
}

impl FromStr for DatabaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        Ok(Self { options: options(text)?, source: Arc::default() })
    }
}

impl DatabaseUrl {
    /// From the file that `DATABASE_URL_FILE` names, or else from `DATABASE_URL`; with the certificates
    /// in `DATABASE_CA_FILE`, if that is set. A variable that is set to nothing is not set.
    ///
    /// # Errors
    /// Where neither is set, a file cannot be read, or it is no URL.
    pub fn from_env() -> Result<Self, UrlError> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, UrlError> {
        let set =
            |name| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let url = match (set("DATABASE_URL_FILE"), set("DATABASE_URL")) {
            (Some(path), _) => Self::from_file(path.as_ref())?,
            (None, Some(url)) => url.parse()?,
            (None, None) => return Err(UrlError::NoUrl),
        };
        match set("DATABASE_CA_FILE") {
            Some(path) => url.with_ca_file(path.as_ref()),
            None => Ok(url),
        }
    }

    /// From a file that holds the URL and nothing else.
    ///
    /// # Errors
    /// Where the file cannot be read, or holds none.
    pub fn from_file(path: &Path) -> Result<Self, UrlError> {
        let text = read(path).map_err(|error| UrlError::File(path.to_owned(), error))?;
        let source = Source { url: Some(path.to_owned()), ca: None };
        Ok(Self { options: options(text.trim())?, source: Arc::new(source) })
    }

    /// The same, over TLS, with a server whose certificate comes from one of those in the file
    /// (PEM), and from no other. A URL can only name the public ones, and RDS's are not among them.
    ///
    /// # Errors
    /// Where the file cannot be read, or holds no certificate.
    pub fn with_ca_file(self, path: &Path) -> Result<Self, UrlError> {
        let pem = read(path).map_err(|error| UrlError::File(path.to_owned(), error))?;
        let source = Source { ca: Some(path.to_owned()), ..(*self.source).clone() };
        Ok(Self { options: trusting(self.options, pem)?, source: Arc::new(source) })
    }

    /// Whether bodies and password would cross a network that anybody may listen to.
    pub fn is_exposed(&self) -> bool {
        let host = self.options.ip_or_hostname();
        let is_loopback = host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        self.options.ssl_opts().is_none() && !is_loopback && host != "localhost"
    }

    /// Whether it has traffic encrypted, and takes any certificate for the server's.
    pub fn trusts_anybody(&self) -> bool {
        self.options.ssl_opts().is_some_and(SslOpts::accept_invalid_certs)
    }

    /// What to connect with now. Files may lie on something slow, so they are read aside.
    pub(crate) async fn current(&self) -> Result<Opts, StoreError> {
        let (known, source) = (self.options.clone(), self.source.clone());
        if source.url.is_none() && source.ca.is_none() {
            return Ok(known);
        }
        let read = tokio::task::spawn_blocking(move || source.read(known));
        read.await.map_err(StoreError::away)?
    }
}

impl Source {
    /// The error names a file, and never what it holds.
    fn read(&self, known: Opts) -> Result<Opts, StoreError> {
        let missing = |path: &Path, error| StoreError::away(UrlError::File(path.to_owned(), error));
        let wrong = |path: &Path, what| StoreError::away(format!("{} holds no {what}", path.display()));
        let mut now = known;
        if let Some(path) = &self.url {
            let text = read(path).map_err(|error| missing(path, error))?;
            now = options(text.trim()).map_err(|_| wrong(path, "URL of a database"))?;
        }
        if let Some(path) = &self.ca {
            let pem = read(path).map_err(|error| missing(path, error))?;
            now = trusting(now, pem).map_err(|_| wrong(path, "certificate in PEM"))?;
        }
        Ok(now)
    }
}

fn read(path: &Path) -> std::io::Result<String> {
    std::fs::read_to_string(path)
}

fn options(text: &str) -> Result<Opts, UrlError> {
    let options = Opts::from_url(text).map_err(|error| UrlError::Malformed(error.to_string()))?;
    if options.db_name().is_none_or(str::is_empty) {
        return Err(UrlError::Malformed("it names no database".into()));
    }
    // A URL has IPv6 addresses in brackets, and no resolver knows them by those.
    let host = options.ip_or_hostname().trim_matches(['[', ']']).to_owned();
    Ok(OptsBuilder::from_opts(options).ip_or_hostname(host).into())
}

fn trusting(options: Opts, pem: String) -> Result<Opts, UrlError> {
    if !pem.contains("-----BEGIN CERTIFICATE-----") {
        return Err(UrlError::Certificates);
    }
    let tls = SslOpts::default().with_root_certs(vec![pem.into_bytes().into()]);
    Ok(OptsBuilder::from_opts(options).ssl_opts(tls.with_disable_built_in_roots(true)).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> DatabaseUrl {
        text.parse().unwrap()
    }

    /// A file that is gone when the test ends.
    struct File(PathBuf);

    impl File {
        fn holding(text: &str) -> Self {
            let name = format!("database-url-{}-{}", std::process::id(), fastrand::u64(..));
            let file = Self(std::env::temp_dir().join(name));
            file.write(text);
            file
        }

        fn write(&self, text: &str) {
            std::fs::write(&self.0, text).unwrap();
        }
    }

    impl Drop for File {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    #[tokio::test]
    async fn the_file_is_read_for_each_connection() {
        let file = File::holding("mysql://app:old@db.example/hello\n");
        let url = DatabaseUrl::from_file(&file.0).unwrap();
        assert_eq!(url.current().await.unwrap().pass(), Some("old"));
        file.write("mysql://app:new@db.example/hello");
        assert_eq!(url.current().await.unwrap().pass(), Some("new"));
        for spoiled in ["", "secret", "mysql://app:secret@db.example"] {
            file.write(spoiled);
            let error = url.current().await.unwrap_err().to_string();
            assert!(error.contains(file.0.to_str().unwrap()) && !error.contains("secret"), "{error}");
        }
        std::fs::remove_file(&file.0).unwrap();
        let error = url.current().await.unwrap_err();
        assert!(
            error.class == crate::error::Class::Unavailable && error.to_string().contains("database-url-")
        );
    }

    #[tokio::test]
    async fn the_environment_names_a_file_or_a_url_and_nothing_is_no_name() {
        let file = File::holding("mysql://app:old@db.example/filed");
        let path = file.0.to_str().unwrap();
        let of = |url: &'static str, file: &str| {
            DatabaseUrl::from_variables(|name| match name {
                "DATABASE_URL" => Some(url.to_owned()),
                "DATABASE_URL_FILE" => Some(file.to_owned()),
                _ => Some(String::new()),
            })
        };
        assert_eq!(of("mysql://a:b@h/named", path).unwrap().to_string(), "db.example:3306/filed");
        assert_eq!(of("mysql://a:b@h/named", " ").unwrap().to_string(), "h:3306/named");
        assert!(matches!(of("", ""), Err(UrlError::NoUrl)));
    }

    #[tokio::test]
    async fn the_certificates_are_read_for_each_connection() {
        let pem = "-----BEGIN CERTIFICATE-----";
        let (file, ca) =
            (File::holding("mysql://u:p@db.example/d?require_ssl=true&verify_ca=false"), File::holding(pem));
        assert!(DatabaseUrl::from_file(&file.0).unwrap().trusts_anybody());
        let url = DatabaseUrl::from_file(&file.0).unwrap().with_ca_file(&ca.0).unwrap();
        assert!(!url.trusts_anybody() && !url.is_exposed());
        let options = url.current().await.unwrap();
        assert!(options.ssl_opts().unwrap().disable_built_in_roots());
        ca.write("secret");
        let error = url.current().await.unwrap_err().to_string();
        assert!(error.contains(ca.0.to_str().unwrap()) && !error.contains("secret"), "{error}");
        assert!(matches!(url.with_ca_file(&ca.0), Err(UrlError::Certificates)));
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
    fn an_address_of_version_6_is_one_that_resolvers_know() {
        let url = url("mysql://u:p@[::1]:3307/hello");
        assert_eq!((url.options.ip_or_hostname(), url.options.tcp_port()), ("::1", 3307));
        assert_eq!(url.to_string(), "[::1]:3307/hello");
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
