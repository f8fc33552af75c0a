// Copies a link to what is on screen: one whose preset moves with time, or one pinned to these dates.
import { IconLink } from '@tabler/icons-react';
import { useLocation } from '@tanstack/react-router';
import { clock } from '../../lib/clock';
import { pinnedDates } from '../../lib/range';
import { stringifySearch } from '../../lib/search';
import { toast } from '../../lib/toast';
import { useRawSearch, useView } from '../../lib/useView';
import { pagePart, type View, writeFullView } from '../../lib/view';
import { Menu, MenuItem } from '../../ui/Menu';
import button from './ControlPopover.module.css';
import classes from './CopyLink.module.css';

export function CopyLink() {
  const { pathname } = useLocation();
  const search = useRawSearch();
  const view = useView();
  const dates = pinnedDates(view.range, view.tz, clock.asOf());
  const copy = async (shown: View) => {
    const link = `${location.origin}${pathname}${stringifySearch({ ...writeFullView(shown), ...pagePart(search) })}`;
    try {
      await navigator.clipboard.writeText(link);
      toast('Link copied. It holds no key; readers sign in with their own.');
    } catch {
      toast('The browser did not allow copying. Copy the address instead.');
    }
  };
  return (
    <Menu
      label="Copy link"
      position="bottom-end"
      width={250}
      button={(props) => (
        <button {...props} type="button" className={`${button.button} ${classes.button}`}>
          <IconLink size={15} aria-hidden="true" />
          <span className={classes.text}>Copy link</span>
        </button>
      )}
    >
      {typeof view.range === 'string' && (
        <MenuItem onClick={() => void copy(view)}>Link that moves with time</MenuItem>
      )}
      {dates && (
        <MenuItem onClick={() => void copy({ ...view, range: dates })}>
          Link to exactly these dates
        </MenuItem>
      )}
    </Menu>
  );
}
