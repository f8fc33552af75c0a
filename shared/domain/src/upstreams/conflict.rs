//! Fields of an upstream that do not go together.

use super::{AwsRegion, UpstreamAuth, UpstreamFacts};
use crate::calls::Wire;

/// Two fields that do not go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamConflict {
    #[error("must be left out, or null, where 'auth' is none")]
    UnusedSecret,
    #[error("must not be sigv4 unless 'wire' is bedrock: servers of other formats expect a key")]
    SignedWire,
    #[error(
        "is required where 'auth' is sigv4: the region of AWS that requests are signed for, such as eu-central-1"
    )]
    MissingRegion,
    #[error("must be left out, or null, unless 'auth' is sigv4")]
    UnusedRegion,
    #[error("must be the region in 'base_url': AWS refuses requests that are signed for another one")]
    OtherRegion,
}

impl UpstreamConflict {
    /// The field that has to change.
    pub fn field(self) -> &'static str {
        match self {
            Self::UnusedSecret => "secret_arn",
            Self::SignedWire => "auth",
            Self::MissingRegion | Self::UnusedRegion | Self::OtherRegion => "region",
        }
    }
}

impl UpstreamFacts {
    /// The first of its conflicts.
    pub fn check(&self) -> Result<(), UpstreamConflict> {
        if self.auth == UpstreamAuth::None && self.secret_arn.is_some() {
            return Err(UpstreamConflict::UnusedSecret);
        }
        match (self.auth, &self.region) {
            (UpstreamAuth::SigV4, _) if self.wire != Wire::Bedrock => Err(UpstreamConflict::SignedWire),
            (UpstreamAuth::SigV4, None) => Err(UpstreamConflict::MissingRegion),
            (UpstreamAuth::SigV4, Some(region)) => {
                let named = AwsRegion::of_host(self.base_url.host());
                let is_other = named.is_some_and(|named| named != *region);
                if is_other { Err(UpstreamConflict::OtherRegion) } else { Ok(()) }
            }
            (_, Some(_)) => Err(UpstreamConflict::UnusedRegion),
            (_, None) => Ok(()),
        }
    }
}
