import { describe, expect, it } from 'vitest';
import { EMPTY, toInput, validateDraft } from './draft';

const draft = { ...EMPTY, label: 'alice', prompt: 'Hello' };

describe('validateDraft', () => {
  it.each(['auth0|6543', 'DOMAIN\\bob', "o'neil@x.com", 'semi;colon', 'हिन्दी', '👩‍💻', ' padded '])(
    'accepts the label %j',
    (label) => {
      expect(validateDraft({ ...draft, label })).toEqual({});
    },
  );

  it('requires label, model and prompt, and treats blank input as missing', () => {
    const errors = validateDraft({ ...draft, label: ' ', model: '', prompt: '\n' });
    expect(Object.keys(errors)).toEqual(['label', 'model', 'prompt']);
  });

  it.each(['new\nline', 'a\u200bb', 'a\u202eb', 'a\u2028b', 'a'.repeat(129)])(
    'rejects the label %j',
    (label) => {
      expect(validateDraft({ ...draft, label })).toHaveProperty('label');
    },
  );

  it('rejects a Tokenmeter key as provider key', () => {
    expect(validateDraft({ ...draft, providerKey: 'tm_abc' })).toHaveProperty('providerKey');
  });
});

describe('validateDraft of the further fields', () => {
  it.each(['', ' 100 ', '1'])('accepts %j as output bound', (maxOutput) => {
    expect(validateDraft({ ...draft, maxOutput })).toEqual({});
  });

  it.each(['0', '-1', '1.5', '1e3', 'many'])('rejects %j as output bound', (maxOutput) => {
    expect(validateDraft({ ...draft, maxOutput })).toHaveProperty('maxOutput');
  });

  it.each(['', 'team=search', 'a=b=c, env=dev,', 'équipe=recherche'])(
    'accepts the tags %j',
    (tags) => {
      expect(validateDraft({ ...draft, tags })).toEqual({});
    },
  );

  it.each(['team', '=x', 'team=', `a=${'b'.repeat(65)}`, 'a=1,b=2,c=3,d=4,e=5,f=6,g=7,h=8'])(
    'rejects the tags %j',
    (tags) => {
      expect(validateDraft({ ...draft, tags })).toHaveProperty('tags');
    },
  );
});

describe('toInput', () => {
  it('omits what is empty, and marks the source', () => {
    expect(toInput(draft)).toEqual({
      label: 'alice',
      model: 'gpt-4o-mini',
      prompt: 'Hello',
      system: undefined,
      maxOutput: undefined,
      tags: ['source=playground'],
      providerKey: undefined,
    });
  });

  it('trims names and keeps prompts unchanged', () => {
    const full = { label: ' bob ', model: ' o3 ', prompt: ' hi ', system: ' be brief ' };
    const rest = { maxOutput: ' 50 ', tags: 'a=b , c=d', providerKey: ' sk-1 ' };
    expect(toInput({ ...full, ...rest })).toEqual({
      label: 'bob',
      model: 'o3',
      prompt: ' hi ',
      system: ' be brief ',
      maxOutput: 50,
      tags: ['source=playground', 'a=b', 'c=d'],
      providerKey: 'sk-1',
    });
  });
});
