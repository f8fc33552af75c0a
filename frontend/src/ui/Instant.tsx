// A point in time. The title has it in RFC 3339 with the zone; relative texts are for "last used" only.
import { formatAgo, formatDay, formatInstant, formatMinute, instantTitle } from '../lib/format';

interface InstantProps {
  /** RFC 3339; null shows a dash. */
  at: string | null | undefined;
  /** IANA zone; default the reader's own. */
  zone?: string;
  as?: 'second' | 'minute' | 'day' | 'ago';
}

const FORMATS = {
  second: (at: string, zone?: string) => formatInstant(at, zone),
  minute: (at: string, zone?: string) => formatMinute(at, zone),
  day: (at: string, zone?: string) => formatDay(at, zone),
  ago: (at: string) => formatAgo(at),
};

export function Instant({ at, zone, as = 'second' }: InstantProps) {
  if (at == null) return '–';
  return (
    <time dateTime={at} title={instantTitle(at, zone)} className="numeric">
      {FORMATS[as](at, zone)}
    </time>
  );
}
