-- Replaced by the routine model_max_output_tokens. Only a routine called it, and routines are applied behind this.
-- squawk-ignore ban-drop-function
drop function model_most_output_tokens(text);
