//! Starting, crashing and stopping a server, with real binaries.

#![expect(clippy::unwrap_used, reason = "test helpers fail the test")]

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use postgres_dev::{Error, Server, ServerSettings, WatchTarget, Watchdog};
use tempfile::TempDir;
use tokio_postgres::NoTls;

/// The folder for binaries on a machine that has none.
fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.dev")
}

fn settings(home: &TempDir) -> ServerSettings {
    ServerSettings { home: home.path().to_owned(), port: None, log: home.path().join("log"), fresh: false }
}

/// Waits for the lock: a process that another test is just starting has inherited it until it runs its own program.
fn persistent(settings: &ServerSettings) -> Server {
    let mut server = None;
    wait_until("the release of the lock", || match Server::start(settings, &|_| {}) {
        Err(Error::Busy { .. }) => false,
        started => {
            server = Some(started.unwrap());
            true
        }
    });
    server.unwrap()
}

fn query(server: &Server, sql: &str) -> Option<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&server.url(), NoTls).await.unwrap();
        let work = async move {
            let rows = client.simple_query(sql).await.unwrap();
            rows.iter().find_map(|message| match message {
                tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            })
        };
        let (value, _) = tokio::join!(work, connection);
        value
    })
}

fn signal(pid: u32, signal: Signal) {
    kill(Pid::from_raw(i32::try_from(pid).unwrap()), signal).unwrap();
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(20), "{what} did not happen");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn temporary_server_is_deleted_on_drop() {
    let server = Server::temporary(&tools(), &|_| {}).unwrap();
    assert_eq!(query(&server, "show fsync").as_deref(), Some("off"));
    assert_eq!(
        query(&server, "select usesuper::text from pg_user where usename = current_user").as_deref(),
        Some("true")
    );
    let folder = query(&server, "show data_directory").unwrap();
    let port = server.port();
    drop(server);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert!(!Path::new(&folder).parent().unwrap().exists());
}

#[test]
fn data_survives_a_kill_and_is_deleted_by_fresh() {
    let home = TempDir::new().unwrap();
    let mut settings = settings(&home);
    let mut server = persistent(&settings);
    assert_eq!(query(&server, "show fsync").as_deref(), Some("on"));
    query(&server, "create table kept as select 'here' as word");
    signal(server.pid(), Signal::SIGKILL);
    wait_until("the end of the server", || server.exited().is_some());
    drop(server);

    let server = persistent(&settings);
    assert_eq!(query(&server, "select word from kept").as_deref(), Some("here"));
    drop(server);

    settings.fresh = true;
    let server = persistent(&settings);
    assert_eq!(query(&server, "select to_regclass('kept')::text"), None);
}

#[test]
fn second_server_on_the_same_data_is_refused() {
    let home = TempDir::new().unwrap();
    let settings = settings(&home);
    let _server = persistent(&settings);
    assert!(matches!(Server::start(&settings, &|_| {}), Err(Error::Busy { .. })));
}

#[test]
fn taken_port_is_reported() {
    let home = TempDir::new().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().port();
    let settings = ServerSettings { port: Some(taken), ..settings(&home) };
    assert!(matches!(Server::start(&settings, &|_| {}), Err(Error::PortTaken { port }) if port == taken));
}

#[test]
fn group_ends_when_its_watchdog_is_dropped() {
    // The shell and its child are one group, so both must end.
    let mut group =
        Command::new("/bin/sh").args(["-c", "sleep 600 & wait"]).process_group(0).spawn().unwrap();
    let watchdog = Watchdog::start(WatchTarget::Group(group.id()), None).unwrap();
    assert!(group.try_wait().unwrap().is_none());
    drop(watchdog);
    wait_until("the end of the group", || group.try_wait().unwrap().is_some());
}

const HOLDER: &str = "POSTGRES_DEV_TEST_HOLDER";

#[test]
fn server_ends_when_its_process_is_killed() {
    if env::var_os(HOLDER).is_some() {
        let server = Server::temporary(&tools(), &|_| {}).unwrap();
        println!("\nport {}", server.port());
        loop {
            thread::park();
        }
    }
    let mut holder = Command::new(env::current_exe().unwrap())
        .args(["server_ends_when_its_process_is_killed", "--exact", "--nocapture"])
        .env(HOLDER, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(holder.stdout.take().unwrap()).lines();
    let port: u16 =
        lines.map_while(Result::ok).find_map(|line| line.strip_prefix("port ")?.parse().ok()).unwrap();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    holder.kill().unwrap();
    holder.wait().unwrap();
    wait_until("the end of the server", || TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn crashed_server_recovers_flushed_data_on_the_same_port() {
    let home = TempDir::new().unwrap();
    let mut server = persistent(&settings(&home));
    let port = server.port();
    query(&server, "create table kept (n integer); insert into kept values (1)");
    server.crash().unwrap();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "the port is still open");
    server.restart().unwrap();
    assert_eq!(server.port(), port);
    assert_eq!(query(&server, "select count(*) from kept").as_deref(), Some("1"));
    let log = std::fs::read_to_string(home.path().join("log")).unwrap();
    assert!(log.contains("was not properly shut down"), "{log}");
}
