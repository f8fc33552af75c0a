// The states of a call in words.
import type { Tone } from '../../ui/StatusBadge';
import type { Call } from './queries';

interface StatusText {
  tone: Tone;
  name: string;
  explanation: string;
}

export function statusText({ status, error_code, http_status }: Call): StatusText {
  switch (status) {
    case 'settled':
      return { tone: 'ok', name: 'settled', explanation: 'Counted as the provider reported it.' };
    case 'estimated':
      return {
        tone: 'warn',
        name: 'estimated',
        explanation: 'Upper bound: the stream was cut before the provider reported its counts.',
      };
    case 'abandoned':
      return {
        tone: 'warn',
        name: 'abandoned',
        explanation: 'This call was never settled. It is counted at its upper bound.',
      };
    case 'failed': {
      const reason = [http_status, error_code].filter((part) => part !== null).join(' ');
      const explanation = reason ? `Failed with ${reason}.` : 'Failed without a response.';
      return { tone: 'bad', name: 'failed', explanation };
    }
    default:
      return { tone: 'neutral', name: status, explanation: status };
  }
}
