// Usage by any dimension.
import { Explore } from '../features/explore/Explore';
import { parseExplore } from '../features/explore/state';
import { BrokenLinkNote } from '../features/frame/BrokenLinkNote';
import { useFrame } from '../features/frame/context';
import { Page } from '../features/frame/Page';
import { dimName } from '../lib/groups';
import { METRICS } from '../lib/metrics';
import { useRawSearch } from '../lib/useView';

export function ExplorePage() {
  const { me } = useFrame();
  const { state, broken } = parseExplore(useRawSearch());
  const what = `${METRICS[state.metric]} by ${dimName(state.by).toLowerCase()}`;
  return (
    <Page title="Explore" tab={`Explore · ${what}`} filters={['range', 'values', 'cost']}>
      {broken.length > 0 && <BrokenLinkNote parts={broken} />}
      <Explore me={me} />
    </Page>
  );
}
