//! The OpenAPI document of the whole API, merged from the functions' documents.

use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApiBuilder};

/// The document, as committed to `docs/openapi.json`.
pub fn document() -> anyhow::Result<String> {
    let key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("tm_…")
        .description(Some("A Tokenmeter key. Under `/v1`, put it where the SDK expects the provider's key."))
        .build();
    let mut document = OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Tokenmeter")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some("Counts what calls to LLMs cost, and whose they are."))
                .license(Some(
                    LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build(),
                ))
                .build(),
        )
        .components(Some(ComponentsBuilder::new().security_scheme("key", SecurityScheme::Http(key)).build()))
        .build();
    document.merge(chat::ApiDoc::openapi());
    document.merge(summary::ApiDoc::openapi());
    document.merge(admin::ApiDoc::openapi());
    Ok(document.to_pretty_json()? + "\n")
}
