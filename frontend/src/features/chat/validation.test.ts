import { describe, expect, it } from 'vitest';
import { toRequest, validateDraft } from './validation';

const draft = { userLabel: 'alice', model: 'gpt-4o-mini', prompt: 'Hello', providerKey: '' };

describe('validateDraft', () => {
  it('accepts every character that a label may have', () => {
    expect(validateDraft({ ...draft, userLabel: 'Ana_1.b@x:y/z+w-v é' })).toEqual({});
  });

  it('wants label, model and prompt, and spaces are none', () => {
    const errors = validateDraft({ ...draft, userLabel: ' ', model: '', prompt: '\n' });
    expect(Object.keys(errors)).toEqual(['userLabel', 'model', 'prompt']);
  });

  it.each(['semi;colon', 'new\nline', 'a'.repeat(129)])('refuses the label %j', (userLabel) => {
    expect(validateDraft({ ...draft, userLabel })).toHaveProperty('userLabel');
  });

  it('stops a Tokenmeter key from being sent as a provider key', () => {
    expect(validateDraft({ ...draft, providerKey: 'tm_abc' })).toHaveProperty('providerKey');
  });
});

describe('toRequest', () => {
  it('sends no api_key where none was given', () => {
    expect(toRequest(draft)).toEqual({
      user_label: 'alice',
      model: 'gpt-4o-mini',
      prompt: 'Hello',
    });
  });

  it('trims what is a name and leaves the prompt as written', () => {
    expect(
      toRequest({ userLabel: ' bob ', model: ' o3 ', prompt: ' hi ', providerKey: ' sk-1 ' }),
    ).toEqual({ user_label: 'bob', model: 'o3', prompt: ' hi ', api_key: 'sk-1' });
  });
});
