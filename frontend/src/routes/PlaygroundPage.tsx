// A chat by hand, streamed through the drop-in API.
import { useFrame } from '../features/frame/context';
import { Page } from '../features/frame/Page';
import { Playground } from '../features/playground/Playground';
import { readsUsage } from './pages';
import { useCanOpen } from './useCanOpen';

export function PlaygroundPage() {
  const { me } = useFrame();
  const canOpen = useCanOpen();
  return (
    <Page title="Playground">
      <Playground me={me} readsUsage={readsUsage(me)} canOpen={canOpen} />
    </Page>
  );
}
