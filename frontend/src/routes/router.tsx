// The routes of the dashboard. Without a key all of them redirect to /sign-in.
import { createRootRoute, createRoute, createRouter, redirect } from '@tanstack/react-router';
import { session } from '../lib/session';
import { NotFoundPage } from './NotFoundPage';
import { OverviewPage } from './OverviewPage';
import { SignedInLayout } from './SignedInLayout';
import { SignInPage } from './SignInPage';
import { parseOverviewSearch } from './sorting';

const root = createRootRoute({ notFoundComponent: NotFoundPage });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: SignInPage,
  beforeLoad: () => {
    if (session.get().state === 'signed-in') throw redirect({ to: '/', replace: true });
  },
});

const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  component: SignedInLayout,
  beforeLoad: () => {
    if (session.get().state === 'signed-out') throw redirect({ to: '/sign-in', replace: true });
  },
});

const overview = createRoute({
  getParentRoute: () => signedIn,
  path: '/',
  component: OverviewPage,
  validateSearch: parseOverviewSearch,
});

const routeTree = root.addChildren([signIn, signedIn.addChildren([overview])]);

export const createDashboardRouter = () => createRouter({ routeTree, scrollRestoration: false });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createDashboardRouter>;
  }
}
