// The menu of the key in use: its name and scopes, theme, shortcuts, sign-out.
import { ActionIcon } from '@mantine/core';
import { IconDots, IconKeyboard, IconLogout2 } from '@tabler/icons-react';
import { keyHint, session } from '../../lib/session';
import { switchShortcuts, useShortcutsAreOn } from '../../lib/stored';
import { useSession } from '../../lib/useSession';
import { Menu, MenuDivider, MenuItem } from '../../ui/Menu';
import type { PopupPosition } from '../../ui/popupPlace';
import classes from './AccountMenu.module.css';
import { ColourChoice } from './ColourChoice';
import { useFrame } from './context';

export function AccountMenu({ position }: { position: PopupPosition }) {
  const { me, openHelp } = useFrame();
  const current = useSession();
  const areOn = useShortcutsAreOn();
  return (
    <Menu
      label="Key and settings"
      position={position}
      width={250}
      button={(props) => (
        <ActionIcon
          {...props}
          variant="subtle"
          color="gray"
          size="lg"
          aria-label="Key and settings"
        >
          <IconDots size={18} aria-hidden="true" />
        </ActionIcon>
      )}
    >
      <div className={classes.who}>
        <span className={classes.name}>{me.name}</span>
        <span>
          {me.scopes.join(', ')}
          {me.user_label !== null && ` · only ${me.user_label}`}
        </span>
        {current.state === 'signed-in' && <span className="mono">{keyHint(current.key)}</span>}
      </div>
      <MenuDivider />
      <ColourChoice />
      <MenuDivider />
      <MenuItem icon={<IconKeyboard size={16} aria-hidden="true" />} onClick={openHelp}>
        Keyboard shortcuts
      </MenuItem>
      <MenuItem staysOpen onClick={() => switchShortcuts(!areOn)}>
        {areOn ? 'Turn single-key shortcuts off' : 'Turn single-key shortcuts on'}
      </MenuItem>
      <MenuDivider />
      <MenuItem
        icon={<IconLogout2 size={16} aria-hidden="true" />}
        onClick={() => session.signOut('left')}
      >
        Sign out
      </MenuItem>
    </Menu>
  );
}
