//! Labels, models and providers, by the rules of [`domain::names`].

use domain::names;
use domain::provider::Provider;
use serde::de::{Deserialize, Deserializer, Error};

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $parse:expr, $rule:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $type(pub String);

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                $parse(&text).map(Self).ok_or_else(|| Error::custom($rule))
            }
        }
    };
}
name!(
    /// A user label, as [`names::parse_label`] returns it.
    Label,
    names::parse_label,
    names::LABEL_RULE
);
name!(
    /// The name of a model.
    ModelName,
    |text: &str| names::is_model(text).then(|| text.to_owned()),
    names::MODEL_RULE
);

/// The name of a provider.
#[derive(Debug, Clone, Default)]
pub struct ProviderName(pub Provider);

impl<'de> Deserialize<'de> for ProviderName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Provider::parse(&text).map(Self).ok_or_else(|| Error::custom(Provider::RULE))
    }
}
