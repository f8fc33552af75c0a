//! Instants of the database that may be infinite.

use std::error::Error;

use bytes::BytesMut;
use chrono::{DateTime, Utc};
use tokio_postgres::types::{FromSql, IsNull, Timestamp, ToSql, Type, to_sql_checked};

/// A `timestamptz`, with both infinities. They order as in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Moment {
    Past,
    At(DateTime<Utc>),
    Future,
}

impl Moment {
    pub(super) const fn finite(self) -> Option<DateTime<Utc>> {
        match self {
            Self::At(at) => Some(at),
            Self::Past | Self::Future => None,
        }
    }
}

impl<'a> FromSql<'a> for Moment {
    fn from_sql(of_type: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(match Timestamp::<DateTime<Utc>>::from_sql(of_type, raw)? {
            Timestamp::NegInfinity => Self::Past,
            Timestamp::PosInfinity => Self::Future,
            Timestamp::Value(at) => Self::At(at),
        })
    }

    fn accepts(of_type: &Type) -> bool {
        *of_type == Type::TIMESTAMPTZ
    }
}

impl ToSql for Moment {
    fn to_sql(&self, of_type: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Past => Timestamp::<DateTime<Utc>>::NegInfinity.to_sql(of_type, out),
            Self::Future => Timestamp::<DateTime<Utc>>::PosInfinity.to_sql(of_type, out),
            Self::At(at) => at.to_sql(of_type, out),
        }
    }

    fn accepts(of_type: &Type) -> bool {
        *of_type == Type::TIMESTAMPTZ
    }

    to_sql_checked!();
}
