//! A Postgres that accepts nothing but TLS. Its owner has a password; everyone else's is checked elsewhere.

use std::path::Path;
use std::time::Duration;

use postgres_dev::Server;
use tokio_postgres::{Client, NoTls};

use super::authority::ServerCertificate;

pub struct TlsDatabase {
    server: Server,
    /// The owner's session, from before the server insisted on TLS.
    admin: Client,
}

impl TlsDatabase {
    /// `None` if this build of Postgres knows no LDAP.
    pub(super) async fn start(ldap_port: u16, certificate: &ServerCertificate) -> Option<Self> {
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.dev");
        let server = tokio::task::spawn_blocking(move || Server::temporary(&home, &|_| {}));
        let server = server.await.expect("no panic").expect("a server");
        let (admin, connection) = tokio_postgres::connect(&server.url(), NoTls).await.expect("a session");
        #[expect(clippy::disallowed_methods, reason = "the driver task of the connection")]
        tokio::spawn(connection);

        write_file(&admin, "server.crt", &certificate.chain).await;
        write_file(&admin, "server.key", &certificate.key).await;
        let rules = format!(
            "hostssl all {} all scram-sha-256\n\
            hostssl all all all ldap ldapserver=127.0.0.1 ldapport={ldap_port} ldapprefix=\"cn=\"\n",
            postgres_dev::USER
        );
        write_file(&admin, "pg_hba.conf", &rules).await;
        // Until TLS is on, each rule for it has an error too.
        let unknown = "select from pg_hba_file_rules where error like '%not supported by this build%'";
        if !admin.query(unknown, &[]).await.expect("the rules").is_empty() {
            return None;
        }
        let database = Self { server, admin };
        for change in ["alter system set ssl = on", "select pg_reload_conf()"] {
            database.admin.batch_execute(change).await.expect("changed");
        }
        database.wait_until_plain_sessions_are_refused().await;
        Some(database)
    }

    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// The number of the functions' sessions that are not encrypted.
    pub async fn sessions_without_tls(&self) -> i64 {
        let count = "select count(*) from pg_stat_activity a join pg_stat_ssl s using (pid)
            where a.application_name = 'tokenmeter' and not s.ssl";
        self.admin.query_one(count, &[]).await.expect("a count").get(0)
    }

    /// Ends the sessions of a role, and waits until they have ended.
    pub async fn end_sessions_of(&self, role: &str) {
        let end = "select pg_terminate_backend(pid, 20000) from pg_stat_activity where usename = $1";
        let ended = self.admin.query(end, &[&role]).await.expect("ended");
        assert!(!ended.is_empty() && ended.iter().all(|row| row.get(0)), "{ended:?}");
    }

    /// The server reads its rules again when it finds the time.
    async fn wait_until_plain_sessions_are_refused(&self) {
        let url = self.server.url();
        while tokio_postgres::connect(&url, NoTls).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Writes a file into the data folder, as the user that the server runs as.
async fn write_file(admin: &Client, name: &str, text: &str) {
    assert!(!text.contains(['\'', '\\']), "{text}");
    let copy = format!(
        "copy (select unnest(string_to_array('{text}', E'\\n')))
        to program 'umask 077 && rm -f {name} && cat > {name}'"
    );
    admin.batch_execute(&copy).await.expect("written");
}
