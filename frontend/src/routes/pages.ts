// The pages in the order of the navigation. A new page is an entry here and a line in router.tsx.
import {
  IconChartBar,
  IconGauge,
  IconHistory,
  IconKey,
  IconLayoutDashboard,
  IconListDetails,
  IconPlug,
  IconScale,
  IconTags,
  IconTerminal2,
  IconUserCircle,
} from '@tabler/icons-react';
import type { Me } from '../api/usage';
import type { PageEntry } from '../features/frame/pages';

const can = (me: Me, scope: string) => me.scopes.includes(scope) || me.scopes.includes('admin');

export const readsUsage = (me: Me) => can(me, 'usage:read');
export const sendsChats = (me: Me) => can(me, 'chat');
export const administers = (me: Me) => can(me, 'admin');
export const administersAll = (me: Me) => administers(me) && me.user_label === null;
export const readsAllUsage = (me: Me) => readsUsage(me) && me.user_label === null;

export const PAGES: readonly PageEntry[] = [
  {
    path: '/',
    title: 'Overview',
    icon: IconLayoutDashboard,
    shortcut: 'o',
    may: readsUsage,
    needs: 'usage:read',
    onPhone: true,
  },
  {
    path: '/explore',
    title: 'Explore',
    icon: IconChartBar,
    shortcut: 'e',
    may: readsUsage,
    needs: 'usage:read',
    onPhone: true,
  },
  {
    path: '/calls',
    title: 'Calls',
    icon: IconListDetails,
    shortcut: 'c',
    may: readsUsage,
    needs: 'usage:read',
    onPhone: true,
  },
  {
    path: '/playground',
    title: 'Playground',
    icon: IconTerminal2,
    shortcut: 'p',
    may: sendsChats,
    needs: 'chat',
  },
  {
    path: '/me',
    title: 'My usage',
    icon: IconUserCircle,
    shortcut: 'm',
    may: () => true,
    needs: '',
  },
  {
    path: '/keys',
    title: 'Keys',
    icon: IconKey,
    shortcut: 'k',
    group: 'Control',
    may: administers,
    needs: 'admin',
  },
  {
    path: '/limits',
    title: 'Limits',
    icon: IconGauge,
    shortcut: 'l',
    group: 'Control',
    may: readsUsage,
    needs: 'usage:read',
    onPhone: true,
  },
  {
    path: '/prices',
    title: 'Prices',
    icon: IconTags,
    shortcut: 'b',
    group: 'Control',
    may: administers,
    needs: 'admin',
  },
  {
    path: '/upstreams',
    title: 'Upstreams',
    icon: IconPlug,
    shortcut: 'u',
    group: 'Control',
    may: administersAll,
    needs: 'admin, without a label of its own',
  },
  {
    path: '/reconcile',
    title: 'Reconcile',
    icon: IconScale,
    shortcut: 'r',
    group: 'Trust',
    may: readsAllUsage,
    needs: 'usage:read, without a label of its own',
  },
  {
    path: '/audit',
    title: 'Audit',
    icon: IconHistory,
    shortcut: 'a',
    group: 'Trust',
    may: administers,
    needs: 'admin',
  },
];

/** The page of a path; `/keys/key_1` belongs to `/keys`. */
export const pageOf = (pathname: string): PageEntry | undefined =>
  PAGES.find(({ path }) => pathname === path || (path !== '/' && pathname.startsWith(`${path}/`)));

/** Where `/` leads: a key that may only send chats has a page of its own. */
export function homeOf(me: Me): string {
  const own = PAGES.find(({ path }) => path === '/me');
  return own && !readsUsage(me) ? own.path : '/';
}
