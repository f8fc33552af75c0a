//! Templates: statements name in braces what several of them share, so that each list and each number is declared once.
//! The names of measures, levels and cubes are in [`crate::rollups`], those of columns and filters in [`crate::usage`],
//! those of settlement in [`crate::calls`], of prices in [`crate::prices`], of reconciliation in [`crate::reconcile`].

use crate::{calls, prices, reconcile, rollups, usage};

/// Replaces the names in a statement. What is no name stays, so that the test that prepares all statements finds it.
pub(crate) fn expand(template: &str) -> String {
    let mut sql = template.to_owned();
    let names = rollups::names()
        .into_iter()
        .chain(usage::names())
        .chain(calls::names())
        .chain(prices::rows::names())
        .chain(reconcile::names());
    for (name, text) in names {
        sql = sql.replace(&format!("{{{name}}}"), &text);
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_and_other_braces_stay() {
        let sql = expand(
            "select '{1,2}'::int[] from t where level = {day_level} and cube = {model_cube} and {unknown}",
        );
        assert_eq!(sql, "select '{1,2}'::int[] from t where level = 2 and cube = 2 and {unknown}");
    }
}
