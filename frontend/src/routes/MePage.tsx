// The signed-in key's own page, which every key may open.
import { useFrame } from '../features/frame/context';
import { Page } from '../features/frame/Page';
import { MyUsage } from '../features/me/MyUsage';

export function MePage() {
  const { me } = useFrame();
  return (
    <Page title="My usage">
      <MyUsage me={me} />
    </Page>
  );
}
