//! Service tiers as callers request them and as the provider reports them.

pub(super) const DEFAULT: &str = "default";

/// The name under which a *reported* tier is priced. An unknown name is kept and finds no row.
pub fn canonical_tier(answered: Option<&str>) -> &str {
    match answered {
        None | Some("" | "default" | "auto" | "standard") => DEFAULT,
        Some("fast") => "priority",
        Some(other) => other,
    }
}

/// Whether a call that *requested* a tier may be served in the given priced one.
///
/// No tier and `auto` mean the project's setting, which only the provider knows. Any other tier may be served as
/// requested or fall back to `default`.
pub(super) fn may_land_in(requested: Option<&str>, priced: &str) -> bool {
    is_open(requested) || priced == DEFAULT || priced == canonical_tier(requested)
}

/// Whether the caller leaves the tier to the provider.
pub(super) fn is_open(requested: Option<&str>) -> bool {
    matches!(requested, None | Some("" | "auto"))
}
