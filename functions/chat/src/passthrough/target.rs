//! What a request addresses: an endpoint, and where its provider has it.

use bytes::Bytes;
use domain::calls::{Endpoint, Wire};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use upstream::wire::{RequestBody, RequestError, bare_bedrock_model};
use web::ApiError;

use crate::incoming::IncomingRequest;
use crate::route::base_of;
use crate::upstreams::Upstream;

/// What is encoded in a segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'@');

pub(crate) struct Target {
    pub endpoint: Endpoint,
    /// Below the provider's base URL, with the query.
    pub path: String,
    /// What the paths of Gemini and Bedrock say of the body: the model, and whether a stream is asked for.
    addressed: Option<Addressed>,
}

struct Addressed {
    /// Empty in Bedrock's paths.
    version: String,
    method: String,
    model: String,
    stream: bool,
}

impl Target {
    /// An endpoint whose bodies name the model.
    pub(super) fn of(endpoint: Endpoint, incoming: &IncomingRequest) -> Self {
        let path = endpoint.upstream_path().to_owned();
        let path = match endpoint.wire() {
            // Anthropic's clients name betas in the query; OpenAI's have none.
            Wire::Anthropic => path + &incoming.query_to_pass_on(),
            Wire::OpenAi | Wire::Gemini | Wire::Bedrock => incoming.path_at_upstream(path),
        };
        Self { endpoint, path, addressed: None }
    }

    /// A method of a model, as in `/v1beta/models/gemini-3.5-flash:generateContent`. `kind` is what the model is one of.
    pub(super) fn of_model(
        (version, kind, call): (&str, &str, &str),
        incoming: &IncomingRequest,
    ) -> Result<Self, ApiError> {
        let (model, method) = call.split_once(':').unwrap_or((call, ""));
        let (endpoint, stream) = match method {
            "generateContent" => (Endpoint::GenerateContent, false),
            "streamGenerateContent" => (Endpoint::GenerateContent, true),
            "embedContent" => (Endpoint::EmbedContent, false),
            "batchEmbedContents" => (Endpoint::BatchEmbedContents, false),
            "countTokens" => (Endpoint::CountTokens, false),
            _ => return Err(unknown_method(call)),
        };
        if !is_model_name(model) {
            let message =
                "The model in the path must consist of letters, digits, '-', '_', '.' and '@'.".to_owned();
            return Err(ApiError::InvalidRequest { message, param: Some("model".to_owned()) });
        }
        check_format(incoming)?;
        let query = incoming.gemini_query();
        let path = format!("/{version}/{kind}/{model}:{method}{query}");
        let model = if kind == "models" { model.to_owned() } else { format!("{kind}/{model}") };
        let addressed = Addressed { version: version.to_owned(), method: method.to_owned(), model, stream };
        Ok(Self { endpoint, path, addressed: Some(addressed) })
    }

    /// The path of another model, at another upstream.
    pub(crate) fn path_at(
        &self,
        upstream: Option<&Upstream>,
        model: &str,
        incoming: &IncomingRequest,
    ) -> String {
        match &self.addressed {
            Some(Addressed { version, method, .. }) => {
                let model = utf8_percent_encode(model, SEGMENT);
                if self.endpoint.wire() == Wire::Bedrock {
                    return format!("/model/{model}/{method}");
                }
                format!("/{version}/models/{model}:{method}{}", incoming.gemini_query())
            }
            None => format!("{}{}", upstream.map_or("", base_of), self.path),
        }
    }

    /// A method of a model of Bedrock: the path's name of the model as it came, and the method.
    pub(super) fn of_bedrock(
        (endpoint, stream): (Endpoint, bool),
        (model, method): (&str, &str),
    ) -> Result<Self, ApiError> {
        let name = bare_bedrock_model(model).into_owned();
        if !is_bedrock_model(&name) {
            let message =
                "The model in the path must be an id of a model, an inference profile or an ARN.".to_owned();
            return Err(ApiError::InvalidRequest { message, param: Some("modelId".to_owned()) });
        }
        // A gateway in between may have decoded the slashes of an ARN.
        let path = format!("/model/{}/{method}", model.replace('/', "%2F"));
        let addressed = Addressed { version: String::new(), method: method.to_owned(), model: name, stream };
        Ok(Self { endpoint, path, addressed: Some(addressed) })
    }

    pub(super) fn parse(&self, incoming: &IncomingRequest, body: Bytes) -> Result<RequestBody, RequestError> {
        if let Some(route) = &incoming.route
            && let Some(deployment) = route.deployment()
        {
            return RequestBody::parse_of_deployment(self.endpoint, deployment, body);
        }
        match &self.addressed {
            Some(Addressed { model, stream, .. }) => {
                RequestBody::parse_of_model(self.endpoint, model.clone(), *stream, body)
            }
            None => RequestBody::parse(self.endpoint, body),
        }
    }
}

fn unknown_method(call: &str) -> ApiError {
    ApiError::EndpointNotSupported(format!(
        "Tokenmeter does not serve `{call}`. Of a model it serves generateContent, streamGenerateContent, embedContent, \
         batchEmbedContents and countTokens, such as `/v1beta/models/gemini-3.5-flash:generateContent`."
    ))
}

/// Whether a name is one segment of a path, and nothing else.
fn is_model_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._@".contains(c);
    !name.is_empty() && !name.starts_with('.') && name.chars().all(is_plain)
}

/// Whether a name is one of Bedrock's: no control characters, no white space, and no way out of its segment of the path.
fn is_bedrock_model(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._:/@".contains(c);
    !name.is_empty() && !name.starts_with('.') && name.chars().all(is_plain) && !name.contains("..")
}

/// Only JSON can be metered.
fn check_format(incoming: &IncomingRequest) -> Result<(), ApiError> {
    let query = incoming.query.as_deref().unwrap_or_default();
    let formats = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut formats = formats.filter(|(name, _)| matches!(*name, "alt" | "$alt" | "%24alt"));
    let is_read = |format: &str| {
        matches!(format, "json" | "sse" | "json;enum-encoding=int" | "json%3Benum-encoding%3Dint")
    };
    if formats.all(|(_, format)| is_read(format)) {
        return Ok(());
    }
    let message = "'alt' must be `json` or `sse`.".to_owned();
    Err(ApiError::InvalidRequest { message, param: Some("alt".to_owned()) })
}
