// Chooses between what calls were billed at and what they cost at today's prices.
import { Menu } from '@mantine/core';
import { IconCheck, IconChevronDown } from '@tabler/icons-react';
import { useSetView, useView } from '../../lib/useView';
import button from './ControlPopover.module.css';
import classes from './CostControl.module.css';

const BASES = [
  ['billed', 'As billed', 'At the price in force when each call was made'],
  ['current', 'At current prices', 'With all corrections of prices applied'],
] as const;

export function CostControl() {
  const { cost } = useView();
  const setView = useSetView();
  return (
    <Menu position="bottom-start" width={300} shadow="md">
      <Menu.Target>
        <button type="button" className={button.button}>
          <span className="visually-hidden">Prices: </span>
          {BASES.find(([basis]) => basis === cost)?.[1]}
          <IconChevronDown size={14} aria-hidden="true" className={button.chevron} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {BASES.map(([basis, name, description]) => (
          <Menu.Item
            key={basis}
            role="menuitemradio"
            aria-checked={cost === basis}
            rightSection={cost === basis && <IconCheck size={15} aria-hidden="true" />}
            onClick={() => setView((view) => ({ ...view, cost: basis }))}
          >
            {name}
            <span className={classes.description}>{description}</span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
