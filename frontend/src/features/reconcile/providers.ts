// The providers that report usage and costs, and the variable that holds the admin key for each.
export const REPORTING = {
  openai: { name: 'OpenAI', variable: 'OPENAI_ADMIN_KEY' },
  anthropic: { name: 'Anthropic', variable: 'ANTHROPIC_ADMIN_KEY' },
} as const;

export type ReportingProvider = keyof typeof REPORTING;

export const isReporting = (name: string): name is ReportingProvider =>
  Object.hasOwn(REPORTING, name);
