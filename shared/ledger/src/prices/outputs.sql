select model, max_output_tokens
from model_outputs
