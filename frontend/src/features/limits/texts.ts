// Sentences that several parts of the page say.
export const FORBIDDEN =
  'Reading limits needs the usage:read scope, changing them the admin scope.';
