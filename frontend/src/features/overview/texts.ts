export const FORBIDDEN =
  'This key lacks the usage:read scope. Ask an administrator for a key that has it.';
