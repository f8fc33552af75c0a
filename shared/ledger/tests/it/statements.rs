//! Every statement against the migrated schema, and every `.sql` file among the statements.

use std::collections::BTreeSet;
use std::path::Path;

use ledger::statement::all;
use testkit::TestDb;

#[tokio::test]
async fn every_statement_prepares_with_the_types_it_declares() {
    let db = TestDb::create().await;
    let client = db.client().await;
    for statement in all() {
        let prepared = client
            .prepare_typed(statement.sql(), statement.types)
            .await
            .unwrap_or_else(|error| panic!("{}: {error:?}", statement.name));
        assert_eq!(prepared.params(), statement.types, "{}", statement.name);
    }
}

/// Prepared statements are looked up by name.
#[test]
fn no_two_statements_have_the_same_name() {
    let mut names = BTreeSet::new();
    for statement in all() {
        assert!(names.insert(statement.name), "{}", statement.name);
    }
}

#[test]
fn every_sql_file_belongs_to_a_statement() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files: BTreeSet<String> = files_below(&root, &root)
        .into_iter()
        .filter(|file| Path::new(file).extension().is_some_and(|extension| extension == "sql"))
        .collect();
    let loaded: BTreeSet<String> =
        all().map(|statement| statement.name.to_owned()).filter(|name| name.contains(".sql")).collect();
    assert_eq!(files, loaded);
}

/// A statement that is in no list would never be prepared by a test.
#[test]
fn every_declared_statement_is_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let listed: BTreeSet<&str> = all().map(|statement| statement.name).collect();
    for file in files_below(&root, &root) {
        if file == "statement.rs" || Path::new(&file).extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(root.join(&file)).unwrap();
        for declared in text.split("statement!(").skip(1) {
            let name = declared.split('"').nth(1).unwrap();
            assert!(listed.contains(name), "{file}: {name}");
        }
    }
}

fn files_below(folder: &Path, root: &Path) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files.extend(files_below(&path, root));
        } else {
            files.insert(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
        }
    }
    files
}
