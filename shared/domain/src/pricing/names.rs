//! Which names of a model mean the same price: a version of a model has that of the model. Never by prefix.

use crate::provider::{Provider, ProviderModel};

/// How a provider marks the versions of a model.
struct Naming {
    /// Before the name where it stands for a resource.
    prefix: &'static str,
    /// A mark is literal, but `0` is any digit.
    marks: &'static [&'static str],
}

const OPENAI: Naming = Naming { prefix: "", marks: &["-0000-00-00"] };
/// `@` is how Google Cloud writes dates of Claude.
const ANTHROPIC: Naming = Naming { prefix: "", marks: &["-00000000", "@00000000", "-latest"] };
const GOOGLE: Naming = Naming { prefix: "models/", marks: &["-000", "-latest"] };

impl Naming {
    fn of(provider: &Provider) -> &'static Self {
        if *provider == Provider::ANTHROPIC {
            &ANTHROPIC
        } else if *provider == Provider::GOOGLE {
            &GOOGLE
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
        let resource = Some(naming.prefix).filter(|prefix| !prefix.is_empty());
        let bare = resource.and_then(|prefix| self.name.strip_prefix(prefix)).filter(|name| !name.is_empty());
        let unversioned = naming.without_mark(bare.unwrap_or(self.name));
        [Some(self.name), bare, unversioned].into_iter().flatten()
    }
}

/// Patterns of SQL's `like` for other names of a model whose own name is `escaped`; they may match more.
pub fn version_patterns(provider: &Provider, escaped: &str) -> Vec<String> {
    let naming = Naming::of(provider);
    let mut patterns: Vec<String> =
        naming.marks.iter().map(|mark| format!("{escaped}{}", mark.replace('0', "_"))).collect();
    if !naming.prefix.is_empty() {
        let with_prefix = |name: &str| format!("{}{name}", naming.prefix);
        let prefixed: Vec<String> = patterns.iter().map(|name| with_prefix(name)).collect();
        patterns.push(with_prefix(escaped));
        patterns.extend(prefixed);
    }
    patterns
}
