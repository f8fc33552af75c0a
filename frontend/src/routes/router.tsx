// The routes of the dashboard. Without a key all of them redirect to /sign-in, which returns to the address.
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent as lazy,
  type RouteComponent,
  redirect,
} from '@tanstack/react-router';
import { meQuery } from '../api/usage';
import { parseSearch, stringifySearch } from '../lib/search';
import { returnPath, session } from '../lib/session';
import { type Search, valuesOf } from '../lib/view';
import { FailedPage } from './FailedPage';
import { NotFoundPage } from './NotFoundPage';
import { homeOf } from './pages';
import { SignInPage } from './SignInPage';

const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  notFoundComponent: NotFoundPage,
  errorComponent: FailedPage,
  validateSearch: (search): Search => search as Search,
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: SignInPage,
  beforeLoad: ({ search }) => {
    if (session.get().state === 'signed-out') return;
    const [path = '/', query = ''] = returnPath(valuesOf(search, 'to')[0]).split(/(?=\?)/);
    throw redirect({ to: path as '/', search: parseSearch(query), replace: true });
  },
});

const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  component: lazy(() => import('./SignedInLayout'), 'SignedInLayout'),
  beforeLoad: async ({ context: { queryClient }, location, matches }) => {
    requireSession(location.href);
    // The router itself would begin with their code only when the key is known.
    for (const { routeId } of matches) void componentOf(routeId)?.preload?.();
    try {
      const me = await queryClient.ensureQueryData({ ...meQuery, revalidateIfStale: true });
      const home = homeOf(me);
      if (location.pathname === '/' && home !== '/') throw redirect({ to: home, replace: true });
    } catch (error) {
      // A rejected key has signed the session out by now.
      requireSession(location.href);
      throw error;
    }
  },
});

function requireSession(href: string) {
  const current = session.get();
  if (current.state === 'signed-in') return;
  const to = current.reason === 'left' || href === '/' ? undefined : href;
  throw redirect({ to: '/sign-in', search: { to }, replace: true });
}

const page = { getParentRoute: () => signedIn } as const;

const pages = [
  createRoute({
    ...page,
    path: '/',
    component: lazy(() => import('./OverviewPage'), 'OverviewPage'),
  }),
  createRoute({
    ...page,
    path: '/explore',
    component: lazy(() => import('./ExplorePage'), 'ExplorePage'),
  }),
  createRoute({
    ...page,
    path: '/calls',
    component: lazy(() => import('./CallsPage'), 'CallsPage'),
  }),
  createRoute({ ...page, path: '/keys', component: lazy(() => import('./KeysPage'), 'KeysPage') }),
  createRoute({
    ...page,
    path: '/keys/$id',
    component: lazy(() => import('./KeyPage'), 'KeyPage'),
  }),
  createRoute({
    ...page,
    path: '/limits',
    component: lazy(() => import('./LimitsPage'), 'LimitsPage'),
  }),
  createRoute({
    ...page,
    path: '/limits/$id',
    component: lazy(() => import('./LimitPage'), 'LimitPage'),
  }),
  createRoute({
    ...page,
    path: '/prices',
    component: lazy(() => import('./PricesPage'), 'PricesPage'),
  }),
  createRoute({
    ...page,
    path: '/prices/$model',
    component: lazy(() => import('./PricePage'), 'PricePage'),
  }),
  createRoute({
    ...page,
    path: '/upstreams',
    component: lazy(() => import('./UpstreamsPage'), 'UpstreamsPage'),
  }),
  createRoute({
    ...page,
    path: '/reconcile',
    component: lazy(() => import('./ReconcilePage'), 'ReconcilePage'),
  }),
  createRoute({
    ...page,
    path: '/audit',
    component: lazy(() => import('./AuditPage'), 'AuditPage'),
  }),
  createRoute({
    ...page,
    path: '/playground',
    component: lazy(() => import('./PlaygroundPage'), 'PlaygroundPage'),
  }),
  createRoute({ ...page, path: '/me', component: lazy(() => import('./MePage'), 'MePage') }),
] as const;

const componentOf = (routeId: string): RouteComponent | undefined =>
  [signedIn, ...pages].find(({ id }) => id === routeId)?.options.component;

const routeTree = root.addChildren([signIn, signedIn.addChildren(pages)]);

export const createDashboardRouter = (queryClient: QueryClient) =>
  createRouter({
    routeTree,
    context: { queryClient },
    parseSearch,
    stringifySearch,
    scrollRestoration: true,
    defaultPendingMs: 150,
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
  });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createDashboardRouter>;
  }
}
