//! Identifiers: UUIDv7 inside, prefixed text outside (`call_…`, `key_…`). They are generated here only.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

/// The text is not an id with the expected prefix.
#[derive(Debug, thiserror::Error)]
#[error("expected `{prefix}` followed by a UUID")]
pub struct IdError {
    prefix: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id. The ids of one process sort by creation time.
            #[expect(clippy::disallowed_methods, reason = "ids are generated here only")]
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }

            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let pattern = concat!("^", $prefix, "[0-9a-f]{32}$");
                ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).into()
            }
        }

        impl ToSchema for $name {}

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix($prefix)
                    .and_then(|uuid| Uuid::try_parse(uuid).ok())
                    .map(Self)
                    .ok_or(IdError { prefix: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(
    /// One call to the provider, and the idempotency key of everything the ledger does for it.
    CallId,
    "call_"
);
id!(
    /// One key: it stays the same while its secrets rotate.
    KeyId,
    "key_"
);
id!(
    /// One limit: it stays the same while its amount changes.
    LimitId,
    "lim_"
);
id!(
    /// One model route: it stays the same while its targets change.
    RouteId,
    "route_"
);
id!(
    /// One limit event, which may be delivered more than once.
    EventId,
    "evt_"
);
id!(
    /// One HTTP request that is not a call.
    RequestId,
    "req_"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip_as_text_and_prefixes_do_not_mix() {
        let id = CallId::generate();
        assert_eq!(id.to_string().parse::<CallId>().unwrap(), id);
        assert!(id.to_string().parse::<KeyId>().is_err());
        assert!("call_".parse::<CallId>().is_err());
    }
}
