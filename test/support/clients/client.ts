import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Ended, run } from '../run/processes.js'
import { temporaryFolder } from '../run/unprivileged.js'

/** Runs clients in an empty home folder, so that no `.netrc` or setting of this machine's user has a say. */
export interface Desk {
  readonly home: string
  run(command: readonly string[], env?: NodeJS.ProcessEnv, timeout?: number): Promise<Ended>
  /** Writes a file into the home folder, and gives back its path. */
  file(name: string, content: string): string
  clear(): void
}

export function openDesk(): Desk {
  const home = temporaryFolder('home')
  const base = { PATH: process.env.PATH, HOME: home, LANG: 'C.UTF-8' }
  return {
    home,
    run: (command, env = {}, timeout = undefined) =>
      run(command, { env: { ...base, ...env }, cwd: home, ...(timeout !== undefined && { timeout }) }),
    file: (name, content) => {
      writeFileSync(join(home, name), content, { mode: 0o600 })
      return join(home, name)
    },
    clear: () => rmSync(home, { recursive: true, force: true }),
  }
}
