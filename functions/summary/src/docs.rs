//! `GET /openapi.json` and `GET /docs`: the contract, and Swagger UI to read it.

use std::sync::{Arc, LazyLock};

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::response::{IntoResponse, Redirect, Response};
use http::header;
use utoipa_swagger_ui::Config;
use web::ApiError;

/// Written by `cargo xtask openapi` from the annotations of all functions, and compared with them by a test.
static DOCUMENT: &str = include_str!("../../../docs/openapi.json");
// Relative, so that it also holds below an API stage's path.
static UI: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| Arc::new(Config::from("../openapi.json")));

pub(crate) async fn get_document() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT)
}

pub(crate) async fn redirect_to_ui() -> Redirect {
    Redirect::permanent("docs/")
}

pub(crate) async fn get_ui_index() -> Result<Response, ApiError> {
    ui_file("index.html")
}

pub(crate) async fn get_ui_file(file: Result<Path<String>, PathRejection>) -> Result<Response, ApiError> {
    let Ok(Path(file)) = file else { return Err(ApiError::NotFound) };
    ui_file(&file)
}

fn ui_file(name: &str) -> Result<Response, ApiError> {
    let file = utoipa_swagger_ui::serve(name, Arc::clone(&UI))
        .map_err(|error| ApiError::Internal(error.to_string().into()))?;
    let file = file.ok_or(ApiError::NotFound)?;
    Ok(([(header::CONTENT_TYPE, file.content_type)], file.bytes.into_owned()).into_response())
}
