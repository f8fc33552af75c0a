import { render, screen, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { AppTheme } from './AppTheme';
import { DataTable } from './DataTable';

interface Group {
  name: string;
  calls: number;
}

it('names the unit of a figure for phones, in the number of the row', () => {
  render(
    <AppTheme>
      <DataTable<Group>
        caption="Groups"
        rows={[
          { name: 'first', calls: 1 },
          { name: 'second', calls: 2 },
        ]}
        rowKey={({ name }) => name}
        columns={[
          { id: 'name', header: 'Name', cell: ({ name }) => name, footer: 'Total' },
          {
            id: 'calls',
            header: 'Calls',
            cell: ({ calls }) => calls,
            phoneUnit: ({ calls }) => (calls === 1 ? 'call' : 'calls'),
            footer: 3,
            footerUnit: 'calls',
          },
        ]}
      />
    </AppTheme>,
  );
  const unitIn = (name: RegExp) =>
    within(screen.getByRole('row', { name })).getAllByRole('cell')[1]?.dataset.unit;
  expect(unitIn(/first/)).toBe('call');
  expect(unitIn(/second/)).toBe('calls');
  expect(unitIn(/Total/)).toBe('calls');
});
