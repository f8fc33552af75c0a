// The frame of all pages that require a key, and the refusal of pages that the key may not open.
import { useQuery } from '@tanstack/react-query';
import { Outlet, useLocation } from '@tanstack/react-router';
import { useMemo } from 'react';
import { meQuery } from '../api/usage';
import { Forbidden } from '../features/frame/Forbidden';
import { Shell } from '../features/frame/Shell';
import { OfferedKeyDialog } from '../features/session/OfferedKeyDialog';
import { PAGES, pageOf } from './pages';

export function SignedInLayout() {
  const { pathname } = useLocation();
  const { data: me } = useQuery(meQuery);
  const page = pageOf(pathname);
  const pages = useMemo(() => PAGES.filter(({ may }) => me && may(me)), [me]);
  // Signing out clears the cache just before it leaves this page.
  if (!me) return null;
  return (
    <Shell pages={pages} me={me}>
      <OfferedKeyDialog />
      {page && !page.may(me) ? <Forbidden page={page} /> : <Outlet />}
    </Shell>
  );
}
