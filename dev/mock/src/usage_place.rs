//! Where the stream of a chat completion reports its usage.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsagePlace {
    /// `usage` of a last chunk without choices, if the request asks for it.
    #[default]
    Usage,
    /// `x_groq.usage` of the chunk with the finish reason, asked for or not; the first chunk has `x_groq.id`.
    XGroq,
}

impl FromStr for UsagePlace {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "usage" => Ok(Self::Usage),
            "x_groq" => Ok(Self::XGroq),
            _ => Err(()),
        }
    }
}
