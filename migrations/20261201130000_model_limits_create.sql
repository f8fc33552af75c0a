-- What a request can take of a model, beside its prices: dated rows, never edited. `model_outputs` is read by the previous
-- release until its functions are replaced.
create table model_limits (
    model text not null,
    effective_from timestamptz not null,
    -- Input and output together. No provider reads more than this in one turn.
    context_window_tokens bigint not null,
    max_output_tokens bigint not null,
    -- The most that one image counts, whatever its size; null if no rule is published.
    image_tokens bigint,
    -- The same for an image sent with `detail: low`; null if that detail is no cheaper.
    low_detail_image_tokens bigint,
    primary key (model, effective_from),
    constraint model_limits_tokens_check check (
        least(context_window_tokens, max_output_tokens) > 0
        and least(image_tokens, low_detail_image_tokens) >= 0
    )
);

-- Windows and outputs as the provider's model pages and their copies give them (GPT-5.4 and 5.5: Roo-Code PR 12170 and
-- docs.oxen.ai; GPT-5.6: runware.ai; openmodels v1.2.0 lists Luna with 400,000, so the larger window is taken).
-- GPT-6 is given what GPT-5.6 has. Images: tiles of 512 pixels, at most 8 of them beside the base (GPT-4o, GPT-5, o-series);
-- patches of 32 pixels times a factor, at most 1,536 of them (GPT-4.1, the small models, o4-mini) or 10,000 (from GPT-5.4
-- on, `detail: original`, factor 1.2). GPT-5.1 to 5.3, whose rule differs between sources, are given the next family's.
insert into model_limits (
    model, effective_from, context_window_tokens, max_output_tokens, image_tokens, low_detail_image_tokens
)
select
    listed.model, '2024-01-01T00:00:00Z', listed.context_window_tokens, listed.max_output_tokens, listed.image_tokens,
    listed.low_detail_image_tokens
from (values
    ('gpt-4o', 128000, 16384, 1445, 85),
    ('gpt-4o-mini', 128000, 16384, 48169, 2833),
    ('gpt-4o-search-preview', 128000, 16384, null, null),
    ('gpt-4o-mini-search-preview', 128000, 16384, null, null),
    ('gpt-5-search-api', 400000, 128000, null, null),
    ('gpt-audio', 128000, 16384, null, null),
    ('gpt-4.1', 1047576, 32768, 1536, null),
    ('gpt-4.1-mini', 1047576, 32768, 2489, null),
    ('gpt-4.1-nano', 1047576, 32768, 3779, null),
    ('o1', 200000, 100000, 1275, 75),
    ('o3', 200000, 100000, 1275, 75),
    ('o3-pro', 200000, 100000, 1275, 75),
    ('o4-mini', 200000, 100000, 2642, null),
    ('gpt-5', 400000, 128000, 1190, 70),
    ('gpt-5-mini', 400000, 128000, 2489, null),
    ('gpt-5-nano', 400000, 128000, 3779, null),
    ('gpt-5-pro', 400000, 272000, 1190, 70),
    ('gpt-5.1', 400000, 128000, 3000, null),
    ('gpt-5.2', 400000, 128000, 3000, null),
    ('gpt-5.2-pro', 400000, 128000, 3000, null),
    ('gpt-5.3-codex', 400000, 128000, 3000, null),
    ('gpt-5.4', 1050000, 128000, 12000, null),
    ('gpt-5.4-mini', 400000, 128000, 2489, null),
    ('gpt-5.4-nano', 400000, 128000, 3779, null),
    ('gpt-5.4-pro', 1050000, 128000, 12000, null),
    ('gpt-5.5', 1050000, 128000, 12000, null),
    ('gpt-5.5-pro', 1050000, 128000, 12000, null),
    ('gpt-5.6-luna', 1050000, 128000, 12000, null),
    ('gpt-5.6-sol', 1050000, 128000, 12000, null),
    ('gpt-5.6-terra', 1050000, 128000, 12000, null),
    ('gpt-6-astra', 1050000, 128000, 12000, null)
) as listed (model, context_window_tokens, max_output_tokens, image_tokens, low_detail_image_tokens);

do $$
declare
    role_name text;
begin
    foreach role_name in array array['tokenmeter_chat', 'tokenmeter_summary', 'tokenmeter_admin'] loop
        if exists (select from pg_roles where rolname = role_name) then
            execute format('grant select on model_limits to %I', role_name);
        end if;
    end loop;
end
$$;
