//! Regions of AWS.

const MAX_CHARS: usize = 32;

/// A region by [`Self::RULE`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsRegion(String);

impl AwsRegion {
    /// What the text must be, as error messages say it.
    pub const RULE: &'static str = "must be a region of AWS, such as eu-central-1";

    /// `None` if the text breaks [`Self::RULE`]: words of lower-case letters, and a number.
    pub fn parse(text: &str) -> Option<Self> {
        let (words, number) = text.rsplit_once('-')?;
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(|c| c.is_ascii_lowercase());
        let is_number = (1..=2).contains(&number.len()) && number.bytes().all(|c| c.is_ascii_digit());
        let is_valid =
            text.len() <= MAX_CHARS && is_number && words.contains('-') && words.split('-').all(is_word);
        is_valid.then(|| Self(text.to_owned()))
    }

    /// The region in the name of a host of AWS, such as `bedrock-runtime.eu-central-1.amazonaws.com`. `None` for the
    /// names of other hosts.
    pub fn of_host(host: &str) -> Option<Self> {
        let name = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"]
            .iter()
            .find_map(|end| host.strip_suffix(end))?;
        name.split('.').find_map(Self::parse)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_is_words_and_a_number() {
        for text in ["us-east-1", "eu-central-1", "us-gov-west-1", "us-iso-east-1", "eusc-de-east-1"] {
            assert_eq!(AwsRegion::parse(text).unwrap().as_str(), text);
        }
        let long = format!("{}-a-1", "a".repeat(32));
        for text in [
            "",
            "eu",
            "eu-1",
            "eu-central",
            "eu-central-",
            "EU-central-1",
            "eu_central_1",
            "eu--1",
            "eu-central-1.x",
            "eu-central-100",
            &long,
        ] {
            assert_eq!(AwsRegion::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn hosts_of_aws_name_their_region() {
        for host in [
            "bedrock-runtime.eu-central-1.amazonaws.com",
            "bedrock-runtime-fips.eu-central-1.amazonaws.com",
            "vpce-0a1b2c3d.bedrock-runtime.eu-central-1.vpce.amazonaws.com",
            "bedrock-runtime.eu-central-1.api.aws",
        ] {
            assert_eq!(AwsRegion::of_host(host).unwrap().as_str(), "eu-central-1", "{host}");
        }
        let china = AwsRegion::of_host("bedrock-runtime.cn-north-1.amazonaws.com.cn").unwrap();
        assert_eq!(china.as_str(), "cn-north-1");
        for host in ["localhost", "eu-central-1.example.com", "amazonaws.com", "proxy.internal"] {
            assert_eq!(AwsRegion::of_host(host), None, "{host}");
        }
    }
}
