// Whether the page has the width of a phone; the same width as in the style sheets.
import { useMediaQuery } from '@mantine/hooks';

export const usePhone = (): boolean =>
  useMediaQuery('(max-width: 699.98px)', false, { getInitialValueInEffect: false });
