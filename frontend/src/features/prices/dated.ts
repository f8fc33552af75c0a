// Dated rows of which the newest that has begun is in effect: fees of tools, facts about models.

interface Dated {
  effective_from: string;
}

export type DatedState = 'in effect' | 'planned' | 'ended';

export interface DatedRow<Row> {
  row: Row;
  state: DatedState;
}

/** In the given order. Rows of the same `subjectOf` follow each other in time. */
export function withStates<Row extends Dated>(
  rows: readonly Row[],
  subjectOf: (row: Row) => string,
  now: number,
): DatedRow<Row>[] {
  const current = new Map<string, number>();
  for (const row of rows) {
    const [subject, from] = [subjectOf(row), startOf(row)];
    if (from <= now) current.set(subject, Math.max(from, current.get(subject) ?? from));
  }
  return rows.map((row) => {
    const from = startOf(row);
    const state =
      from > now ? 'planned' : from === current.get(subjectOf(row)) ? 'in effect' : 'ended';
    return { row, state };
  });
}

const startOf = ({ effective_from: from }: Dated) => Date.parse(from);

interface Filter {
  text: string;
  withEnded: boolean;
}

/** Rows whose names contain the text, in any case; ended ones only on request. */
export const matching = <Row>(
  rows: readonly DatedRow<Row>[],
  namesOf: (row: Row) => readonly (string | null)[],
  { text, withEnded }: Filter,
): DatedRow<Row>[] =>
  rows.filter(
    ({ row, state }) =>
      (withEnded || state !== 'ended') &&
      namesOf(row).some((name) => (name ?? '').toLowerCase().includes(text.trim().toLowerCase())),
  );
