//! Routines: the functions and views of `migrations/routines/`, one a file, applied again when their text changes.

use include_dir::Dir;
use tokio_postgres::types::{ToSql, Type};

use super::{DbError, FILES, MigrateError, Transaction, checksum};

pub(super) const CREATE_TABLE: &str = "create table if not exists schema_routines (
    name text primary key,
    checksum bytea not null,
    applied_at timestamptz not null default clock_timestamp()
)";
/// A routine is dropped by a migration in the release that removes its file; here it is only forgotten.
const FORGET_REMOVED: &str = "delete from schema_routines where name <> all ($1)";
/// A routine can be missing although its text is unchanged: a migration or another routine dropped it.
const IS_CURRENT: &str = "
    select
        exists (select from schema_routines where name = $1 and checksum = $2)
        and (
            to_regclass($1) is not null
            or exists (select from pg_proc where proname = $1 and pronamespace = current_schema()::regnamespace)
        )";
const RECORD: &str = "
    insert into schema_routines (name, checksum)
    values ($1, $2)
    on conflict (name) do update set checksum = excluded.checksum, applied_at = excluded.applied_at";

/// One file of `migrations/routines/`.
pub(super) struct Routine {
    /// The path below `migrations/`, without the extension.
    pub(super) path: &'static str,
    pub(super) sql: &'static str,
    /// The name of the function or view.
    name: &'static str,
    /// What must exist before it: the functions and views that its definition is bound to when it is created.
    requires: Vec<&'static str>,
}

impl Routine {
    fn new(path: &'static str, sql: &'static str) -> Option<Self> {
        let name = path.strip_prefix("routines/")?;
        let requires = sql.lines().next().and_then(|line| line.strip_prefix("-- requires:"));
        let requires = requires.map(|names| names.split(',').map(str::trim).collect());
        Some(Self { path, sql, name, requires: requires.unwrap_or_default() })
    }
}

/// Every routine, each behind those it requires, else by name.
pub(super) fn files() -> Vec<Routine> {
    let files = FILES.get_dir("routines").map(Dir::files).into_iter().flatten();
    let routines = files
        .filter_map(|file| Routine::new(file.path().to_str()?.strip_suffix(".sql")?, file.contents_utf8()?));
    in_order(routines.collect())
}

fn in_order(mut routines: Vec<Routine>) -> Vec<Routine> {
    routines.sort_by_key(|routine| routine.name);
    let mut ordered: Vec<Routine> = Vec::with_capacity(routines.len());
    while !routines.is_empty() {
        let is_ready = |routine: &Routine| {
            routine.requires.iter().all(|name| routines.iter().all(|waiting| waiting.name != *name))
        };
        // If routines require each other in a circle, the first goes ahead and Postgres reports what it lacks.
        let next = routines.iter().position(is_ready).unwrap_or_default();
        ordered.push(routines.remove(next));
    }
    ordered
}

/// Applies the routines that have changed or are missing, and returns their paths.
pub(super) async fn apply(transaction: &Transaction<'_>) -> Result<Vec<&'static str>, MigrateError> {
    let routines = files();
    let kept = super::access::files().into_iter().map(|(path, _)| path);
    let names: Vec<&str> = routines.iter().map(|routine| routine.name).chain(kept).collect();
    transaction.execute_typed(FORGET_REMOVED, &[(&names, Type::TEXT_ARRAY)]).await.map_err(DbError::from)?;
    let mut applied = Vec::new();
    for Routine { path, sql, name, .. } in routines {
        let checksum = checksum(sql);
        let params: [(&(dyn ToSql + Sync), Type); 2] = [(&name, Type::TEXT), (&checksum, Type::BYTEA)];
        let rows = transaction.query_typed(IS_CURRENT, &params).await.map_err(DbError::from)?;
        if rows.iter().any(|row| row.get(0)) {
            continue;
        }
        let failed = |source| MigrateError::Failed { name: path.to_owned(), source };
        transaction.batch_execute(sql).await.map_err(failed)?;
        transaction.execute_typed(RECORD, &params).await.map_err(failed)?;
        applied.push(path);
    }
    Ok(applied)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(sources: &[(&'static str, &'static str)]) -> Vec<&'static str> {
        let routines = sources.iter().filter_map(|(path, sql)| Routine::new(path, sql));
        in_order(routines.collect()).iter().map(|routine| routine.name).collect()
    }

    #[test]
    fn routines_follow_what_they_require_and_else_their_names() {
        let sources = [
            ("routines/report", "-- requires: changes, sums\ncreate view report"),
            ("routines/sums", "-- requires: bins\ncreate function sums"),
            ("routines/bins", "create function bins"),
            ("routines/changes", "create view changes"),
            ("routines/admit", "create function admit"),
        ];
        assert_eq!(names(&sources), ["admit", "bins", "changes", "sums", "report"]);
    }

    #[test]
    fn circle_of_requirements_still_lists_every_routine() {
        let sources = [("routines/a", "-- requires: b\n"), ("routines/b", "-- requires: a\n")];
        assert_eq!(names(&sources), ["a", "b"]);
    }
}
