//! Every fault, plain and streamed, has the outcome that its table entry declares.

use mock_provider::{Behaviour, Fault, FaultOutcome, Match};
use serde_json::{Value, json};

use crate::client::{TestMock, hello, with};

fn request(path: &str, stream: bool, fault: Fault) -> Value {
    let mut metadata = json!({ "mock_fault": fault.name() });
    if fault == Fault::Slow {
        metadata = with(metadata, json!({ "mock_latency_ms": "1", "mock_chunk_delay_ms": "1" }));
    }
    let mut body = match path {
        "/responses" => json!({ "model": "gpt-4.1", "input": "hello there" }),
        _ => hello("gpt-4.1"),
    };
    if stream {
        body["stream"] = json!(true);
        if path != "/responses" {
            body["stream_options"] = json!({ "include_usage": true });
        }
    }
    with(body, json!({ "metadata": metadata }))
}

async fn check(mock: &TestMock, path: &str, stream: bool, fault: Fault) {
    if fault == Fault::HeldOpen && stream {
        return;
    }
    mock.mock.reset();
    let body = request(path, stream, fault);
    let case = format!("{fault} on {path}, stream: {stream}");
    if fault.outcome(stream) == FaultOutcome::Never {
        let mut hanging = Box::pin(mock.send(mock.post(path, &body)));
        let arrived = mock.counters_when(|counters| counters.in_flight == 1);
        tokio::select! {
            biased;
            _ = &mut hanging => panic!("{case} got a response"),
            _ = arrived => {}
        }
        drop(hanging);
        mock.counters_when(|counters| counters.total.aborted == 1 && counters.in_flight == 0).await;
        return;
    }
    let answer = mock.send(mock.post(path, &body)).await;
    let total = mock.mock.counters().total;
    match fault.outcome(stream) {
        FaultOutcome::Usage => {
            let answer = answer.expect(&case);
            assert_eq!(answer.status, 200, "{case}");
            let is_readable = match fault {
                Fault::Infinity => false,
                Fault::SingleNewlines => !stream,
                Fault::BadJson => stream,
                _ => true,
            };
            assert!(!is_readable || answer.usage().is_some(), "{case}: {}", answer.text);
            assert_eq!((total.answered_with_usage, total.answered_without_usage), (1, 0), "{case}");
        }
        FaultOutcome::NoUsage => {
            let answer = answer.expect(&case);
            assert_eq!(answer.status, 200, "{case}");
            assert!(answer.usage().is_none(), "{case}: {}", answer.text);
            assert_eq!((total.answered_with_usage, total.answered_without_usage), (0, 1), "{case}");
        }
        FaultOutcome::WrongUsage => {
            assert_eq!(answer.expect(&case).status, 200, "{case}");
            assert_eq!((total.answered_with_usage, total.answered_without_usage), (0, 1), "{case}");
        }
        FaultOutcome::Refused(status) => {
            assert_eq!(answer.expect(&case).status, status, "{case}");
            assert_eq!((total.refused, total.answered_without_usage), (1, 0), "{case}");
        }
        FaultOutcome::RefusedThenUsage(status) => {
            assert_eq!(answer.expect(&case).status, status, "{case}");
            let second = mock.call(path, body.clone()).await;
            assert!(second.status == 200 && second.usage().is_some(), "{case}: {}", second.text);
            assert_eq!(
                mock.call(path, body).await.status,
                status,
                "{case}: the count restarts with the next call"
            );
        }
        FaultOutcome::Broken => {
            assert!(answer.is_err(), "{case}");
            assert_eq!(total.aborted, 1, "{case}");
        }
        FaultOutcome::Never => unreachable!(),
    }
    if fault != Fault::Ok {
        assert!(mock.mock.counters().faults.contains_key(&fault), "{case}");
    }
}

#[tokio::test]
async fn every_fault_has_its_outcome_on_chat_completions() {
    let mock = TestMock::start().await;
    for fault in Fault::ALL {
        check(&mock, "/chat/completions", false, *fault).await;
        check(&mock, "/chat/completions", true, *fault).await;
    }
}

#[tokio::test]
async fn every_fault_has_its_outcome_on_responses() {
    let mock = TestMock::start().await;
    for fault in Fault::ALL {
        check(&mock, "/responses", false, *fault).await;
        check(&mock, "/responses", true, *fault).await;
    }
}

async fn streamed(mock: &TestMock, fault: Fault) -> crate::client::TestResponse {
    mock.call("/chat/completions", request("/chat/completions", true, fault)).await
}

#[tokio::test]
async fn each_fault_damages_the_stream_as_described() {
    let mock = TestMock::start().await;
    let whole = streamed(&mock, Fault::Ok).await;
    let count = whole.events().len();

    assert!(!streamed(&mock, Fault::NoDone).await.text.contains("[DONE]"));
    assert!(streamed(&mock, Fault::Truncated).await.events().len() < count);
    assert!(!streamed(&mock, Fault::TruncatedMidEvent).await.text.ends_with("\n\n"));
    assert!(!streamed(&mock, Fault::Crlf).await.text.replace("\r\n", "").contains('\n'));
    assert!(streamed(&mock, Fault::Comments).await.text.contains(": keep-alive"));
    assert!(streamed(&mock, Fault::ErrorInStream).await.events().last().unwrap()["error"].is_object());
    assert_eq!(streamed(&mock, Fault::TinyChunks).await.events().len(), count);
    let broken = streamed(&mock, Fault::BadJson).await;
    assert_eq!((broken.data().len(), broken.events().len()), (count + 2, count));
    assert!(streamed(&mock, Fault::Big).await.text.len() > 4 << 20);

    let usages = |answer: &crate::client::TestResponse| {
        answer.events().into_iter().filter(|chunk| !chunk["usage"].is_null()).collect::<Vec<_>>()
    };
    let on_choice = usages(&streamed(&mock, Fault::UsageOnChoiceChunk).await);
    assert_eq!((on_choice.len(), on_choice[0]["choices"].as_array().unwrap().len()), (1, 1));
    let growing = usages(&streamed(&mock, Fault::CumulativeUsage).await);
    assert!(growing.len() > 2);
    assert!(growing.is_sorted_by_key(|chunk| chunk["usage"]["completion_tokens"].as_u64()));
    let wrong = &usages(&streamed(&mock, Fault::WrongUsage).await)[0]["usage"];
    assert!(wrong["prompt_tokens_details"]["cached_tokens"].as_u64() > wrong["prompt_tokens"].as_u64());
}

#[tokio::test]
async fn wrong_usage_is_wrong_as_described() {
    let mock = TestMock::start().await;
    let plain = async |fault: Fault| {
        mock.call("/chat/completions", request("/chat/completions", false, fault)).await.json()["usage"]
            .clone()
    };
    let right = plain(Fault::Ok).await;
    let zero_input = plain(Fault::ZeroInput).await;
    assert_eq!(
        (&zero_input["prompt_tokens"], &zero_input["completion_tokens"]),
        (&json!(0), &right["completion_tokens"])
    );
    assert_eq!(plain(Fault::NegativeUsage).await["total_tokens"], -1);
    let hidden = plain(Fault::HiddenTotal).await;
    assert_eq!(hidden["total_tokens"].as_u64(), right["total_tokens"].as_u64().map(|total| total + 572));
    assert_eq!(plain(Fault::RivalCounts).await["input_tokens"], 1);

    let usages = |events: Vec<Value>| -> Vec<Value> {
        events.into_iter().map(|event| event["usage"].clone()).filter(|usage| !usage.is_null()).collect()
    };
    let split = usages(streamed(&mock, Fault::SplitUsage).await.events());
    assert_eq!((split.len(), &split[0]["completion_tokens"]), (2, &json!(1)));
    assert_eq!(split[1], json!({ "completion_tokens": right["completion_tokens"] }));
    let zeros = usages(streamed(&mock, Fault::ZerosAfterUsage).await.events());
    assert_eq!((&zeros[0], &zeros[1]["total_tokens"]), (&right, &json!(0)));
    let running = streamed(&mock, Fault::RunningUsageCut).await;
    assert!(!running.text.contains("[DONE]") && usages(running.events()).len() == running.events().len());
}

#[tokio::test]
async fn deformed_streams_are_deformed_as_described() {
    let mock = TestMock::start().await;
    assert_eq!(streamed(&mock, Fault::CutBeforeText).await.events().len(), 1);
    assert!(streamed(&mock, Fault::SplitSurrogates).await.text.contains(r#""content":"\ude00""#));
    assert!(!streamed(&mock, Fault::SingleNewlines).await.text.contains("\n\n"));
    assert!(streamed(&mock, Fault::ErrorAsStream).await.text.starts_with('{'));
    let response = mock.call("/responses", request("/responses", true, Fault::DoneEventsOnly)).await;
    assert!(response.text.contains("response.output_text.done") && !response.text.contains(".delta"));
}

#[tokio::test]
async fn deformed_legacy_streams_are_deformed_as_described() {
    let mock = TestMock::start().await;
    let body = |fault: Fault| json!({ "model": format!("davinci-002?fault={}", fault.name()), "prompt": "a", "stream": true });
    assert_eq!(mock.call("/completions", body(Fault::CutBeforeText)).await.text, "");
    let split = mock.call("/completions", body(Fault::SplitSurrogates)).await;
    assert!(split.text.contains(r#""text":"\ude00""#), "{}", split.text);
}

#[tokio::test]
async fn fault_precedence_is_model_suffix_metadata_header_script() {
    let mock = TestMock::start().await;
    assert_eq!(mock.call("/chat/completions", hello("mock-429")).await.status, 429);
    assert_eq!(mock.call("/chat/completions", hello("mock-429?fault=500")).await.status, 500);
    let body = with(hello("mock-429?fault=500"), json!({ "metadata": { "mock_fault": "503" } }));
    assert_eq!(mock.call("/chat/completions", body.clone()).await.status, 503);
    let by_header = || mock.post("/chat/completions", &body).header("x-mock-fault", "422");
    assert_eq!(mock.send(by_header()).await.unwrap().status, 422);
    mock.mock.script([Fault::Ok]);
    assert_eq!(mock.send(by_header()).await.unwrap().status, 200);
    assert_eq!(mock.send(by_header()).await.unwrap().status, 422);
}

#[tokio::test]
async fn rate_limits_have_retry_after_and_quota_does_not() {
    let mock = TestMock::start().await;
    let limited = mock.call("/chat/completions", hello("mock-429")).await;
    assert_eq!(
        (&limited.headers["retry-after"], &limited.headers["retry-after-ms"]),
        (&"1".parse().unwrap(), &"20".parse().unwrap())
    );
    let quota = mock.call("/chat/completions", hello("mock-quota")).await;
    assert_eq!(quota.json()["error"]["type"], "insufficient_quota");
    assert!(!quota.headers.contains_key("retry-after"));
    let request = mock.post("/chat/completions", &hello("mock-503")).header("x-mock-retry-after", "7");
    assert_eq!(mock.send(request).await.unwrap().headers["retry-after"], "7");
}

#[tokio::test]
async fn script_steps_apply_in_order_to_matching_requests() {
    let mock = TestMock::start().await;
    let slow_down = Behaviour { retry_after_ms: Some("3".to_owned()), ..Fault::RateLimited.into() };
    mock.mock.script_for(Match::model("gpt-4o"), [slow_down, Fault::Overloaded.into(), Fault::Ok.into()]);
    assert_eq!(mock.call("/chat/completions", hello("gpt-4.1")).await.status, 200);
    let first = mock.call("/chat/completions", hello("gpt-4o")).await;
    assert_eq!((first.status, first.headers["retry-after-ms"].to_str().unwrap()), (429, "3"));
    assert_eq!(mock.call("/chat/completions", hello("gpt-4o")).await.status, 503);
    assert_eq!(mock.call("/chat/completions", hello("gpt-4o")).await.status, 200);

    mock.mock.script_for(Match::header("x-case", "a"), [Fault::ServerError]);
    mock.mock.script_for(Match::tag("b"), [Fault::Conflict]);
    assert_eq!(mock.call("/chat/completions", hello("gpt-4o")).await.status, 200);
    let tagged = mock.post("/chat/completions", &hello("gpt-4o")).header("x-client-request-id", "b");
    assert_eq!(mock.send(tagged).await.unwrap().status, 409);
    let headed = mock.post("/chat/completions", &hello("gpt-4o")).header("x-case", "a");
    assert_eq!(mock.send(headed).await.unwrap().status, 500);
}
