// Downloads an export by a link, so that the browser writes the file while it arrives.
import { useMutation } from '@tanstack/react-query';
import { api, unwrap } from '../../api/client';
import { type CallFilters, exportParams } from '../../api/params';
import { clock } from '../../lib/clock';
import { followDownload } from '../../lib/download';
import { EXPORT_SHORTCUT } from '../../lib/exportShortcut';
import { toast } from '../../lib/toast';
import { useShortcuts } from '../../lib/useShortcuts';
import { useView } from '../../lib/useView';

export type Format = 'csv' | 'ndjson';

export function useExport(filters: CallFilters) {
  const view = useView();
  useShortcuts(EXPORT_SHORTCUT);
  return useMutation({
    mutationFn: (format: Format) => {
      const query = exportParams(view, clock.asOf(), format, filters);
      return unwrap(api.GET('/api/usage/export/link', { params: { query } }));
    },
    onSuccess: ({ url }) => {
      followDownload(url);
      toast('The download has begun. A file that ends with an error line is incomplete.');
    },
  });
}
