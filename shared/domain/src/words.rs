//! Enums whose variants are words in requests, responses and the database.

use strum::VariantArray;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

/// An enum with a word for each variant, as `strum` derives them with `IntoStaticStr` and `VariantArray`.
pub trait Word: Copy + VariantArray + Into<&'static str> {
    const ALL: &'static [Self] = Self::VARIANTS;

    fn as_str(self) -> &'static str {
        self.into()
    }

    /// Its own function wherever it is called: LLVM 22 unrolls the comparisons, and then takes over ten minutes for the
    /// deserialiser of a list of words that they were inlined into.
    #[inline(never)]
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|variant| variant.as_str() == word)
    }

    fn words() -> Vec<&'static str> {
        Self::ALL.iter().map(|variant| variant.as_str()).collect()
    }
}

impl<T: Copy + VariantArray + Into<&'static str>> Word for T {}

/// Text that is one of the words of an enum.
pub fn schema<T: Word>() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(T::words())).into()
}

/// Derives schemas of words for the OpenAPI document from the words themselves.
#[macro_export]
macro_rules! word_schemas {
    ($($word:ty),+ $(,)?) => {$(
        impl ::utoipa::PartialSchema for $word {
            fn schema() -> ::utoipa::openapi::RefOr<::utoipa::openapi::Schema> {
                $crate::words::schema::<Self>()
            }
        }

        impl ::utoipa::ToSchema for $word {}
    )+};
}
