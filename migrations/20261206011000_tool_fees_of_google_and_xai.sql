-- Google: grounding with Maps costs 14 USD for 1,000 prompts from Gemini 3 on (copy of the provider's page of 2026-10-07),
-- 25 USD before (the same page as quoted in the provider's forum, thread 128770). Pages that are fetched, code that is run
-- and documents that are found are billed as input tokens alone; a file search store is paid for when it is filled.
-- xAI: its page of prices, copy of 2026-05: the tools of the Responses API by call, remote MCP in tokens alone.
-- `other` is any tool unknown here.
insert into tool_fees (provider, tool, model, effective_from, pico_usd, bound_pico_usd, result_tokens)
select
    listed.provider, listed.tool, listed.model, '2024-01-01T00:00:00Z', (listed.usd * 1e12)::bigint,
    (listed.bound_usd * 1e12)::bigint, null
from (values
    ('google', 'google_maps', '', 0.014, 0.014),
    ('google', 'google_maps', 'gemini-2.5-pro', 0.025, 0.025),
    ('google', 'google_maps', 'gemini-2.5-flash', 0.025, 0.025),
    ('google', 'google_maps', 'gemini-2.5-flash-lite', 0.025, 0.025),
    ('google', 'web_fetch', '', 0, 0),
    ('google', 'code_execution', '', 0, 0),
    ('google', 'file_search', '', 0, 0),
    ('google', 'computer_use', '', 0, 0),
    ('google', 'mcp', '', 0, 0),
    ('xai', 'web_search', '', 0.005, 0.005),
    ('xai', 'x_search', '', 0.005, 0.005),
    ('xai', 'code_interpreter', '', 0.005, 0.005),
    ('xai', 'file_search', '', 0.0025, 0.0025),
    ('xai', 'mcp', '', 0, 0),
    ('xai', 'other', '', null, 0.05)
) as listed (provider, tool, model, usd, bound_usd)
-- An administrator may have added such a row.
on conflict do nothing;
