// A panel around a list that the API gives page by page: its count, loading, a failure, and a button for more.
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { FailureNotice } from './FailureNotice';
import classes from './PagedPanel.module.css';
import { Panel } from './Panel';
import { SkeletonRows } from './Skeletons';

/** What a paged query of TanStack Query says of itself. */
interface Pages {
  isPending: boolean;
  error: Error | null;
  refetch: () => unknown;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
}

interface PagedPanelProps {
  title: string;
  /** Entries on the pages so far; undefined before the first. */
  count: number | undefined;
  pages: Pages;
  /** "Show more keys" */
  more: string;
  /** "Loading keys", for screen readers. */
  loading: string;
  /** Text for a 403: which permission is missing, and who can grant it. */
  forbidden: string;
  aside?: ReactNode;
  children: ReactNode;
}

export function PagedPanel(props: PagedPanelProps) {
  const { title, count, pages, more, loading, forbidden, aside, children } = props;
  return (
    <Panel
      title={title}
      note={count !== undefined && `${count}${pages.hasNextPage ? ' and more' : ''}`}
      aside={aside}
      footer={
        pages.hasNextPage && (
          <Button
            size="xs"
            variant="default"
            loading={pages.isFetchingNextPage}
            onClick={() => void pages.fetchNextPage()}
          >
            {more}
          </Button>
        )
      }
    >
      {pages.error && (
        <div className={classes.notice}>
          <FailureNotice
            error={pages.error}
            forbidden={forbidden}
            onRetry={() => void pages.refetch()}
          />
        </div>
      )}
      {pages.isPending && <SkeletonRows label={loading} />}
      {children}
    </Panel>
  );
}
