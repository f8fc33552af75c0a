/** Changes of settings that lose data or secrets. */

import type { Settings } from '../settings.ts';

interface Rule {
  /** What is lost by changing the deployed value to the wanted one; undefined if nothing. */
  readonly loss: (deployed: unknown, wanted: unknown) => string | undefined;
}

const lower = (loss: string): Rule => ({
  loss: (deployed, wanted) => (Number(wanted) < Number(deployed) ? loss : undefined),
});
const off = (loss: string): Rule => ({ loss: (deployed, wanted) => (deployed && !wanted ? loss : undefined) });
const changed = (loss: string): Rule => ({
  loss: (deployed, wanted) => ((deployed ?? null) === (wanted ?? null) ? undefined : loss),
});

/** Every setting whose reduction cannot be undone by setting it back. */
const RULES = {
  databaseStorageGib: lower('a disk cannot shrink: the database would be replaced by an empty one'),
  databaseBackupDays: lower('backups older than the new limit are deleted'),
  databaseMultiAz: off('the standby is deleted, and a failure of the zone is an outage'),
  databaseSnapshot: changed('the database is replaced: by an empty one without the setting, else by the snapshot'),
  databaseRestoreFrom: changed('the database is replaced: by an empty one without the setting, else by the backup'),
  databaseRestoreTime: changed('the database is replaced: by an empty one without the setting, else by the backup'),
  vpcId: changed('network and database are replaced: by an empty database in another network'),
  retentionMonths: {
    loss: (deployed, wanted) =>
      Number(wanted ?? Number.POSITIVE_INFINITY) < Number(deployed ?? Number.POSITIVE_INFINITY)
        ? 'single calls older than the new limit are deleted'
        : undefined,
  },
  logRetentionDays: lower('logs older than the new limit are deleted'),
  openaiAdminKey: off('its secret leaves the deployment: switching it on again creates an empty one'),
  anthropicAdminKey: off('its secret leaves the deployment: switching it on again creates an empty one'),
  anthropicKey: off('its secret leaves the deployment: switching it on again creates an empty one'),
  geminiKey: off('its secret leaves the deployment: switching it on again creates an empty one'),
  limitEventsWebhookUrl: off('its signing secret leaves the deployment: switching it on again creates another one'),
} satisfies Partial<Record<keyof Settings, Rule>>;

export type StatefulSetting = keyof typeof RULES;

const STATEFUL = Object.keys(RULES) as StatefulSetting[];

/** What the data stack records, to compare the next deployment with. */
export function statefulSettings(settings: Settings): Record<StatefulSetting, unknown> {
  // A webhook's URL may hold a secret: whether there is one is enough.
  const record = { ...settings, limitEventsWebhookUrl: settings.limitEventsWebhookUrl !== undefined };
  const entries = STATEFUL.map((name) => [name, record[name] ?? null]);
  return Object.fromEntries(entries) as Record<StatefulSetting, unknown>;
}

export interface Reduction {
  readonly setting: StatefulSetting;
  readonly message: string;
}

/** @param deployed what the data stack recorded; settings that it does not know are not compared */
export function reductions(deployed: Readonly<Record<string, unknown>>, wanted: Settings): Reduction[] {
  return STATEFUL.filter((setting) => setting in deployed).flatMap((setting) => {
    const loss = RULES[setting].loss(deployed[setting], wanted[setting]);
    const [from, to] = [deployed[setting], statefulSettings(wanted)[setting]].map((value) =>
      JSON.stringify(value ?? null),
    );
    return loss ? [{ setting, message: `${setting} from ${from} to ${to}: ${loss}` }] : [];
  });
}
