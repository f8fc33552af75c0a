//! Values that must never reach production.

use anyhow::ensure;
use platform::environment::Environment;

/// What the local stack uses; anyone can read it in the repository.
const DEVELOPMENT_PEPPER: &str = "local-pepper-not-for-production";
const MOCK_PROVIDER_KEY: &str = "sk-mock-local";

/// Fails if a secret has the value that is published for development.
pub fn refuse_development_values(environment: &Environment) -> anyhow::Result<()> {
    for (name, published) in [("KEY_PEPPER", DEVELOPMENT_PEPPER), ("OPENAI_API_KEY", MOCK_PROVIDER_KEY)] {
        ensure!(
            environment.find(name) != Some(published),
            "{name} has the value that is published for development: set one of your own (docs/SELF_HOST.md)"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_secrets_are_refused_by_name() {
        let of = |name: &str, value: &str| -> Environment {
            [(name.to_owned(), value.to_owned())].into_iter().collect()
        };
        let error = refuse_development_values(&of("KEY_PEPPER", DEVELOPMENT_PEPPER)).unwrap_err();
        assert!(error.to_string().starts_with("KEY_PEPPER"), "{error}");
        let error = refuse_development_values(&of("OPENAI_API_KEY", MOCK_PROVIDER_KEY)).unwrap_err();
        assert!(error.to_string().starts_with("OPENAI_API_KEY"), "{error}");
        refuse_development_values(&of("KEY_PEPPER", "a-pepper-of-our-own-with-length")).unwrap();
    }
}
