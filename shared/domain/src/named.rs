//! Enums whose variants have names, in requests and in the database.

/// The names that `strum` derives, in the words used throughout: `ALL` and `as_str`; parsing is `FromStr`.
macro_rules! named {
    ($($name:ty),+) => {
        $(impl $name {
            pub const ALL: &[Self] = <Self as strum::VariantArray>::VARIANTS;

            pub fn as_str(self) -> &'static str {
                self.into()
            }
        })+
    };
}
pub(crate) use named;
