// Sentences that several parts of the page say.
export const FORBIDDEN = 'Managing keys needs the admin scope. Sign in with a key that has it.';
