//! `POST /api/llm/chat` under every fault.

use mock_provider::Fault;

use super::matrix::matrix;

#[tokio::test(flavor = "multi_thread")]
async fn llm_chat_under_every_fault() {
    insta::assert_snapshot!(matrix("/api/llm/chat", Fault::ALL.to_vec()).await, @"
    ok plain                     200 body                               | settled 200 - x1 9+10 priced
    400 plain                    400 upstream_error                     | failed 400 invalid_value x1 0+0 priced
    401 plain                    503 provider_key_rejected              | failed 401 provider_key_rejected x1 0+0 priced
    403 plain                    403 upstream_error                     | failed 403 model_not_found x1 0+0 priced
    404 plain                    404 upstream_error                     | failed 404 model_not_found x1 0+0 priced
    408 plain                    408 upstream_error                     | failed 408 timeout x2 0+0 unpriced
    409 plain                    409 upstream_error                     | failed 409 conflict x2 0+0 priced
    422 plain                    422 upstream_error                     | failed 422 invalid_request_error x1 0+0 priced
    429 plain                    429 upstream_error                     | failed 429 rate_limit_exceeded x2 0+0 priced
    429 then ok plain            200 body                               | settled 200 - x2 9+10 priced
    quota plain                  429 upstream_error                     | failed 429 insufficient_quota x1 0+0 priced
    500 plain                    500 upstream_error                     | failed 500 server_error x2 0+0 priced
    500 then ok plain            200 body                               | settled 200 - x2 9+10 priced
    502 plain                    502 upstream_error                     | failed 502 server_error x2 0+0 unpriced
    503 plain                    503 upstream_error                     | failed 503 server_is_overloaded x2 0+0 priced
    504 plain                    504 upstream_error                     | failed 504 - x2 0+0 unpriced
    html plain                   502 upstream_error                     | failed 502 - x2 0+0 unpriced
    html 200 plain               502 upstream_malformed                 | failed 200 upstream_malformed x1 0+0 unpriced
    reset plain                  502 upstream_interrupted               | failed null upstream_interrupted x1 0+0 unpriced
    reset mid body plain         502 upstream_interrupted               | failed null upstream_interrupted x1 0+0 unpriced
    hang plain                   504 upstream_timeout                   | failed null upstream_timeout x1 0+0 unpriced
    slow plain                   200 body                               | settled 200 - x1 9+10 priced
    empty plain                  502 upstream_malformed                 | failed 200 upstream_malformed x1 0+0 unpriced
    truncated plain              502 upstream_malformed                 | failed 200 upstream_malformed x1 0+0 unpriced
    truncated mid event plain    502 upstream_malformed                 | failed 200 upstream_malformed x1 0+0 unpriced
    bad json plain               502 upstream_malformed                 | failed 200 upstream_malformed x1 9+10 priced
    error in stream plain        200 body                               | settled 200 - x1 9+10 priced
    failed plain                 502 upstream_error                     | failed 200 server_error x1 0+0 priced
    no usage plain               200 body                               | estimated 200 - x1 bounds priced
    no done plain                200 body                               | settled 200 - x1 9+10 priced
    usage after finish plain     200 body                               | settled 200 - x1 9+10 priced
    usage on choice chunk plain  200 body                               | settled 200 - x1 9+10 priced
    cumulative usage plain       200 body                               | settled 200 - x1 9+10 priced
    wrong usage plain            200 body                               | estimated 200 - x1 bounds priced
    zero input plain             200 body                               | estimated 200 - x1 bounds priced
    zero usage plain             200 body                               | estimated 200 - x1 bounds priced
    negative usage plain         200 body                               | estimated 200 - x1 bounds priced
    impossible usage plain       200 body                               | estimated 200 - x1 bounds priced
    hidden total plain           200 body                               | estimated 200 - x1 bounds priced
    hidden reasoning plain       200 body                               | estimated 200 - x1 bounds priced
    rival counts plain           200 body                               | settled 200 - x1 9+10 priced
    split usage plain            200 body                               | settled 200 - x1 9+10 priced
    zeros after usage plain      200 body                               | settled 200 - x1 9+10 priced
    running usage cut plain      200 body                               | settled 200 - x1 9+10 priced
    cut before text plain        200 body                               | settled 200 - x1 9+10 priced
    done events only plain       200 body                               | settled 200 - x1 9+10 priced
    split surrogates plain       200 body                               | settled 200 - x1 9+10 priced
    infinity plain               200 body                               | settled 200 - x1 9+10 priced
    single newlines plain        200 body                               | settled 200 - x1 9+10 priced
    error as stream plain        502 upstream_error                     | failed 200 server_is_overloaded x1 0+0 priced
    held open plain              200 body                               | settled 200 - x1 9+10 priced
    crlf plain                   200 body                               | settled 200 - x1 9+10 priced
    comments plain               200 body                               | settled 200 - x1 9+10 priced
    tiny chunks plain            200 body                               | settled 200 - x1 9+10 priced
    big plain                    200 body                               | settled 200 - x1 9+10 priced
    ");
}
