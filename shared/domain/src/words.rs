//! Enums whose variants are words in requests, responses and the database.

use strum::VariantArray;

/// An enum with a word for each variant, as `strum` derives them with `IntoStaticStr` and `VariantArray`.
pub trait Word: Copy + VariantArray + Into<&'static str> {
    const ALL: &'static [Self] = Self::VARIANTS;

    fn as_str(self) -> &'static str {
        self.into()
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|variant| variant.as_str() == word)
    }

    fn words() -> Vec<&'static str> {
        Self::ALL.iter().map(|variant| variant.as_str()).collect()
    }
}

impl<T: Copy + VariantArray + Into<&'static str>> Word for T {}
