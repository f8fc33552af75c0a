// Reads the newest version of something before a form opens on it: only single reads carry the version.
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useId } from 'react';
import type { Versioned } from '../api/client';
import { Dialog } from './Dialog';
import { FailureNotice } from './FailureNotice';
import { SkeletonRows } from './Skeletons';

interface VersionedDialogProps<T> {
  title: string;
  load: () => Promise<Versioned<T>>;
  forbidden: string;
  onClose: () => void;
  children: (version: Versioned<T>) => ReactNode;
}

export function VersionedDialog<T>(props: VersionedDialogProps<T>) {
  const { title, load, forbidden, onClose, children } = props;
  const opened = useId();
  const read = useQuery({
    queryKey: ['version', opened],
    queryFn: load,
    // Read once: a form must not change while someone fills it in.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (read.data) return children(read.data);
  return (
    <Dialog title={title} onClose={onClose}>
      {read.isError ? (
        <FailureNotice
          error={read.error}
          forbidden={forbidden}
          onRetry={() => void read.refetch()}
        />
      ) : (
        <SkeletonRows label="Loading the latest version" rows={4} />
      )}
    </Dialog>
  );
}
