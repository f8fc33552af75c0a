//! Azure OpenAI's paths. `/openai/v1/…` is OpenAI's API; the older paths name a deployment, or no version at all.

use domain::calls::Wire;
use domain::upstreams::UpstreamFacts;

use super::Place;

/// What below a deployment is served here.
const OF_DEPLOYMENTS: [&str; 3] = ["chat/completions", "completions", "embeddings"];

/// Whether an upstream has Azure's paths: its base URL ends where they begin.
pub(super) fn is_azure(facts: &UpstreamFacts) -> bool {
    facts.wire == Wire::OpenAi && facts.base_url.as_str().ends_with("/openai")
}

/// Where the upstream has what is at this path, and the path of OpenAI that it stands for.
pub(super) fn address(path: &str) -> (Place, String) {
    let below = path.strip_prefix("/openai").filter(|below| below.starts_with('/')).unwrap_or(path);
    if below.starts_with("/v1/") {
        return (Place { base: "/v1".to_owned(), deployment: None, passes_query: true }, below.to_owned());
    }
    let deployed = below.strip_prefix("/deployments/").and_then(|rest| rest.split_once('/'));
    let (deployment, endpoint) = match deployed {
        Some((name, endpoint)) if is_deployment(name) && OF_DEPLOYMENTS.contains(&endpoint) => {
            (Some(name.to_owned()), format!("/v1/{endpoint}"))
        }
        // Not served: no path of OpenAI.
        Some(_) => (None, below.to_owned()),
        None => (None, format!("/v1{below}")),
    };
    let base = deployment.as_deref().map(|name| format!("/deployments/{name}")).unwrap_or_default();
    (Place { base, deployment, passes_query: true }, endpoint)
}

/// Whether a name is one segment of a path, and nothing else.
fn is_deployment(name: &str) -> bool {
    !name.starts_with('.')
        && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_.".contains(&c))
        && !name.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_shapes_stand_for_paths_of_openai() {
        for (path, served, base, deployment) in [
            ("/openai/v1/chat/completions", "/v1/chat/completions", "/v1", None),
            ("/v1/responses", "/v1/responses", "/v1", None),
            (
                "/openai/deployments/prod-1/chat/completions",
                "/v1/chat/completions",
                "/deployments/prod-1",
                Some("prod-1"),
            ),
            ("/openai/deployments/e/embeddings", "/v1/embeddings", "/deployments/e", Some("e")),
            ("/openai/responses", "/v1/responses", "", None),
            ("/openai/models", "/v1/models", "", None),
        ] {
            let (place, found) = address(path);
            assert_eq!(
                (found.as_str(), place.base.as_str(), place.deployment.as_deref()),
                (served, base, deployment)
            );
        }
        for path in [
            "/openai/deployments/prod/audio/speech",
            "/openai/deployments/../chat/completions",
            "/openai/deployments/a%2fb/chat/completions",
            "/openai/deployments//chat/completions",
        ] {
            assert!(!address(path).1.starts_with("/v1/"), "{path}");
        }
    }
}
