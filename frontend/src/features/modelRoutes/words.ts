// What the fields of a model route are called.
import type { ModelRoute } from './queries';

export const FORBIDDEN = 'Managing model routes needs an admin key that is not bound to a label.';

/** `llama-3.3 at groq (20 s)`. */
export const targetText = ({
  upstream,
  model,
  timeout_seconds: timeout,
}: ModelRoute['targets'][number]) =>
  `${model} at ${upstream}${timeout === null ? '' : ` (${timeout} s)`}`;

/** What someone else can have changed. */
export const ownFields = ({ targets }: ModelRoute) => ({
  targets: targets.map(targetText).join(' → '),
});
