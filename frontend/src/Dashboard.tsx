// Providers around the pages. A change of key clears all cached data.
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { createQueryClient } from './api/queryClient';
import { session } from './lib/session';
import { createDashboardRouter } from './routes/router';
import { AppTheme } from './ui/AppTheme';

export function Dashboard() {
  const [queryClient] = useState(createQueryClient);
  const [router] = useState(() => createDashboardRouter(queryClient));

  useEffect(() => {
    let key = session.key();
    return session.subscribe(() => {
      if (session.key() === key) return;
      key = session.key();
      // The next key may not be allowed to see the data of this one.
      queryClient.clear();
      void router.invalidate();
    });
  }, [queryClient, router]);

  return (
    <AppTheme>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </AppTheme>
  );
}
