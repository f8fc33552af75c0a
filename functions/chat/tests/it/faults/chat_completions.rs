//! Chat completions under every fault.

use super::matrix::{answering, matrix, refusing};

#[tokio::test(flavor = "multi_thread")]
async fn chat_completions_that_the_provider_refuses() {
    insta::assert_snapshot!(matrix("/v1/chat/completions", refusing()).await, @"
    400 plain                    400 invalid_value                      | failed 400 invalid_value x1 0+0 priced
    400 stream                   400 invalid_value                      | failed 400 invalid_value x1 0+0 priced
    401 plain                    503 provider_key_rejected              | failed 401 provider_key_rejected x1 0+0 priced
    401 stream                   503 provider_key_rejected              | failed 401 provider_key_rejected x1 0+0 priced
    403 plain                    403 model_not_found                    | failed 403 model_not_found x1 0+0 priced
    403 stream                   403 model_not_found                    | failed 403 model_not_found x1 0+0 priced
    404 plain                    404 model_not_found                    | failed 404 model_not_found x1 0+0 priced
    404 stream                   404 model_not_found                    | failed 404 model_not_found x1 0+0 priced
    408 plain                    408 body                               | failed 408 timeout x2 0+0 unpriced
    408 stream                   408 body                               | failed 408 timeout x2 0+0 unpriced
    409 plain                    409 conflict                           | failed 409 conflict x2 0+0 priced
    409 stream                   409 conflict                           | failed 409 conflict x2 0+0 priced
    422 plain                    422 body                               | failed 422 invalid_request_error x1 0+0 priced
    422 stream                   422 body                               | failed 422 invalid_request_error x1 0+0 priced
    429 plain                    429 rate_limit_exceeded                | failed 429 rate_limit_exceeded x2 0+0 priced
    429 stream                   429 rate_limit_exceeded                | failed 429 rate_limit_exceeded x2 0+0 priced
    429 then ok plain            200 body                               | settled 200 - x2 9+10 priced
    429 then ok stream           200 events done                        | settled 200 - x2 9+10 priced
    quota plain                  429 insufficient_quota                 | failed 429 insufficient_quota x1 0+0 priced
    quota stream                 429 insufficient_quota                 | failed 429 insufficient_quota x1 0+0 priced
    500 plain                    500 body                               | failed 500 server_error x2 0+0 priced
    500 stream                   500 body                               | failed 500 server_error x2 0+0 priced
    500 then ok plain            200 body                               | settled 200 - x2 9+10 priced
    500 then ok stream           200 events done                        | settled 200 - x2 9+10 priced
    502 plain                    502 body                               | failed 502 server_error x2 0+0 unpriced
    502 stream                   502 body                               | failed 502 server_error x2 0+0 unpriced
    503 plain                    503 server_is_overloaded               | failed 503 server_is_overloaded x2 0+0 priced
    503 stream                   503 server_is_overloaded               | failed 503 server_is_overloaded x2 0+0 priced
    504 plain                    504 upstream_error                     | failed 504 - x2 0+0 unpriced
    504 stream                   504 upstream_error                     | failed 504 - x2 0+0 unpriced
    html plain                   502 upstream_error                     | failed 502 - x2 0+0 unpriced
    html stream                  502 upstream_error                     | failed 502 - x2 0+0 unpriced
    reset plain                  502 upstream_interrupted               | failed null upstream_interrupted x1 0+0 unpriced
    reset stream                 502 upstream_interrupted               | failed null upstream_interrupted x1 0+0 unpriced
    reset mid body plain         502 upstream_interrupted               | failed null upstream_interrupted x1 0+0 unpriced
    reset mid body stream        200 events error                       | estimated 200 stream_truncated x1 bounds priced
    hang plain                   504 upstream_timeout                   | failed null upstream_timeout x1 0+0 unpriced
    hang stream                  504 upstream_timeout                   | failed null upstream_timeout x1 0+0 unpriced
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn chat_completions_that_the_provider_answers() {
    insta::assert_snapshot!(matrix("/v1/chat/completions", answering()).await, @"
    ok plain                     200 body                               | settled 200 - x1 9+10 priced
    ok stream                    200 events done                        | settled 200 - x1 9+10 priced
    html 200 plain               200 body                               | estimated 200 - x1 bounds priced
    html 200 stream              200 body                               | estimated 200 - x1 bounds priced
    slow plain                   200 body                               | settled 200 - x1 9+10 priced
    slow stream                  200 events done                        | settled 200 - x1 9+10 priced
    empty plain                  200 body                               | estimated 200 - x1 bounds priced
    empty stream                 200 events error                       | estimated 200 stream_truncated x1 bounds priced
    truncated plain              200 body                               | estimated 200 - x1 bounds priced
    truncated stream             200 events error                       | estimated 200 stream_truncated x1 bounds priced
    truncated mid event plain    200 body                               | estimated 200 - x1 bounds priced
    truncated mid event stream   200 events error                       | estimated 200 stream_truncated x1 bounds priced
    bad json plain               200 body                               | settled 200 - x1 9+10 priced
    bad json stream              200 events done                        | settled 200 - x1 9+10 priced
    error in stream plain        200 body                               | settled 200 - x1 9+10 priced
    error in stream stream       200 events error                       | estimated 200 server_error x1 bounds priced
    failed plain                 200 body                               | failed 200 server_error x1 0+0 priced
    failed stream                200 events error                       | estimated 200 server_error x1 bounds priced
    no usage plain               200 body                               | estimated 200 - x1 bounds priced
    no usage stream              200 events done                        | estimated 200 - x1 bounds priced
    no done plain                200 body                               | settled 200 - x1 9+10 priced
    no done stream               200 events                             | settled 200 - x1 9+10 priced
    usage after finish plain     200 body                               | settled 200 - x1 9+10 priced
    usage after finish stream    200 events done                        | settled 200 - x1 9+10 priced
    usage on choice chunk plain  200 body                               | settled 200 - x1 9+10 priced
    usage on choice chunk stream 200 events done                        | settled 200 - x1 9+10 priced
    cumulative usage plain       200 body                               | settled 200 - x1 9+10 priced
    cumulative usage stream      200 events done                        | settled 200 - x1 9+10 priced
    wrong usage plain            200 body                               | estimated 200 - x1 bounds priced
    wrong usage stream           200 events done                        | estimated 200 - x1 bounds priced
    zero input plain             200 body                               | estimated 200 - x1 bounds priced
    zero input stream            200 events done                        | estimated 200 - x1 bounds priced
    zero usage plain             200 body                               | estimated 200 - x1 bounds priced
    zero usage stream            200 events done                        | estimated 200 - x1 bounds priced
    negative usage plain         200 body                               | estimated 200 - x1 bounds priced
    negative usage stream        200 events done                        | estimated 200 - x1 bounds priced
    impossible usage plain       200 body                               | estimated 200 - x1 bounds priced
    impossible usage stream      200 events done                        | estimated 200 - x1 bounds priced
    hidden total plain           200 body                               | estimated 200 - x1 bounds priced
    hidden total stream          200 events done                        | estimated 200 - x1 bounds priced
    hidden reasoning plain       200 body                               | estimated 200 - x1 bounds priced
    hidden reasoning stream      200 events done                        | estimated 200 - x1 bounds priced
    rival counts plain           200 body                               | settled 200 - x1 9+10 priced
    rival counts stream          200 events done                        | settled 200 - x1 9+10 priced
    split usage plain            200 body                               | settled 200 - x1 9+10 priced
    split usage stream           200 events done                        | settled 200 - x1 9+10 priced
    zeros after usage plain      200 body                               | settled 200 - x1 9+10 priced
    zeros after usage stream     200 events done                        | settled 200 - x1 9+10 priced
    running usage cut plain      200 body                               | settled 200 - x1 9+10 priced
    running usage cut stream     200 events error                       | estimated 200 stream_truncated x1 bounds priced
    cut before text plain        200 body                               | settled 200 - x1 9+10 priced
    cut before text stream       200 events error                       | estimated 200 stream_truncated x1 bounds priced
    done events only plain       200 body                               | settled 200 - x1 9+10 priced
    done events only stream      200 events done                        | estimated 200 - x1 bounds priced
    split surrogates plain       200 body                               | settled 200 - x1 9+10 priced
    split surrogates stream      200 events error                       | estimated 200 stream_truncated x1 bounds priced
    infinity plain               200 body                               | settled 200 - x1 9+10 priced
    infinity stream              200 events done                        | settled 200 - x1 9+10 priced
    single newlines plain        200 body                               | settled 200 - x1 9+10 priced
    single newlines stream       200 nothing                            | settled 200 - x1 9+10 priced
    error as stream plain        200 server_is_overloaded               | failed 200 server_is_overloaded x1 0+0 priced
    error as stream stream       200 nothing                            | failed 200 server_is_overloaded x1 0+0 priced
    held open plain              200 body                               | settled 200 - x1 9+10 priced
    held open stream             200 events done                        | settled 200 - x1 9+10 priced
    crlf plain                   200 body                               | settled 200 - x1 9+10 priced
    crlf stream                  200 events done                        | settled 200 - x1 9+10 priced
    comments plain               200 body                               | settled 200 - x1 9+10 priced
    comments stream              200 events done                        | settled 200 - x1 9+10 priced
    tiny chunks plain            200 body                               | settled 200 - x1 9+10 priced
    tiny chunks stream           200 events done                        | settled 200 - x1 9+10 priced
    big plain                    200 body                               | settled 200 - x1 9+10 priced
    big stream                   200 events done                        | settled 200 - x1 9+10 priced
    ");
}
