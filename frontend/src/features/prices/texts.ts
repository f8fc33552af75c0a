// Sentences that several parts of the page say.
export const FORBIDDEN = 'Prices need the admin scope.';
