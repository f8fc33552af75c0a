//! Requests about limits.

use domain::ids::KeyId;
use domain::limits::{
    LimitChange, LimitFacts, LimitFilter, LimitSubject, Metric, Mode, Period, SubjectKind, Unbounded,
};
use domain::money::PicoUsd;
use domain::names::{LABEL_RULE, is_tag_name, is_tag_value, parse_label};
use serde::Deserialize;
use strum::{IntoStaticStr, VariantArray};
use utoipa::{IntoParams, ToSchema};
use web::values::{OneOf, Patch, Presence, RawJson, SearchText, decimal};
use web::{Amount, FieldError, Input, LimitSubjectView, Request};

const MAX_COUNT: i64 = 1_000_000_000_000_000;
/// What a bigint of pico-USD can hold, rounded down.
const MAX_USD: i64 = 3_000_000;
const PICO: i64 = 1_000_000_000_000;

/// Which limits to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LimitParams {
    /// Only limits of this kind of subject
    #[param(inline, value_type = Option<SubjectKind>)]
    subject_kind: Option<OneOf<SubjectKind>>,
    /// Only limits of this label, `key_…` or tag; `*` for limits on each
    #[param(inline, value_type = Option<SearchText>)]
    subject_id: Option<SearchText>,
    /// Only limits of this metric
    #[param(inline, value_type = Option<Metric>)]
    metric: Option<OneOf<Metric>>,
    /// Only limits with this window
    #[param(inline, value_type = Option<Period>)]
    window: Option<OneOf<Period>>,
    /// Only limits of this mode
    #[param(inline, value_type = Option<Mode>)]
    mode: Option<OneOf<Mode>>,
    /// `pace` adds `pace` to each limit: whether its window lasts, from the last four weeks
    #[param(inline, value_type = Option<Extra>)]
    include: Option<OneOf<Extra>>,
}

impl Request for LimitParams {
    fn check(input: &Input<'_>, errors: &mut Vec<FieldError>) {
        check_subject_id(input, errors);
    }
}

/// Of the subjects, labels alone have a rule that is stricter than that of a text to search for.
pub(super) fn check_subject_id(input: &Input<'_>, errors: &mut Vec<FieldError>) {
    if let Some(Some(OneOf(SubjectKind::Label))) = input.get("subject_kind")
        && let Some(Some(SearchText(text))) = input.get("subject_id")
        && parse_label(&text).is_none()
    {
        errors.push(FieldError::new("subject_id", LABEL_RULE));
    }
}

domain::word_schemas!(Extra);

/// What is included only where it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub(crate) enum Extra {
    Pace,
}

impl LimitParams {
    pub(super) fn wants_pace(&self) -> bool {
        self.include.is_some_and(|OneOf(extra)| extra == Extra::Pace)
    }

    pub(super) fn into_filter(self, user_label: Option<String>) -> LimitFilter {
        LimitFilter {
            subject_kind: self.subject_kind.map(|kind| kind.0),
            subject_id: self.subject_id.map(|SearchText(text)| stored_subject_id(text)),
            metric: self.metric.map(|metric| metric.0),
            period: self.window.map(|window| window.0),
            mode: self.mode.map(|mode| mode.0),
            user_label,
        }
    }
}

/// The id of a subject as the database stores it: keys without their prefix, labels normalised.
pub(super) fn stored_subject_id(text: String) -> String {
    match text.parse::<KeyId>() {
        Ok(id) => LimitSubject::Key(id).stored_id(),
        Err(_) => parse_label(&text).unwrap_or(text),
    }
}

#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewLimit {
    subject: LimitSubjectView,
    metric: Metric,
    /// `concurrency` counts calls in flight: its window is `total`, and may be left out.
    #[schema(value_type = Period, required = false)]
    window: Patch<Period>,
    /// `usd`: USD as a decimal string or number, up to 3000000; other metrics: a whole number. 0 refuses every call.
    #[schema(value_type = Amount)]
    amount: RawJson,
    mode: Mode,
    /// IANA time zone of its days, weeks and months.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 256, default = "UTC", example = "Europe/Berlin")]
    time_zone: Patch<SearchText>,
    /// What a hard limit on tokens or money does with a call whose input or tools only the model bounds, such as
    /// `previous_response_id`: reserve the most that the model can use, reserve a typical amount that the call may
    /// exceed, or refuse it.
    #[schema(value_type = Unbounded, required = false, default = "reserve")]
    unbounded: Patch<Unbounded>,
}

impl Request for NewLimit {
    fn check(input: &Input<'_>, errors: &mut Vec<FieldError>) {
        if let Some(subject) = input.get::<LimitSubjectView>("subject") {
            errors.extend(parse_subject(&subject).err());
        }
        let metric = input.get::<Metric>("metric");
        if let Some(window) = input.get::<Patch<Period>>("window") {
            errors.extend(parse_window(&window, metric).err());
        }
        if let Some((metric, amount)) = metric.zip(input.get::<RawJson>("amount")) {
            errors.extend(parse_amount(&amount, metric).err());
        }
    }
}

impl NewLimit {
    pub(super) fn into_facts(self) -> Result<LimitFacts, Vec<FieldError>> {
        let one = |error| vec![error];
        Ok(LimitFacts {
            subject: parse_subject(&self.subject).map_err(one)?,
            metric: self.metric,
            period: parse_window(&self.window, Some(self.metric)).map_err(one)?,
            amount: parse_amount(&self.amount, self.metric).map_err(one)?,
            mode: self.mode,
            time_zone: match self.time_zone {
                Patch::Set(SearchText(name)) => name,
                Patch::Missing => "UTC".to_owned(),
            },
            unbounded: match self.unbounded {
                Patch::Set(unbounded) => unbounded,
                Patch::Missing => Unbounded::default(),
            },
        })
    }
}

#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct LimitChanges {
    #[schema(ignore)]
    subject: Presence,
    #[schema(ignore)]
    metric: Presence,
    #[schema(ignore)]
    window: Presence,
    #[schema(ignore)]
    time_zone: Presence,
    #[schema(value_type = Amount, required = false)]
    amount: Patch<RawJson>,
    #[schema(value_type = Mode, required = false)]
    mode: Patch<Mode>,
    #[schema(value_type = Unbounded, required = false)]
    unbounded: Patch<Unbounded>,
}

impl Request for LimitChanges {}

impl LimitChanges {
    pub(super) fn into_change(self, metric: Metric) -> Result<LimitChange, Vec<FieldError>> {
        let fixed = [
            ("subject", self.subject),
            ("metric", self.metric),
            ("window", self.window),
            ("time_zone", self.time_zone),
        ];
        let fixed = fixed.into_iter().filter(|(_, is_present)| is_present.0);
        let mut errors: Vec<FieldError> =
            fixed.map(|(name, _)| FieldError::new(name, "cannot be changed: create a new limit")).collect();
        let amount = match &self.amount {
            Patch::Missing => Ok(None),
            Patch::Set(json) => parse_amount(json, metric).map(Some),
        };
        match amount {
            Ok(amount) if errors.is_empty() => Ok(LimitChange {
                amount: amount.map_or_else(Default::default, domain::change::Edit::Set),
                mode: self.mode.into_edit(|mode| mode),
                unbounded: self.unbounded.into_edit(|unbounded| unbounded),
            }),
            amount => {
                errors.extend(amount.err());
                Err(errors)
            }
        }
    }
}

fn parse_subject(subject: &LimitSubjectView) -> Result<LimitSubject, FieldError> {
    let invalid = |message: &str| FieldError::new("subject.id", message);
    match (subject.kind, &subject.id) {
        (SubjectKind::Global, None) => Ok(LimitSubject::Global),
        (SubjectKind::Global, Some(_)) => Err(invalid("must be left out where the kind is global")),
        (_, None) => Err(invalid("is required")),
        (SubjectKind::Label, Some(label)) => {
            parse_label(label).map(LimitSubject::Label).ok_or_else(|| invalid(LABEL_RULE))
        }
        (SubjectKind::Key, Some(id)) if id == "*" => Ok(LimitSubject::EachKey),
        (SubjectKind::Key, Some(id)) => match id.parse() {
            Ok(id) => Ok(LimitSubject::Key(id)),
            Err(_) => Err(invalid("must be an id such as key_…, or * for each key")),
        },
        (SubjectKind::Tag, Some(tag)) if is_tag(tag) => Ok(LimitSubject::Tag(tag.clone())),
        (SubjectKind::Tag, Some(_)) => Err(invalid(TAG_RULE)),
    }
}

const TAG_RULE: &str = "must be a tag and its value such as team=search, or team=* for each value; both 1 to 64 ASCII \
    characters without commas, line breaks or spaces around them, and the name is not *";

/// What `X-Usage-Tags` can hold. A limit for each name of a tag does not exist.
fn is_tag(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, value)| {
        is_tag_name(name) && name != "*" && is_tag_value(value) && !value.is_empty()
    })
}

/// Calls in flight have no window; every other metric needs one.
fn parse_window(window: &Patch<Period>, metric: Option<Metric>) -> Result<Period, FieldError> {
    let invalid = |message| FieldError::new("window", message);
    match (window, metric) {
        (Patch::Missing, Some(Metric::Concurrency)) => Ok(Period::Total),
        (Patch::Missing, _) => Err(invalid("is required")),
        (Patch::Set(period), Some(Metric::Concurrency)) if *period != Period::Total => {
            Err(invalid("must be total where the metric is concurrency"))
        }
        (Patch::Set(period), _) => Ok(*period),
    }
}

/// Counts are JSON numbers; USD is a decimal string or number.
fn parse_amount(json: &RawJson, metric: Metric) -> Result<i64, FieldError> {
    let invalid = |message: String| FieldError::new("amount", message);
    if metric == Metric::Usd {
        let usd: PicoUsd = decimal(json, "an amount of USD such as \"5.00\"").map_err(invalid)?;
        if (0..=MAX_USD * PICO).contains(&usd.as_pico()) {
            return Ok(usd.as_pico());
        }
        return Err(invalid(format!("must be from 0 to {MAX_USD} USD")));
    }
    let count = json.as_json().parse().ok().filter(|count| (0..=MAX_COUNT).contains(count));
    count.ok_or_else(|| invalid(format!("must be a whole number from 0 to {MAX_COUNT}")))
}
