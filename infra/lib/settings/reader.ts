/** Reads settings from untyped values, with errors that name the setting, its value and where it was written. */

export type Values = Readonly<Record<string, unknown>>;

/** Where the value of a setting was written, as the end of a sentence; empty if unknown. */
export type Origin = (key: string) => string;

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Settings of earlier versions, with what replaces them. */
const REMOVED: Readonly<Record<string, string>> = {
  databaseProxy:
    'databaseProxy was removed, because sessions of Tokenmeter pin their connections; raise databaseMaxConnections with ' +
    'databaseClass instead',
};

export class Reader {
  /** @param origin where the value of a setting was written, for messages */
  constructor(
    private readonly context: Values,
    private readonly origin: Origin,
  ) {}

  text(key: string, fallback: string, pattern: RegExp, meaning: string): string {
    return this.optional(key, pattern, meaning) ?? fallback;
  }

  optional(key: string, pattern: RegExp, meaning: string): string | undefined {
    const value = this.context[key];
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string' || !pattern.test(value)) throw this.malformed(key, meaning, value);
    return value;
  }

  /** An array in a file, text with commas on the command line. */
  list(key: string, pattern: RegExp, meaning: string): readonly string[] {
    const value = this.context[key] ?? [];
    const items: unknown = typeof value === 'string' ? value.split(',').filter((item) => item !== '') : value;
    const isValid = (item: unknown) => typeof item === 'string' && pattern.test(item);
    if (!Array.isArray(items) || !items.every(isValid)) throw this.malformed(key, meaning, value);
    if (new Set(items).size < items.length) throw this.malformed(key, 'without repetitions', value);
    return items;
  }

  choice<const T extends string>(key: string, values: readonly T[], fallback: T): T {
    const value = this.context[key] ?? fallback;
    const found = values.find((candidate) => candidate === value);
    if (found === undefined) throw this.malformed(key, `one of ${values.join(', ')}`, value);
    return found;
  }

  optionalInteger(key: string, min: number, max: number): number | undefined {
    const value = this.context[key];
    return value === undefined || value === null || value === '' ? undefined : this.integer(key, min, min, max);
  }

  integer(key: string, fallback: number, min: number, max: number): number {
    const value = this.context[key] ?? fallback;
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number) || number < min || number > max) {
      throw this.malformed(key, `a whole number from ${min} to ${max}`, value);
    }
    return number;
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.context[key] ?? fallback;
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    throw this.malformed(key, 'true or false', value);
  }

  /** A misspelt setting would silently deploy the default. CDK's own keys contain a dash, colon or slash. */
  rejectUnknown(known: readonly string[]): void {
    const removed = Object.keys(this.context).flatMap((key) => REMOVED[key] ?? []);
    if (removed.length > 0) throw new SettingsError(removed.join('; '));
    const unknown = Object.keys(this.context).find((key) => /^[a-z][A-Za-z]*$/.test(key) && !known.includes(key));
    if (unknown === undefined) return;
    const meant = closest(unknown, known);
    const hint = meant ? `did you mean ${meant}?` : `known settings: ${known.join(', ')}`;
    throw new SettingsError(`unknown setting ${unknown}${this.origin(unknown)}; ${hint}`);
  }

  private malformed(key: string, meaning: string, value: unknown): SettingsError {
    return new SettingsError(`${key} must be ${meaning}, not ${JSON.stringify(value)}${this.origin(key)}`);
  }
}

/** The known name that a misspelt one probably means. */
function closest(misspelt: string, known: readonly string[]): string | undefined {
  const lower = misspelt.toLowerCase();
  return known.find((name) => {
    const other = name.toLowerCase();
    return other === lower || other.startsWith(lower) || lower.startsWith(other) || differsInOneLetter(lower, other);
  });
}

function differsInOneLetter(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  if (long.length - short.length > 1) return false;
  const at = [...long].findIndex((letter, index) => letter !== short[index]);
  return long.slice(at + 1) === short.slice(long.length === short.length ? at + 1 : at);
}
