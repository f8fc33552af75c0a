//! Coding agents: which one sent a request, in which session, and for which of its own agents. Each is a tag, beside
//! those that the caller sets.

use domain::names::is_tag_value;
use http::HeaderMap;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::caller::MAX_TAGS;

/// What a coding agent says of itself.
struct Agent {
    client: &'static str,
    session: Option<String>,
    /// One of several that work in the session.
    worker: Option<String>,
    /// Of an agent that names where it is installed, and no session.
    installation: Option<String>,
}

/// Adds what a coding agent says of itself. A tag of the caller's own stays as it is, and so does a list that is full.
pub(crate) fn with_agent_tags(tags: Option<Value>, headers: &HeaderMap, user: Option<&str>) -> Option<Value> {
    let Some(agent) = Agent::of(headers, user) else { return tags };
    let mut tags = match tags {
        Some(Value::Object(tags)) => tags,
        _ => Map::new(),
    };
    let known = [
        ("client", Some(agent.client.to_owned())),
        ("session", agent.session),
        ("agent", agent.worker),
        ("installation", agent.installation),
    ];
    for (name, value) in known {
        if let Some(value) = value.filter(|value| is_tag_value(value))
            && tags.len() < MAX_TAGS
        {
            tags.entry(name).or_insert_with(|| value.into());
        }
    }
    Some(Value::Object(tags))
}

impl Agent {
    fn of(headers: &HeaderMap, user: Option<&str>) -> Option<Self> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let any = |names: &[&str]| names.iter().find_map(|name| text(name)).map(str::to_owned);
        let program = text("user-agent").unwrap_or_default();
        let is_codex = text("originator").is_some_and(|originator| originator.starts_with("codex"));
        if program.starts_with("claude-cli/") || headers.contains_key("x-claude-code-session-id") {
            let session = any(&["x-claude-code-session-id"]).or_else(|| user.and_then(session_in));
            let worker = any(&["x-claude-code-agent-id"]);
            return Some(Self { client: "claude-code", session, worker, installation: None });
        }
        if program.starts_with("codex") || is_codex {
            let session = any(&["session-id", "session_id", "thread-id"]);
            let worker = any(&["x-openai-subagent"]);
            return Some(Self { client: "codex", session, worker, installation: None });
        }
        if program.starts_with("GeminiCLI") {
            let installation = any(&["x-gemini-api-privileged-user-id"]);
            return Some(Self { client: "gemini-cli", session: None, worker: None, installation });
        }
        None
    }
}

/// The session in what Claude Code sends as `metadata.user_id`, which names no person: a JSON object, in older versions
/// `user_…_account_…_session_…`.
pub(crate) fn session_in(user: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct User {
        session_id: String,
    }
    if let Ok(user) = serde_json::from_str::<User>(user) {
        return Some(user.session_id);
    }
    let (account, session) = user.strip_prefix("user_")?.rsplit_once("_session_")?;
    account.contains("_account_").then(|| session.to_owned())
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};
    use serde_json::json;

    use super::*;

    fn tags(headers: &[(&'static str, &str)], own: Option<Value>, user: Option<&str>) -> Option<Value> {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::try_from(*value).unwrap()))
            .collect();
        with_agent_tags(own, &headers, user)
    }

    const CLAUDE: (&str, &str) = ("user-agent", "claude-cli/2.1.86 (external, cli)");

    #[test]
    fn agents_name_themselves_and_their_sessions() {
        let session = ("x-claude-code-session-id", "s1");
        let agent = ("x-claude-code-agent-id", "a1");
        let all = json!({"client": "claude-code", "session": "s1", "agent": "a1"});
        assert_eq!(tags(&[CLAUDE, session, agent], None, None), Some(all));
        for user in
            [r#"{"device_id":"d","account_uuid":"u","session_id":"s2"}"#, "user_abc_account_0a-1b_session_s2"]
        {
            assert_eq!(
                tags(&[CLAUDE], None, Some(user)),
                Some(json!({"client": "claude-code", "session": "s2"}))
            );
        }
        let codex = [("originator", "codex_cli_rs"), ("session_id", "s3"), ("x-openai-subagent", "review")];
        let expected = json!({"client": "codex", "session": "s3", "agent": "review"});
        assert_eq!(tags(&codex, None, None), Some(expected));
        let gemini = [("user-agent", "GeminiCLI/0.20.0/gemini-2.5-pro (linux; x64)")];
        assert_eq!(tags(&gemini, None, None), Some(json!({"client": "gemini-cli"})));
        let installed = [gemini[0], ("x-gemini-api-privileged-user-id", "i1")];
        let expected = json!({"client": "gemini-cli", "installation": "i1"});
        assert_eq!(tags(&installed, None, None), Some(expected));
        assert_eq!(tags(&[("user-agent", "OpenAI/Python 2.1.0")], None, Some("someone")), None);
    }

    #[test]
    fn tags_of_the_caller_win() {
        let own = json!({"client": "ours", "team": "search"});
        let expected = json!({"client": "ours", "team": "search", "session": "s1"});
        assert_eq!(tags(&[CLAUDE, ("x-claude-code-session-id", "s1")], Some(own), None), Some(expected));
        let full: Value =
            (0..MAX_TAGS).map(|at| (format!("t{at}"), Value::from("v"))).collect::<Map<_, _>>().into();
        assert_eq!(tags(&[CLAUDE], Some(full.clone()), None), Some(full));
        let long = "x".repeat(65);
        let only = json!({"client": "claude-code"});
        assert_eq!(tags(&[CLAUDE, ("x-claude-code-session-id", &long)], None, None), Some(only));
    }

    #[test]
    fn users_of_other_programs_are_no_sessions() {
        for user in ["someone", "user_7", "user_a_session_b", "{}", r#"{"session_id":7}"#, ""] {
            assert_eq!(session_in(user), None, "{user}");
        }
    }
}
