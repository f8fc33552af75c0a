//! Every `.sql` file against the migrated schema.

use std::collections::BTreeSet;
use std::path::Path;

use ledger::statements::ALL;
use testkit::TestDb;

#[tokio::test]
async fn every_statement_prepares_with_the_types_its_module_declares() {
    let db = TestDb::create().await;
    let client = db.client().await;
    for statement in ALL {
        let prepared = client
            .prepare_typed(statement.sql, statement.types)
            .await
            .unwrap_or_else(|error| panic!("{}: {error:?}", statement.file));
        assert_eq!(prepared.params(), statement.types, "{}", statement.file);
    }
}

#[test]
fn every_sql_file_is_loaded_by_a_module() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/db");
    let mut files = BTreeSet::new();
    for folder in
        std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
    {
        for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if file.extension().is_some_and(|extension| extension == "sql") {
                files.insert(file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let loaded: BTreeSet<String> = ALL.iter().map(|statement| statement.file.to_owned()).collect();
    assert_eq!(files, loaded);
}
