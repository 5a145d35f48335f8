/** What is not in a backup, and why. Everything else is: a table or a kind of key that is added later need not be named. */
type LeftOut = Readonly<Record<string, string>>

/** Tables, by their names. */
export const TABLES_LEFT_OUT: LeftOut = {
  _prisma_migrations: 'the manifest has the migrations, and the restore applies them',
}

/** Keys in Redis, by how they begin. */
export const REDIS_LEFT_OUT: LeftOut = {
  'postern:life': 'identifies one Redis and its data; another one must have another',
  'postern:sessions:': 'an index, made anew from the sessions',
  'postern:delegated:': 'an index, made anew from the delegated tokens',
  'postern:start': 'questions of a start about its rights, gone after a minute',
  'postern:restore': 'the mark of a restore under way',
  'postern:refusals:': 'sums of minutes, for alarms',
  'postern:alarm:': 'alarms of the last minutes, so that none is sent twice',
  'postern:quota:': 'requests of the last minute; the overrides of quotas are in the backup',
  'postern:sign-in:': 'failed sign-ins of the last minutes',
  'postern:device:': 'requests of devices in the last minutes',
  'postern:leaked': 'reports of leaked tokens in the last minutes',
  'postern:workload:failed': 'failed exchanges in the last minutes',
  'postern:passkey:': 'challenges of sign-ins under way',
  'postern:saml:answer:': 'sign-ins under way',
}

/** Returns whether a key of Redis is in a backup. */
export function isBackedUp(key: string): boolean {
  return !Object.keys(REDIS_LEFT_OUT).some((prefix) => key.startsWith(prefix))
}
