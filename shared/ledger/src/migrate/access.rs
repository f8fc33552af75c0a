//! Who may do what: the files of `migrations/access/`.

use include_dir::Dir;
use tokio_postgres::types::Type;

use super::{DbError, FILES, MigrateError, Transaction, checksum};

const IS_CURRENT: &str = "select from schema_routines where name = $1 and checksum = $2";
const RECORD: &str = "
    insert into schema_routines (name, checksum)
    values ($1, $2)
    on conflict (name) do update set checksum = excluded.checksum, applied_at = excluded.applied_at";

/// Paths below `migrations/`, without the extension, and texts.
pub(super) fn files() -> Vec<(&'static str, &'static str)> {
    let files = FILES.get_dir("access").map(Dir::files).into_iter().flatten();
    let mut files: Vec<_> = files
        .filter_map(|file| Some((file.path().to_str()?.strip_suffix(".sql")?, file.contents_utf8()?)))
        .collect();
    files.sort_unstable();
    files
}

/// Applies the files that have changed, or all of them if anything else was applied: everybody may call a function that
/// was created again. Returns the paths of those that have changed.
pub(super) async fn apply(
    transaction: &Transaction<'_>,
    has_changes: bool,
) -> Result<Vec<&'static str>, MigrateError> {
    let mut changed = Vec::new();
    for (path, sql) in files() {
        let checksum = checksum(sql);
        let params: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 2] =
            [(&path, Type::TEXT), (&checksum, Type::BYTEA)];
        let current = transaction.query_typed(IS_CURRENT, &params).await.map_err(DbError::from)?;
        let is_current = !current.is_empty();
        if is_current && !has_changes {
            continue;
        }
        let failed = |source| MigrateError::Failed { name: path.to_owned(), source };
        transaction.batch_execute(sql).await.map_err(failed)?;
        if !is_current {
            transaction.execute_typed(RECORD, &params).await.map_err(failed)?;
            changed.push(path);
        }
    }
    Ok(changed)
}
