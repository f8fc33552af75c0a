// Sentences that several parts of the page say.
export const FORBIDDEN = 'Prices can be read and changed with the scope admin.';
