// What the navigation knows of a page.
import type { Icon } from '@tabler/icons-react';
import type { Me } from '../../api/usage';

export interface PageEntry {
  /** Without parameters: `/keys`. */
  path: string;
  title: string;
  icon: Icon;
  /** The key after `g`. */
  shortcut: string;
  /** The heading it stands under in the sidebar. */
  group?: 'Control' | 'Trust';
  may: (me: Me) => boolean;
  /** The scope to ask for, for keys that may not open it. */
  needs: string;
  /** In the bar at the bottom of a phone, which has room for four; others are under "More". */
  onPhone?: boolean;
}
