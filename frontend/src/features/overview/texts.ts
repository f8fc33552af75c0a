export const FORBIDDEN =
  'This key lacks the usage:read scope. Ask an administrator for one that has it. Sending chats may still work.';
