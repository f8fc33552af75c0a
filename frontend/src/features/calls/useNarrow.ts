// Whether rows are cards: on phones, where columns do not fit.
import { useMediaQuery } from '@mantine/hooks';

export const useNarrow = (): boolean =>
  useMediaQuery('(max-width: 699.98px)', false, { getInitialValueInEffect: false });
