//! `GET /api/usage/values`: what to choose from in a filter.

use axum::Json;
use axum::extract::State;
use domain::money::PicoUsdSum;
use domain::queries::ValueField;
use ledger::usage::{self, SeenValue};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::responses::{Forbidden, Invalid, Unauthenticated, Unavailable};
use web::values::Whole;
use web::values::schemas::{self, QueryText};
use web::{ApiError, QueryParams, Reader, Request};

use crate::bounds;
use crate::state::SummaryState;

const DEFAULT_LIMIT: i64 = 20;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ValueList {
    pub data: Vec<KnownValue>,
}

/// A value, with what its calls add up to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KnownValue {
    /// A label, a model, the id of a key, the name of a tag, or a tag's value.
    pub value: String,
    /// The name of a key; null for other fields, and if your key is bound to a label, for keys that are not bound to
    /// it.
    #[schema(required = true)]
    pub name: Option<String>,
    pub calls: i64,
    /// USD of the priced calls, an exact decimal; null where no call is priced.
    #[schema(value_type = Option<String>, required = true, example = "12.3456")]
    pub cost_usd: Option<PicoUsdSum>,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    pub last_call_at: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ValueParams {
    /// `user_label`, `model`, `provider`, `key`, `tag` for the names of tags, or `tag.<name>` for the values of one
    #[param(inline, value_type = Field)]
    field: Field,
    /// Only values, or names of keys, that contain this text, in any case
    #[param(inline, value_type = Option<QueryText>)]
    q: Option<String>,
    /// How many; default 20
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<Whole<1, 200>>,
}

impl Request for ValueParams {}

#[derive(Debug)]
pub(crate) struct Field(ValueField);

web::schema!(Field, schemas::pattern(r"^(user_label|model|provider|key|tag|tag\.[!-+.-<>-~-]{1,64})$"));

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let field = ValueField::parse(&String::deserialize(deserializer)?);
        field
            .map(Self)
            .ok_or_else(|| D::Error::custom("must be user_label, model, provider, key, tag or tag.<name>"))
    }
}

#[utoipa::path(
    get,
    path = "/api/usage/values",
    tag = "usage",
    description = "What calls had, for suggestions while a filter is typed: values that begin with the text first, then by \
        number of calls. Labels, models and keys are those of all calls; tags those of the newest 100,000 calls.",
    params(ValueParams),
    responses(
        (status = 200, description = "The values", body = ValueList),
        Unauthenticated, Forbidden, Invalid, Unavailable,
    ),
    security(("key" = [])),
)]
pub(crate) async fn list_values(
    State(state): State<SummaryState>,
    Reader(caller): Reader,
    QueryParams(params): QueryParams<ValueParams>,
) -> Result<Json<ValueList>, ApiError> {
    let limit = params.limit.map_or(DEFAULT_LIMIT, |limit| limit.0);
    let text = params.q.as_deref().filter(|text| !text.is_empty());
    let label = caller.user_label.as_deref();
    let values = usage::list_values(state.database(), &params.field.0, text, label, limit).await?;
    Ok(Json(ValueList { data: values.into_iter().map(KnownValue::from).collect() }))
}

impl From<SeenValue> for KnownValue {
    fn from(seen: SeenValue) -> Self {
        Self {
            value: seen.value,
            name: seen.name,
            calls: seen.calls,
            cost_usd: seen.cost,
            last_call_at: bounds::text(seen.last_call_at),
        }
    }
}
