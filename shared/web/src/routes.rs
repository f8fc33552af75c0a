//! Routes, listed once: for requests, and for the OpenAPI document.

use axum::handler::Handler;
use axum::routing::MethodRouter;
use utoipa::openapi::HttpMethod;
use utoipa_axum::PathItemExt as _;

/// Generates functions that return the routes of these handlers, and `openapi()`, which describes all of them.
///
/// A router does not build the document: no request needs it, and every cold start would wait for it.
#[macro_export]
macro_rules! routes {
    ($state:ty; $(fn $name:ident: $($handler:path),+;)+) => {
        $(
            fn $name() -> axum::Router<$state> {
                // `@path` is internal to `utoipa_axum`: the only way to a handler's path that does not build the document.
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
            $crate::utoipa_axum::router::OpenApiRouter::<$state>::default()
                $($(.routes($crate::utoipa_axum::routes!($handler)))+)+
                .into_openapi()
        }
    };
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
