import { PassThrough, Readable } from 'node:stream'
import { afterAll, beforeAll } from '@jest/globals'
import { runCommand } from '../../../server/operate/cli/run-command.js'
import { type PosternOptions, type RunningPostern, startPostern } from '../../support/postern.js'
import { freshDatabase, freshRedis } from '../../support/stores/stores.js'
import { emptyFolder, removeFolders } from './executable.js'

/** A site, and the command line on the same stores with the same master secret. */
export interface CommandLine {
  site(): RunningPostern
  /** What the site's processes are started with. */
  environment(): Record<string, string>
  /** Runs a command to its end, in this process: one of its own loads all modules again, for a second and more. */
  run(args: readonly string[], input?: string): Promise<Ended>
}

interface Ended {
  readonly code: number
  /** All that it has printed, on both streams. */
  readonly output: string
}

/** Starts one site for the tests of a file. */
export function useCommandLine(
  startSite: (options: PosternOptions) => Promise<RunningPostern> = startPostern,
): CommandLine {
  let site: RunningPostern
  let environment: Record<string, string>

  beforeAll(async () => {
    const [databaseUrl, redisUrl, secret] = [await freshDatabase(), await freshRedis(), 'x'.repeat(32)]
    // With another secret, a command takes the sessions of the site for forged ones.
    site = await startSite({ databaseUrl, redisUrl, secret })
    environment = {
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      POSTERN_SECRET: secret,
      POSTERN_DATA: emptyFolder(),
      POSTERN_PORT: '0',
    }
  })
  afterAll(async () => {
    await site?.stop()
    removeFolders()
  })

  return {
    site: () => site,
    environment: () => environment,
    run: (args, input) => runIn(environment, args, input),
  }
}

/** Runs a command to its end, on the stores of these settings. */
export async function runIn(env: Record<string, string>, args: readonly string[], input = ''): Promise<Ended> {
  const printed: string[] = []
  const out = new PassThrough().on('data', (chunk) => printed.push(String(chunk)))
  const code = await runCommand({ args, env, stdin: Readable.from([input]), stdout: out, stderr: out })
  return { code, output: printed.join('') }
}
