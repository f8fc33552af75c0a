//! The OpenAPI document of the whole API, merged from those of the functions.

use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApiBuilder};

/// The document as it is committed to `docs/openapi.json`.
pub fn document() -> anyhow::Result<String> {
    let key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("tm_…")
        .description(Some("A Tokenmeter key. For `/v1`, set it as the SDK's API key."))
        .build();
    let x_api_key =
        ApiKeyValue::with_description("X-Api-Key", "The same key, where Anthropic's SDKs send theirs.");
    let x_goog_api_key =
        ApiKeyValue::with_description("X-Goog-Api-Key", "The same key, where Google's SDKs send theirs.");
    let schemes = ComponentsBuilder::new()
        .security_scheme("key", SecurityScheme::Http(key))
        .security_scheme("x_api_key", SecurityScheme::ApiKey(ApiKey::Header(x_api_key)))
        .security_scheme("x_goog_api_key", SecurityScheme::ApiKey(ApiKey::Header(x_goog_api_key)));
    let mut document = OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Tokenmeter")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some("A metering proxy for LLM APIs: cost, tokens and latency per user label, with hard budgets."))
                .license(Some(
                    LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build(),
                ))
                .build(),
        )
        .components(Some(schemes.build()))
        .build();
    document.merge(chat::openapi());
    document.merge(summary::openapi());
    document.merge(admin::openapi());
    Ok(document.to_pretty_json()? + "\n")
}
