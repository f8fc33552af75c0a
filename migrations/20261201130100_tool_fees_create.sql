-- What the provider charges for one use of a built-in tool, beside tokens: dated rows, never edited.
create table tool_fees (
    tool text not null,
    -- Empty: every model without a row of its own.
    model text not null default '',
    effective_from timestamptz not null,
    -- pico-USD for one use; null if the price is not known, which leaves the call unpriced.
    pico_usd bigint,
    -- The most that one use can cost, which is what a limit reserves.
    bound_pico_usd bigint not null,
    -- The most tokens that the result of one use adds to the context; null is the whole window.
    result_tokens bigint,
    primary key (tool, model, effective_from),
    constraint tool_fees_pico_usd_check check (pico_usd between 0 and bound_pico_usd),
    constraint tool_fees_result_tokens_check check (result_tokens > 0)
);

-- Web and file search: genai-prices PR 680. Previews: the provider's pricing page as quoted in its forum (thread 1363698):
-- 25 USD per 1,000 calls for models without reasoning. Web search reads at most 128,000 tokens, as its guide says.
-- A container is priced as 20 minutes, its block until 2026-06-02 and, by the minute, rarely exceeded since.
-- `image_generation` is billed in tokens of an image model that the response does not count; `other` is any tool unknown here.
insert into tool_fees (tool, model, effective_from, pico_usd, bound_pico_usd, result_tokens)
select
    listed.tool, listed.model, '2024-01-01T00:00:00Z', (listed.usd * 1e12)::bigint, (listed.bound_usd * 1e12)::bigint,
    listed.result_tokens
from (values
    ('web_search', '', 0.01, 0.01, 128000),
    ('web_search_preview', '', 0.01, 0.025, 128000),
    ('web_search_preview', 'gpt-4o', 0.025, 0.025, 128000),
    ('web_search_preview', 'gpt-4o-mini', 0.025, 0.025, 128000),
    ('web_search_preview', 'gpt-4.1', 0.025, 0.025, 128000),
    ('web_search_preview', 'gpt-4.1-mini', 0.025, 0.025, 128000),
    -- Chat completions: one search in each completion of a search model.
    ('chat_search', '', null, 0.05, 128000),
    ('chat_search', 'gpt-4o-search-preview', 0.025, 0.025, 128000),
    ('chat_search', 'gpt-4o-mini-search-preview', 0.025, 0.025, 128000),
    ('chat_search', 'gpt-5-search-api', 0.01, 0.01, 128000),
    ('file_search', '', 0.0025, 0.0025, null),
    ('code_interpreter', '', 0.03, 0.03, null),
    ('code_interpreter_4g', '', 0.12, 0.12, null),
    ('code_interpreter_16g', '', 0.48, 0.48, null),
    ('code_interpreter_64g', '', 1.92, 1.92, null),
    ('shell', '', null, 0.12, null),
    ('image_generation', '', null, 0.50, null),
    ('mcp', '', 0, 0, null),
    ('tool_search', '', 0, 0, null),
    ('other', '', null, 0.05, null)
) as listed (tool, model, usd, bound_usd, result_tokens);

do $$
declare
    role_name text;
begin
    foreach role_name in array array['tokenmeter_chat', 'tokenmeter_summary', 'tokenmeter_admin'] loop
        if exists (select from pg_roles where rolname = role_name) then
            execute format('grant select on tool_fees to %I', role_name);
        end if;
    end loop;
end
$$;
