// Reads the bucket that keys chose to screen readers, once the keys rest.
import { useDebouncedValue } from '@mantine/hooks';
import { sentenceOf } from './readings';
import type { TimeChartProps } from './TimeChart';

interface LiveTextProps extends TimeChartProps {
  bucket: number | undefined;
  group: number | undefined;
}

const REST_MS = 300;

export function LiveText(props: LiveTextProps) {
  const text = props.bucket === undefined ? '' : sentenceOf(props, props.bucket, props.group);
  const [said] = useDebouncedValue(text, REST_MS);
  return (
    <span className="visually-hidden" aria-live="polite">
      {said}
    </span>
  );
}
