// The list of keyboard shortcuts of this page.
import { Kbd } from '@mantine/core';
import { activeShortcuts } from '../../lib/useShortcuts';
import { Dialog } from '../../ui/Dialog';
import classes from './KeyboardHelp.module.css';

export function KeyboardHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose} dismissable>
      <table className={classes.table}>
        <caption className="visually-hidden">Keys and what they do</caption>
        <tbody>
          {activeShortcuts().map(({ keys, does }) => (
            <tr key={keys}>
              <th scope="row" className={classes.keys}>
                {keys.split(' ').map((key) => (
                  <Kbd key={key} size="xs">
                    {key}
                  </Kbd>
                ))}
              </th>
              <td>{does}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={classes.note}>
        Shortcuts are off while you type in a field. “Key and settings” switches them off
        altogether.
      </p>
    </Dialog>
  );
}
