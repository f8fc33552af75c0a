//! Where the database is and how to log in.

use platform::environment::{ConfigError, Environment};
use platform::tls::Authorities;
use secrecy::SecretString;
use tokio_postgres::config::Host;

/// How to log in to the database.
#[derive(Clone)]
pub enum DatabaseAuth {
    /// Whatever `DATABASE_URL` holds.
    Url(SecretString),
    /// A token signed for the user, valid 15 minutes, made for each new connection.
    Iam { user: String },
    /// User name and password from a secret, read for each new connection since they rotate.
    Secret { arn: String },
}

#[derive(Clone)]
pub struct DatabaseConfig {
    pub auth: DatabaseAuth,
    /// Host, port and name; of a URL, the host alone.
    pub host: String,
    pub port: u16,
    pub name: String,
    pub pool_size: usize,
    /// Trusted besides the public ones and those of RDS.
    pub authorities: Option<Authorities>,
}

impl DatabaseConfig {
    pub fn from_env(environment: &Environment) -> Result<Self, ConfigError> {
        let pool_size = environment.parse("DATABASE_POOL_SIZE", 1usize, "a whole number of connections")?;
        if !(1..=1000).contains(&pool_size) {
            let reason = format!("expected 1 to 1000 connections, got {pool_size}");
            return Err(ConfigError::Malformed { name: "DATABASE_POOL_SIZE", reason });
        }
        let authorities = environment.authorities("DATABASE_CA_FILE")?;
        if let Some(url) = environment.find("DATABASE_URL") {
            if environment.find("DATABASE_HOST").is_some() {
                return Err(ConfigError::Both("DATABASE_URL", "DATABASE_HOST"));
            }
            let url = with_known_ssl_mode(url);
            // The parser's own error may quote the URL, and with it the password.
            let parsed = url.parse::<tokio_postgres::Config>().map_err(|_| ConfigError::Malformed {
                name: "DATABASE_URL",
                reason: "expected postgres://user:password@host:port/database".to_owned(),
            })?;
            let host = parsed.get_hosts().iter().find_map(|host| match host {
                Host::Tcp(name) => Some(name.clone()),
                Host::Unix(_) => None,
            });
            let (auth, host) = (DatabaseAuth::Url(url.into()), host.unwrap_or_default());
            return Ok(Self { auth, host, port: 0, name: String::new(), pool_size, authorities });
        }
        let host = environment.find("DATABASE_HOST").ok_or(ConfigError::Missing("DATABASE_URL"))?.to_owned();
        let auth = match environment.get("DATABASE_AUTH")? {
            "iam" => DatabaseAuth::Iam { user: environment.get("DATABASE_USER")?.to_owned() },
            "secret" => DatabaseAuth::Secret { arn: environment.get("DATABASE_SECRET_ARN")?.to_owned() },
            other => {
                let reason = format!("expected `iam` or `secret`, got `{other}`");
                return Err(ConfigError::Malformed { name: "DATABASE_AUTH", reason });
            }
        };
        let port = environment.parse("DATABASE_PORT", 5432, "a port")?;
        let name = environment.get("DATABASE_NAME")?.to_owned();
        Ok(Self { auth, host, port, name, pool_size, authorities })
    }

    /// Whether the server has a certificate that AWS issued for RDS.
    pub(crate) fn is_rds(&self) -> bool {
        !matches!(self.auth, DatabaseAuth::Url(_))
            || [".rds.amazonaws.com", ".rds.amazonaws.com.cn"].iter().any(|end| self.host.ends_with(end))
    }
}

/// Certificates are verified in every mode that uses them, so the stricter modes of other clients mean `require` here.
fn with_known_ssl_mode(url: &str) -> String {
    url.replace("sslmode=verify-full", "sslmode=require").replace("sslmode=verify-ca", "sslmode=require")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_url(url: &str) -> DatabaseConfig {
        let environment = [("DATABASE_URL".to_owned(), url.to_owned())].into_iter().collect();
        DatabaseConfig::from_env(&environment).unwrap()
    }

    /// A URL of a database on RDS used to fail: public authorities do not know its certificate.
    #[test]
    fn urls_of_rds_trust_its_authorities_and_others_do_not() {
        let rds = "postgres://a:b@c.eu-west-1.rds.amazonaws.com/tokenmeter?sslmode=verify-full";
        assert!(of_url(rds).is_rds());
        let DatabaseAuth::Url(url) = of_url(rds).auth else { panic!("no URL") };
        assert!(secrecy::ExposeSecret::expose_secret(&url).ends_with("?sslmode=require"));
        for other in ["postgres://a:b@localhost/t", "postgres://a:b@rds.amazonaws.com.example.com/t"] {
            assert!(!of_url(other).is_rds(), "{other}");
        }
    }
}
