// The title of the tab: `Calls · Tokenmeter`.
import { useEffect } from 'react';

export function useTitle(title: string) {
  useEffect(() => {
    document.title = `${title} · Tokenmeter`;
  }, [title]);
}
