// What can go wrong between the page and the API, in one type.
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

/** The words for a failure; a problem speaks for itself. */
export function describe(failure: Failure): { title: string; detail?: string } {
  switch (failure.kind) {
    case 'problem':
      return { title: failure.problem.title, detail: failure.problem.detail ?? undefined };
    case 'unreadable':
      return {
        title: 'The API did not answer properly',
        detail: `Something between this page and the API answered with HTTP ${failure.status}. It may still be starting.`,
      };
    case 'unreachable':
      return {
        title: 'The API cannot be reached',
        detail: 'Check that it runs and that you are online, then try again.',
      };
  }
}

/** The messages of a 422 by the field they are about. */
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
