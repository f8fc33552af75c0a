// The start page.
import { useFrame } from '../features/frame/context';
import { Page } from '../features/frame/Page';
import { Overview } from '../features/overview/Overview';
import { useCanOpen } from './useCanOpen';

export function OverviewPage() {
  const { me } = useFrame();
  const canOpen = useCanOpen();
  return (
    <Page
      title={me.user_label === null ? 'Overview' : `Usage of ${me.user_label}`}
      filters={['range', 'values', 'cost']}
    >
      <Overview me={me} canOpen={canOpen} />
    </Page>
  );
}
