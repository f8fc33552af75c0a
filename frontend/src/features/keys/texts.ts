// Sentences that several parts of the page say.
export const FORBIDDEN =
  'Keys are for administrators: sign in with a key that has the scope admin.';
