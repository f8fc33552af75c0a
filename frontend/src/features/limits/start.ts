// A link that opens the form of a new limit for one subject: `?new=label&subject=checkout-bot`.
import { type Search, valuesOf } from '../../lib/view';
import { type LimitDraft, SUBJECTS, type SubjectChoice } from './draft';

export function startOfLimit(search: Search): Pick<LimitDraft, 'subject' | 'id'> | undefined {
  const [subject] = valuesOf(search, 'new');
  const [id = ''] = valuesOf(search, 'subject');
  if (subject === undefined || !Object.hasOwn(SUBJECTS, subject)) return undefined;
  return { subject: subject as SubjectChoice, id };
}
