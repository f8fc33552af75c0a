// Chooses between billed amounts and amounts at current prices.
import { IconChevronDown } from '@tabler/icons-react';
import { useSetView, useView } from '../../lib/useView';
import { Menu, MenuItem } from '../../ui/Menu';
import button from './ControlPopover.module.css';
import classes from './CostControl.module.css';

const BASES = [
  ['billed', 'As billed', 'At the price in force when each call was made'],
  ['current', 'At current prices', 'With all price corrections applied'],
] as const;

export function CostControl() {
  const { cost } = useView();
  const setView = useSetView();
  return (
    <Menu
      label="Prices"
      position="bottom-start"
      width={300}
      button={(props) => (
        <button {...props} type="button" className={button.button}>
          <span className="visually-hidden">Prices: </span>
          {BASES.find(([basis]) => basis === cost)?.[1]}
          <IconChevronDown size={14} aria-hidden="true" className={button.chevron} />
        </button>
      )}
    >
      {BASES.map(([basis, name, description]) => (
        <MenuItem
          key={basis}
          kind="radio"
          isChecked={cost === basis}
          onClick={() => setView((view) => ({ ...view, cost: basis }))}
        >
          {name}
          <span className={classes.description}>{description}</span>
        </MenuItem>
      ))}
    </Menu>
  );
}
