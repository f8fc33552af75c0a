//! Query parameters that several usage endpoints share.

mod calls;
mod grouping;

use domain::ids::KeyId;
use domain::keys::Caller;
use domain::names::{LABEL_RULE, TAG_NAME_RULE, TAG_VALUE_RULE, is_tag_name, is_tag_value, parse_label};
use domain::queries::{CostBasis, TimeRange, UsageFilter};
use serde::de::{Deserialize, Deserializer, Error};
use utoipa::IntoParams;
use web::values::{Id, Instant, Label, ModelName, OneOf, ProviderName};
use web::{ApiError, FieldError, Input, Request};

pub(crate) use calls::{CallParams, OutcomeParams, texts};
pub(crate) use grouping::{SumParams, SumRequest};

const MAX_TAGS: usize = 8;

/// Which calls. `tag.<name>` parameters have no fixed names, so the endpoints' descriptions mention them.
#[derive(Debug, serde::Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsageParams {
    /// Start of the range, inclusive; default the first call
    #[param(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    from: Option<Instant>,
    /// End of the range, exclusive; default now
    #[param(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    to: Option<Instant>,
    /// Only these labels; repeatable
    #[param(inline, value_type = Option<Vec<Label>>)]
    user_label: Option<Vec<LabelFilter>>,
    /// Only these models, as requested; repeatable
    #[param(inline, value_type = Option<Vec<ModelName>>)]
    model: Option<Vec<ModelName>>,
    /// Only calls at these providers, such as `openai`; repeatable
    #[param(inline, value_type = Option<Vec<ProviderName>>)]
    provider: Option<Vec<ProviderName>>,
    /// Only calls of these keys, `key_…`; repeatable
    #[param(inline, value_type = Option<Vec<KeyId>>)]
    key_id: Option<Vec<Id<KeyId>>>,
    #[serde(rename = "tag.*")]
    #[param(ignore)]
    tags: Option<TagFilter>,
}

impl Request for UsageParams {
    fn check(input: &Input<'_>, errors: &mut Vec<FieldError>) {
        if let (Some(Instant(from)), Some(Instant(to))) = (input.get("from"), input.get("to"))
            && from > to
        {
            errors.push(FieldError::new("to", "must not be before 'from'"));
        }
        check_tags(input, errors);
    }
}

/// An error for each tag that no call can have.
pub(crate) fn check_tags(input: &Input<'_>, errors: &mut Vec<FieldError>) {
    let Some(Some(TagFilter(tags))) = input.get::<Option<TagFilter>>("tag.*") else { return };
    for (name, values) in tags {
        let field = format!("tag.{name}");
        if !is_tag_name(&name) {
            errors.push(FieldError::new(field, format!("the name of a tag {TAG_NAME_RULE}")));
        } else if !values.iter().all(|value| is_tag_value(value)) {
            errors.push(FieldError::new(field, TAG_VALUE_RULE));
        }
    }
}

/// A label as calls are recorded today, and as given: older calls may have a label that was recorded before it was
/// normalised.
#[derive(Debug)]
struct LabelFilter {
    label: String,
    given: String,
}

impl<'de> Deserialize<'de> for LabelFilter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = String::deserialize(deserializer)?;
        let label = parse_label(&given).ok_or_else(|| D::Error::custom(LABEL_RULE))?;
        Ok(Self { label, given })
    }
}

fn searched_labels(filters: Vec<LabelFilter>) -> Vec<String> {
    let mut labels: Vec<String> =
        filters.into_iter().flat_map(|filter| [filter.label, filter.given]).collect();
    labels.sort_unstable();
    labels.dedup();
    labels
}

impl UsageParams {
    /// The filter. A caller bound to a label reads only that.
    pub(crate) fn into_filter(self, caller: &Caller) -> Result<UsageFilter, ApiError> {
        let user_labels = match &caller.user_label {
            Some(own) => {
                let is_foreign = |wanted: &LabelFilter| wanted.label != *own;
                if self.user_label.iter().flatten().any(is_foreign) {
                    return Err(ApiError::LabelNotAllowed);
                }
                Some(vec![own.clone()])
            }
            None => self.user_label.map(searched_labels),
        };
        Ok(UsageFilter {
            range: TimeRange { from: self.from.map(|from| from.0), to: self.to.map(|to| to.0) },
            user_labels,
            models: self.model.map(|models| models.into_iter().map(|model| model.0).collect()),
            providers: self
                .provider
                .map(|names| names.into_iter().map(|name| name.0.as_str().to_owned()).collect()),
            key_ids: self.key_id.map(|ids| ids.into_iter().map(|id| id.0).collect()),
            tags: self.tags.map(|tags| tags.0).unwrap_or_default(),
            ..UsageFilter::default()
        })
    }
}

/// Which cost.
#[derive(Debug, serde::Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CostParams {
    /// `billed` (default): as billed when each call was settled, as on invoices and in limits. `current`: at current
    /// prices, with all price corrections, dated like the calls they correct
    #[param(inline, value_type = Option<CostBasis>)]
    cost: Option<OneOf<CostBasis>>,
}

impl Request for CostParams {}

impl CostParams {
    pub(crate) fn basis(&self) -> CostBasis {
        self.cost.map(|cost| cost.0).unwrap_or_default()
    }
}

/// Tag names and the values allowed, out of parameters such as `tag.team=search`.
#[derive(Debug)]
pub(crate) struct TagFilter(pub Vec<(String, Vec<String>)>);

impl<'de> Deserialize<'de> for TagFilter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut tags: Vec<(String, Vec<String>)> = Vec::new();
        for (name, value) in Vec::<(String, String)>::deserialize(deserializer)? {
            let name = name.strip_prefix("tag.").unwrap_or(&name);
            match tags.iter_mut().find(|(known, _)| known == name) {
                Some((_, values)) => values.push(value),
                None => tags.push((name.to_owned(), vec![value])),
            }
        }
        if tags.len() > MAX_TAGS {
            return Err(D::Error::custom(format!("must name at most {MAX_TAGS} tags")));
        }
        Ok(Self(tags))
    }
}
