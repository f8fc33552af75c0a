// The fields in which two objects differ, in the order of the newer one.

export interface FieldChange {
  field: string;
  /** Absent where the field was added. */
  from: unknown;
  /** Absent where the field was removed. */
  to: unknown;
}

type Fields = Readonly<Record<string, unknown>> | null | undefined;

export function changedFields(before: Fields, after: Fields): FieldChange[] {
  const names = new Set([...Object.keys(after ?? {}), ...Object.keys(before ?? {})]);
  return [...names]
    .map((field) => ({ field, from: before?.[field], to: after?.[field] }))
    .filter(({ from, to }) => canonical(from) !== canonical(to));
}

/** JSON with sorted keys: the order of an object's keys is no difference. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner: unknown) =>
      inner !== null && typeof inner === 'object' && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    ) ?? 'undefined'
  );
}
