//! Which names of a model mean the same price: a version of a model has that of the model. Never by prefix.

use crate::provider::{Provider, ProviderModel};

/// How a provider marks the versions of a model.
struct Naming {
    /// What may stand before the name of a model without changing its price.
    prefixes: &'static [&'static str],
    /// A mark is literal, but `0` is any digit.
    marks: &'static [&'static str],
}

const OPENAI: Naming = Naming { prefixes: &[], marks: &["-0000-00-00"] };
/// `@` is how Google Cloud writes dates of Claude.
const ANTHROPIC: Naming = Naming { prefixes: &[], marks: &["-00000000", "@00000000", "-latest"] };
const GOOGLE: Naming = Naming { prefixes: &["models/"], marks: &["-000", "-latest"] };
/// Profiles that keep a request within a geography cost what one region does; `global.` costs less, and `us-gov.`
/// has prices of its own.
const BEDROCK: Naming = Naming {
    prefixes: &["us.", "eu.", "apac.", "jp.", "au.", "ca."],
    marks: &["-00000000-v0:0", "-00000000-v0", "-00000000", "-v0:0", "-v0", "-0:0"],
};

impl Naming {
    fn of(provider: &Provider) -> &'static Self {
        if *provider == Provider::ANTHROPIC {
            &ANTHROPIC
        } else if *provider == Provider::GOOGLE {
            &GOOGLE
        } else if *provider == Provider::BEDROCK {
            &BEDROCK
        } else {
            &OPENAI
        }
    }

    fn without_mark<'a>(&self, name: &'a str) -> Option<&'a str> {
        self.marks.iter().find_map(|mark| {
            let (base, suffix) = name.split_at_checked(name.len().checked_sub(mark.len())?)?;
            let is_mark = suffix.bytes().zip(mark.bytes()).all(|(byte, mark)| match mark {
                b'0' => byte.is_ascii_digit(),
                _ => byte == mark,
            });
            (is_mark && !base.is_empty()).then_some(base)
        })
    }
}

/// The name without its version; `None` if it has none.
pub(super) fn without_version<'a>(provider: &Provider, name: &'a str) -> Option<&'a str> {
    Naming::of(provider).without_mark(name)
}

impl<'a> ProviderModel<'a> {
    /// The names that can have the model's price, the most specific first.
    pub(super) fn names(self) -> impl Iterator<Item = &'a str> {
        let naming = Naming::of(self.provider);
        let mut prefixes = naming.prefixes.iter();
        let bare = prefixes.find_map(|prefix| self.name.strip_prefix(prefix)).filter(|name| !name.is_empty());
        let unversioned = |name| naming.without_mark(name);
        [Some(self.name), unversioned(self.name), bare, bare.and_then(unversioned)].into_iter().flatten()
    }
}

/// Patterns of SQL's `like` for other names of a model whose own name is `escaped`; they may match more.
pub fn version_patterns(provider: &Provider, escaped: &str) -> Vec<String> {
    let naming = Naming::of(provider);
    let mut patterns: Vec<String> =
        naming.marks.iter().map(|mark| format!("{escaped}{}", mark.replace('0', "_"))).collect();
    let bare: Vec<String> = [escaped.to_owned()].into_iter().chain(patterns.iter().cloned()).collect();
    for prefix in naming.prefixes {
        patterns.extend(bare.iter().map(|name| format!("{prefix}{name}")));
    }
    patterns
}
