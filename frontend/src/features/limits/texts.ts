// Sentences that several parts of the page say.
export const FORBIDDEN =
  'Limits can be read with the scope usage:read, and changed with the scope admin.';
