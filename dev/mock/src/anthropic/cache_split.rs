//! How a message splits its writes to the cache: a parameter.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How `cache_creation` splits the writes by their time to live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CacheSplit {
    #[default]
    Whole,
    /// Half of the 5-minute writes is in the total alone.
    Short,
    None,
}

impl FromStr for CacheSplit {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "whole" => Ok(Self::Whole),
            "short" => Ok(Self::Short),
            "none" => Ok(Self::None),
            _ => Err(()),
        }
    }
}
