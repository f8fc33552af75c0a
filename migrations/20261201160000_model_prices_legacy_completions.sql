-- The model of legacy completions that is still served; no cached rate and no other tier is known.
-- A row that a deployment has added itself by now stays.
insert into model_prices (model, service_tier, above_input_tokens, effective_from, input, output)
values ('gpt-3.5-turbo-instruct', 'default', 0, timestamptz '2024-01-01 00:00:00+00', 1500000, 2000000)
on conflict on constraint model_prices_model_service_tier_above_effective_from_key do nothing;

insert into model_limits (model, effective_from, context_window_tokens, max_output_tokens)
values ('gpt-3.5-turbo-instruct', timestamptz '2024-01-01 00:00:00+00', 4096, 4096)
on conflict do nothing;
