select alias, model
from model_aliases
