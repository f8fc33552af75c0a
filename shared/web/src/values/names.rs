//! Labels and models, by the rules of [`domain::names`].

use domain::names;
use serde::de::{Deserialize, Deserializer, Error};

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $is_valid:path, $rule:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $type(pub String);

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                if $is_valid(&text) { Ok(Self(text)) } else { Err(Error::custom($rule)) }
            }
        }
    };
}
name!(
    /// A user label.
    Label,
    names::is_label,
    names::LABEL_RULE
);
name!(
    /// The name of a model.
    ModelName,
    names::is_model,
    names::MODEL_RULE
);
