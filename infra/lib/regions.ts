/** Regions that a deployment works in. */

import { SettingsError } from './settings/reader.ts';
import type { Settings } from './settings.ts';

/**
 * Regions whose database certificates the functions can verify: those with a root in
 * `shared/platform/src/tls/rds-roots.pem`, which a test compares.
 */
export const REGIONS: readonly string[] = [
  'af-south-1',
  'ap-east-1',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-south-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'ca-central-1',
  'eu-central-1',
  'eu-central-2',
  'eu-north-1',
  'eu-south-1',
  'eu-south-2',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'me-central-1',
  'me-south-1',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
];

/**
 * Refuses regions in which the first connection to the database would fail.
 *
 * @param reported the region of the credentials, as the CDK CLI reports it
 */
export function rejectRegion(
  settings: Pick<Settings, 'region' | 'name' | 'preview'>,
  reported: string | undefined,
): void {
  // Without credentials the CLI reports us-east-1; a review goes nowhere.
  const current = settings.preview ? undefined : reported;
  for (const region of new Set([settings.region, current])) {
    if (region !== undefined && region !== '' && !REGIONS.includes(region)) {
      throw new SettingsError(
        `region ${region} is not supported: the functions have no certificate root for its databases. Choose one of ` +
          `${REGIONS.join(', ')}, or add the root of ${region} to shared/platform/src/tls/rds-roots.pem and to ` +
          'infra/lib/regions.ts',
      );
    }
  }
  if (settings.region && current && settings.region !== current) {
    throw new SettingsError(
      `deployment ${settings.name} belongs to region ${settings.region}, but the current region is ${current}: set ` +
        `AWS_REGION=${settings.region}`,
    );
  }
}
