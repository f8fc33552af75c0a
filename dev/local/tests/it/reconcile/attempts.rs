//! Attempts before the one that a caller got the answer of.

use mock_provider::{Billed, BilledKind, MockProvider, Usage};

use super::*;

/// The provider bills each attempt that it worked on, whatever became of its response.
#[tokio::test]
async fn earlier_attempts_of_a_call_are_not_calls_of_others() {
    let world = World::start().await;
    let now = &world.harness.db.rows("select extract(epoch from now())::bigint as at").await[0]["at"];
    // One whose error reports its usage, and one that a gateway lost.
    for (model, served, fault) in [
        ("gpt-4o", "gpt-4o-2024-11-20", Fault::ServerError),
        ("gpt-4o-mini", "gpt-4o-mini-2024-07-18", Fault::GatewayTimeout),
    ] {
        world.harness.mock.script([Behaviour {
            fault: Some(fault),
            refused_usage: Some(true),
            prompt_tokens: Some(100),
            completion_tokens: Some(20),
            retry_after_ms: Some("1".to_owned()),
            ..Behaviour::default()
        }]);
        world.call(model).await;
        world.harness.mock.bill(Billed {
            at: now.as_u64().unwrap(),
            kind: BilledKind::Completions,
            model: served.to_owned(),
            service_tier: "default".to_owned(),
            project_id: "proj_mock".to_owned(),
            api_key_id: MockProvider::api_key_id("sk-mock-of-the-tests"),
            requests: 1,
            usage: Usage { input_tokens: 100, output_tokens: 20, ..Usage::default() },
        });
    }
    world.fetch().await;
    world.finish_days().await;
    for is_sealed in [false, true] {
        let known = world.row("gpt-4o-2024-11-20").await;
        for (field, difference) in [
            ("calls", json!(1)),
            ("input_tokens", json!(0)),
            ("output_tokens", json!(0)),
            ("cost_usd", json!("0")),
        ] {
            assert_eq!(known["difference"][field], difference, "{field}: {known}");
        }
        assert_eq!(known["causes"], json!(["earlier_attempts"]), "{known}");
        let lost = world.row("gpt-4o-mini-2024-07-18").await;
        assert_eq!(
            (&lost["difference"]["calls"], &lost["causes"]),
            (&json!(1), &json!(["earlier_attempts"]))
        );
        assert!(lost["difference"]["input_tokens"].as_i64() > Some(0), "{lost}");
        let mut days = world.rows("").await;
        days.retain(|day| day["provider"]["calls"] != 0);
        assert!(
            !days.is_empty() && days.iter().all(|day| day["causes"] == json!(["earlier_attempts"])),
            "{days:?}"
        );
        if !is_sealed {
            let pace = ledger::rollups::Pace { margin: std::time::Duration::ZERO, ..Default::default() };
            ledger::rollups::seal(&world.harness.db.open(), pace).await.unwrap();
        }
    }
}
