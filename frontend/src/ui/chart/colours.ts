// Colours belong to groups, not to places in a chart: a group keeps its colour on every page of a session.

export const SLOTS = 8;
export const OTHER_COLOUR = 'var(--so)';
export const TOTAL_COLOUR = 'var(--mantine-color-text)';

const slotColour = (slot: number): string => {
  const token = `var(--s${slot % SLOTS})`;
  const round = Math.floor(slot / SLOTS);
  if (round === 0) return token;
  // More groups than colours: lighter ones. Names stand beside them everywhere.
  return `color-mix(in srgb, ${token} ${round === 1 ? 55 : 30}%, var(--panel))`;
};

/**
 * The colour of each group of a chart. `owners` are the groups that own the slots, largest first; a group without a
 * slot gets the first one that nothing else in this chart uses.
 */
export function coloursOf(
  owners: readonly string[],
  groups: readonly string[],
): Map<string, string> {
  const slots = new Map<string, number>();
  for (const group of groups) {
    const owned = owners.indexOf(group);
    if (owned >= 0 && owned < SLOTS) slots.set(group, owned);
  }
  const taken = new Set(slots.values());
  let next = 0;
  for (const group of groups) {
    if (slots.has(group)) continue;
    while (taken.has(next)) next += 1;
    slots.set(group, next);
    taken.add(next);
  }
  return new Map([...slots].map(([group, slot]) => [group, slotColour(slot)]));
}
