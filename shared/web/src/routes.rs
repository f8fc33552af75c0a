//! Routes, listed once: for requests, and for the OpenAPI document.

use axum::handler::Handler;
use axum::routing::MethodRouter;
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::{HttpMethod, OpenApi, RefOr, Required, Schema};
use utoipa_axum::PathItemExt as _;

/// Generates functions that return the routes of these handlers, and `openapi()`, which describes all of them.
///
/// A router does not build the document: no request needs it, and every cold start would wait for it.
#[macro_export]
macro_rules! routes {
    ($state:ty; $(fn $name:ident: $($handler:path),+;)+) => {
        $(
            fn $name() -> axum::Router<$state> {
                // `@path` is internal to `utoipa_axum`: the only way to a handler's path that does not build the
                // document.
                $crate::utoipa_axum::paste! {
                    axum::Router::new()$(.route(
                        &$crate::utoipa_axum::routes!(@path [path()] of $handler),
                        $crate::methods(&$crate::utoipa_axum::routes!(@path [methods()] of $handler), $handler),
                    ))+
                }
            }
        )+

        /// The OpenAPI document of these routes.
        pub fn openapi() -> utoipa::openapi::OpenApi {
            $crate::describe_bodies(
                $crate::utoipa_axum::router::OpenApiRouter::<$state>::default()
                    $($(.routes($crate::utoipa_axum::routes!($handler)))+)+
                    .into_openapi(),
            )
        }
    };
}

/// Bodies that may be empty, and those whose unknown fields are refused: the latter are all but the ones of endpoints
/// that existed before this rule or that pass bodies on.
pub fn describe_bodies(mut document: OpenApi) -> OpenApi {
    let Some(components) = &mut document.components else { return document };
    for (path, item) in &mut document.paths.paths {
        let operations = [&mut item.post, &mut item.patch].into_iter().flatten();
        for body in operations.filter_map(|operation| operation.request_body.as_mut()) {
            let RefOr::T(body) = body else { continue };
            let Some(RefOr::T(content)) = body.content.get("application/json") else { continue };
            let Some(RefOr::Ref(reference)) = &content.schema else { continue };
            let name = reference.ref_location.trim_start_matches("#/components/schemas/");
            let Some(RefOr::T(Schema::Object(object))) = components.schemas.get_mut(name) else { continue };
            let is_closed = path.starts_with("/api/") && path != "/api/llm/chat";
            if is_closed {
                object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
                body.required =
                    Some(if object.required.is_empty() { Required::False } else { Required::True });
            }
        }
    }
    document
}

/// A handler of these methods.
pub fn methods<T, S, H>(methods: &[HttpMethod], handler: H) -> MethodRouter<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    methods
        .iter()
        .fold(MethodRouter::new(), |router, method| router.on(method.to_method_filter(), handler.clone()))
}
