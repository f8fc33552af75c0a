//! Embeddings under every fault.

use mock_provider::Fault;

use super::matrix::matrix;

#[tokio::test(flavor = "multi_thread")]
async fn embeddings_under_every_fault() {
    insta::assert_snapshot!(matrix("/v1/embeddings", Fault::ALL.to_vec()).await, @"
    ok plain                     200 body                               | settled 200 - x1 3+0 priced
    400 plain                    400 invalid_value                      | failed 400 invalid_value x1 0+0 priced
    401 plain                    503 provider_key_rejected              | failed 401 provider_key_rejected x1 0+0 priced
    403 plain                    403 model_not_found                    | failed 403 model_not_found x1 0+0 priced
    404 plain                    404 model_not_found                    | failed 404 model_not_found x1 0+0 priced
    408 plain                    408 body                               | failed 408 timeout x2 0+0 unpriced
    409 plain                    409 conflict                           | failed 409 conflict x2 0+0 priced
    422 plain                    422 body                               | failed 422 invalid_request_error x1 0+0 priced
    429 plain                    429 rate_limit_exceeded                | failed 429 rate_limit_exceeded x2 0+0 priced
    429 then ok plain            200 body                               | settled 200 - x2 3+0 priced
    quota plain                  429 insufficient_quota                 | failed 429 insufficient_quota x1 0+0 priced
    500 plain                    500 body                               | failed 500 server_error x2 0+0 priced
    500 then ok plain            200 body                               | settled 200 - x2 3+0 priced
    502 plain                    502 body                               | failed 502 server_error x2 0+0 unpriced
    503 plain                    503 server_is_overloaded               | failed 503 server_is_overloaded x2 0+0 priced
    504 plain                    504 upstream_error                     | failed 504 - x2 0+0 unpriced
    html plain                   502 upstream_error                     | failed 502 - x2 0+0 unpriced
    html 200 plain               200 body                               | estimated 200 - x1 bounds priced
    reset plain                  502 upstream_interrupted               | failed null upstream_interrupted x1 0+0 unpriced
    reset mid body plain         502 upstream_interrupted               | failed null upstream_interrupted x1 0+0 unpriced
    hang plain                   504 upstream_timeout                   | failed null upstream_timeout x1 0+0 unpriced
    slow plain                   200 body                               | settled 200 - x1 3+0 priced
    empty plain                  200 body                               | estimated 200 - x1 bounds priced
    truncated plain              200 body                               | estimated 200 - x1 bounds priced
    truncated mid event plain    200 body                               | estimated 200 - x1 bounds priced
    bad json plain               200 body                               | settled 200 - x1 3+0 priced
    error in stream plain        200 body                               | settled 200 - x1 3+0 priced
    failed plain                 200 body                               | settled 200 - x1 3+0 priced
    no usage plain               200 body                               | estimated 200 - x1 bounds priced
    no done plain                200 body                               | settled 200 - x1 3+0 priced
    usage after finish plain     200 body                               | settled 200 - x1 3+0 priced
    usage on choice chunk plain  200 body                               | settled 200 - x1 3+0 priced
    cumulative usage plain       200 body                               | settled 200 - x1 3+0 priced
    wrong usage plain            200 body                               | estimated 200 - x1 bounds priced
    zero input plain             200 body                               | estimated 200 - x1 bounds priced
    zero usage plain             200 body                               | estimated 200 - x1 bounds priced
    negative usage plain         200 body                               | estimated 200 - x1 bounds priced
    impossible usage plain       200 body                               | estimated 200 - x1 bounds priced
    hidden total plain           200 body                               | estimated 200 - x1 bounds priced
    hidden reasoning plain       200 body                               | estimated 200 - x1 bounds priced
    rival counts plain           200 body                               | settled 200 - x1 3+0 priced
    split usage plain            200 body                               | settled 200 - x1 3+0 priced
    zeros after usage plain      200 body                               | settled 200 - x1 3+0 priced
    running usage cut plain      200 body                               | settled 200 - x1 3+0 priced
    cut before text plain        200 body                               | settled 200 - x1 3+0 priced
    done events only plain       200 body                               | settled 200 - x1 3+0 priced
    split surrogates plain       200 body                               | settled 200 - x1 3+0 priced
    infinity plain               200 body                               | settled 200 - x1 3+0 priced
    single newlines plain        200 body                               | settled 200 - x1 3+0 priced
    error as stream plain        200 server_is_overloaded               | failed 200 server_is_overloaded x1 0+0 priced
    held open plain              200 body                               | settled 200 - x1 3+0 priced
    crlf plain                   200 body                               | settled 200 - x1 3+0 priced
    comments plain               200 body                               | settled 200 - x1 3+0 priced
    tiny chunks plain            200 body                               | settled 200 - x1 3+0 priced
    big plain                    200 body                               | settled 200 - x1 3+0 priced
    ");
}
