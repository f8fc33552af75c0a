-- The first version of gpt-4o is dearer than those after it, whose price it was taken at for want of a row of its own.
-- No cached rate is known, so cached input takes the input rate; nor is one for other tiers, whose calls stay unpriced.
-- A row that a deployment has added itself by now stays.
insert into model_prices (model, service_tier, above_input_tokens, effective_from, input, output)
values ('gpt-4o-2024-05-13', 'default', 0, timestamptz '2024-05-13 00:00:00+00', 5000000, 15000000)
on conflict on constraint model_prices_model_service_tier_above_effective_from_key do nothing;

-- It answers with less, too, and refuses a larger bound.
insert into model_outputs (model, max_output_tokens)
values ('gpt-4o-2024-05-13', 4096)
on conflict do nothing;
