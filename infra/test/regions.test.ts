import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { REGIONS, rejectRegion } from '../lib/regions.ts';
import { path } from './app.ts';

const HERE = { name: 'a', preview: false };

test('regions are those whose database certificates the functions can verify', () => {
  const roots = readFileSync(path('../../shared/platform/src/tls/rds-roots.pem'), 'utf8');
  const named = [...roots.matchAll(/^# Amazon RDS (\S+) Root CA RSA2048 G1/gm)].map(([, region]) => region);
  expect(named.length).toBe(roots.match(/BEGIN CERTIFICATE/g)?.length);
  expect([...REGIONS]).toEqual(named.sort());
});

test.each(['il-central-1', 'mx-central-1', 'cn-north-1', 'us-gov-west-1', 'ap-southeast-7'])(
  '%s is refused, by setting and by credentials, with the way out',
  (region) => {
    const message = new RegExp(`region ${region} is not supported.*eu-central-1.*rds-roots.pem`);
    expect(() => rejectRegion({ ...HERE, region: undefined }, region)).toThrow(message);
    expect(() => rejectRegion({ ...HERE, region }, undefined)).toThrow(message);
  },
);

test('a deployment stays in its region', () => {
  expect(() => rejectRegion({ ...HERE, region: 'eu-central-1' }, 'us-east-1')).toThrow(
    'deployment a belongs to region eu-central-1, but the current region is us-east-1: set AWS_REGION=eu-central-1',
  );
  expect(() => rejectRegion({ ...HERE, region: 'eu-central-1' }, 'eu-central-1')).not.toThrow();
  expect(() => rejectRegion({ ...HERE, region: 'eu-central-1' }, undefined)).not.toThrow();
  expect(() => rejectRegion({ ...HERE, region: undefined }, undefined)).not.toThrow();
});

test('a review needs no credentials, but a region that is supported', () => {
  const review = { ...HERE, preview: true };
  expect(() => rejectRegion({ ...review, region: 'eu-central-1' }, 'us-east-1')).not.toThrow();
  expect(() => rejectRegion({ ...review, region: 'il-central-1' }, 'us-east-1')).toThrow('region il-central-1 is not');
});
