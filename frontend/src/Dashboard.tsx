// Everything around the pages, and what a change of key does to it.
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { createQueryClient } from './api/queryClient';
import { session } from './lib/session';
import { createDashboardRouter } from './routes/router';
import { AppTheme } from './ui/AppTheme';

export function Dashboard() {
  const [queryClient] = useState(createQueryClient);
  const [router] = useState(createDashboardRouter);

  useEffect(
    () =>
      session.subscribe(() => {
        // What one key was allowed to see is not for the next one.
        queryClient.clear();
        void router.invalidate();
      }),
    [queryClient, router],
  );

  return (
    <AppTheme>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </AppTheme>
  );
}
