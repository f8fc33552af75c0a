// In place of a page that the key may not open.
import { Button } from '@mantine/core';
import { session } from '../../lib/session';
import { EmptyState } from '../../ui/EmptyState';
import { Page } from './Page';
import type { PageEntry } from './pages';

export function Forbidden({ page }: { page: PageEntry }) {
  return (
    <Page title={page.title}>
      <EmptyState
        title="Your key may not open this page."
        action={
          <Button onClick={() => session.signOut('other-key')}>Sign in with another key</Button>
        }
      >
        It needs the scope {page.needs}.
      </EmptyState>
    </Page>
  );
}
