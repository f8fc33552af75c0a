//! Indexes that are built while calls are written: files that begin with `-- concurrently` hold one `create index`.
//!
//! Postgres builds no index of a partitioned table concurrently. It is created on the table alone, built on each
//! partition concurrently, and attached.

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::{MigrateError, Migration};

const MARKER: &str = "-- concurrently";
/// Released before there was a marker; files are never edited.
const UNMARKED: [&str; 1] = ["20261201160100_usage_logs_free_calls_idx"];

const LOCK_TIMEOUT: &str = "set lock_timeout = '1s'";
const RESET: &str = "reset lock_timeout";
const IS_PARTITIONED: &str = "select from pg_class where oid = to_regclass($1) and relkind = 'p'";
/// Partitions whose own index is not attached yet.
const MISSING: &str = "
    select c.relname as name
    from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    where i.inhparent = to_regclass($1)
        and not exists (
            select
            from pg_inherits attached
            join pg_index x on x.indexrelid = attached.inhrelid
            where attached.inhparent = to_regclass($2) and x.indrelid = i.inhrelid
        )
    order by 1";
/// What a build that was interrupted leaves behind.
const IS_INVALID: &str = "select from pg_index where indexrelid = to_regclass($1) and not indisvalid";

/// `create [unique] index <name> on <table> <definition>`
pub(super) struct Index {
    is_unique: bool,
    name: String,
    table: String,
    definition: String,
}

pub(super) fn is_concurrent(migration: &Migration) -> bool {
    migration.sql.lines().next() == Some(MARKER) || UNMARKED.contains(&migration.name)
}

impl Index {
    pub(super) fn of(migration: &Migration) -> Result<Option<Self>, MigrateError> {
        if !is_concurrent(migration) {
            return Ok(None);
        }
        let index = Self::parse(migration.sql);
        index.map(Some).ok_or_else(|| MigrateError::NotAnIndex(migration.name.to_owned()))
    }

    fn parse(sql: &str) -> Option<Self> {
        let lines = sql.lines().filter(|line| !line.trim_start().starts_with("--"));
        let text = lines.collect::<Vec<_>>().join("\n");
        let statement = text.trim().strip_suffix(';')?;
        if statement.contains(';') {
            return None;
        }
        let rest = statement.strip_prefix("create ")?;
        let (is_unique, rest) = rest.strip_prefix("unique ").map_or((false, rest), |rest| (true, rest));
        let (name, rest) = rest.strip_prefix("index ")?.split_once(" on ")?;
        let (table, definition) = rest.split_once(' ')?;
        let is_name =
            |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        (is_name(name) && is_name(table)).then(|| Self {
            is_unique,
            name: name.to_owned(),
            table: table.to_owned(),
            definition: definition.to_owned(),
        })
    }

    fn create(&self, how: &str, name: &str, on: &str) -> String {
        let unique = if self.is_unique { "unique " } else { "" };
        format!("create {unique}index {how} {name} on {on} {}", self.definition)
    }
}

/// Builds the index, or what is missing of it. Outside of a transaction, so it may be repeated.
pub(super) async fn build(client: &Client, index: &Index) -> Result<(), tokio_postgres::Error> {
    client.batch_execute(LOCK_TIMEOUT).await?;
    let built = build_all(client, index).await;
    client.batch_execute(RESET).await?;
    built
}

async fn build_all(client: &Client, index: &Index) -> Result<(), tokio_postgres::Error> {
    let Index { name, table, .. } = index;
    if client.query_typed(IS_PARTITIONED, &[(table, Type::TEXT)]).await?.is_empty() {
        return build_one(client, index, name, table).await;
    }
    let on = format!("only {table}");
    client.batch_execute(&index.create("if not exists", name, &on)).await?;
    for row in client.query_typed(MISSING, &[(table, Type::TEXT), (name, Type::TEXT)]).await? {
        let partition: String = row.get("name");
        // Within the 63 bytes of a name, and the same when it is repeated.
        let suffix = partition.strip_prefix(&format!("{table}_")).unwrap_or(&partition);
        let own: String = format!("{}_{suffix}", name.trim_end_matches("_idx"));
        build_one(client, index, &own, &partition).await?;
        client.batch_execute(&format!("alter index {name} attach partition {own}")).await?;
    }
    Ok(())
}

async fn build_one(
    client: &Client,
    index: &Index,
    name: &str,
    table: &str,
) -> Result<(), tokio_postgres::Error> {
    if !client.query_typed(IS_INVALID, &[(&name, Type::TEXT)]).await?.is_empty() {
        client.batch_execute(&format!("drop index concurrently {name}")).await?;
    }
    client.batch_execute(&index.create("concurrently if not exists", name, table)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_create_index_is_accepted() {
        let index =
            Index::parse("-- concurrently\n-- Why.\ncreate unique index a_idx on a (b)\nwhere c;\n").unwrap();
        assert_eq!(
            index.create("concurrently", "a_1", "p"),
            "create unique index concurrently a_1 on p (b)\nwhere c"
        );
        for other in [
            "create index a_idx on a (b)",
            "create index a_idx on a (b); drop table a;",
            "create index concurrently a_idx on a (b);",
            "create index on a (b);",
            "create index a_idx on \"a b\" (b);",
            "alter table a add b int;",
            "",
        ] {
            assert!(Index::parse(other).is_none(), "{other}");
        }
    }
}
