import { describe, expect, it } from 'vitest';
import { toRequest, validateDraft } from './validation';

const draft = { userLabel: 'alice', model: 'gpt-4o-mini', prompt: 'Hello', providerKey: '' };

describe('validateDraft', () => {
  it.each(['auth0|6543', 'DOMAIN\\bob', "o'neil@x.com", 'semi;colon', 'हिन्दी', '👩‍💻', ' padded '])(
    'accepts the label %j',
    (userLabel) => {
      expect(validateDraft({ ...draft, userLabel })).toEqual({});
    },
  );

  it('requires label, model and prompt, and treats blank input as missing', () => {
    const errors = validateDraft({ ...draft, userLabel: ' ', model: '', prompt: '\n' });
    expect(Object.keys(errors)).toEqual(['userLabel', 'model', 'prompt']);
  });

  it.each(['new\nline', 'a\u200bb', 'a\u202eb', 'a\u2028b', 'a'.repeat(129)])(
    'rejects the label %j',
    (userLabel) => {
      expect(validateDraft({ ...draft, userLabel })).toHaveProperty('userLabel');
    },
  );

  it('rejects a Tokenmeter key as provider key', () => {
    expect(validateDraft({ ...draft, providerKey: 'tm_abc' })).toHaveProperty('providerKey');
  });
});

describe('toRequest', () => {
  it('omits an empty api_key', () => {
    expect(toRequest(draft)).toEqual({
      user_label: 'alice',
      model: 'gpt-4o-mini',
      prompt: 'Hello',
    });
  });

  it('trims names and keeps the prompt unchanged', () => {
    expect(
      toRequest({ userLabel: ' bob ', model: ' o3 ', prompt: ' hi ', providerKey: ' sk-1 ' }),
    ).toEqual({ user_label: 'bob', model: 'o3', prompt: ' hi ', api_key: 'sk-1' });
  });
});
