//! Statements about rollups name measures, levels and cubes in braces: the lists stand in one table, and no number needs
//! a comment. The names of the measures are in [`super::measures`], those of levels and cubes in [`super::level`].

use super::{level, measures};

/// Replaces the names in a statement. What is no name stays, so that the test that prepares all statements finds it.
pub(crate) fn expand(template: &str) -> String {
    measures::lists()
        .into_iter()
        .chain(level::numbers())
        .fold(template.to_owned(), |sql, (name, text)| sql.replace(&format!("{{{name}}}"), &text))
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
