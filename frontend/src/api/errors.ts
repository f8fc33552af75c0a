// All failures between the page and the API, as one type.
import type { components } from './schema.gen';

export type Problem = components['schemas']['Problem'];

export type Failure =
  | { kind: 'problem'; status: number; problem: Problem }
  | { kind: 'unreadable'; status: number }
  | { kind: 'unreachable' };

export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly failure: Failure,
    options?: ErrorOptions,
  ) {
    super(describe(failure).title, options);
  }

  get status(): number | undefined {
    return this.failure.kind === 'unreachable' ? undefined : this.failure.status;
  }
}

/** Text for a failure; problem details bring their own. */
export function describe(failure: Failure): { title: string; detail?: string } {
  switch (failure.kind) {
    case 'problem':
      return { title: failure.problem.title, detail: failure.problem.detail ?? undefined };
    case 'unreadable':
      return {
        title: 'Unexpected response from the API',
        detail: `Received HTTP ${failure.status} without error details. The API may still be starting; try again.`,
      };
    case 'unreachable':
      return {
        title: 'Cannot reach the API',
        detail: 'Check your connection and that the API is running, then try again.',
      };
  }
}

/** Validation messages of a 422, by field. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError) || error.failure.kind !== 'problem') return {};
  const errors = error.failure.problem.errors ?? [];
  return Object.fromEntries(errors.map(({ field, message }) => [field, message]));
}

export function isProblem(body: unknown): body is Problem {
  return (
    typeof body === 'object' &&
    body !== null &&
    'title' in body &&
    typeof body.title === 'string' &&
    'status' in body
  );
}
