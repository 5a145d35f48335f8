import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Desk } from '../../support/clients/client.js'
import type { Ended } from '../../support/run/processes.js'

const SCRIPT = fileURLToPath(new URL('./mast.py', import.meta.url))

/** Debian's Python, which Debian's astroquery belongs to. */
const PYTHON = '/usr/bin/python3'

/** Signs in to an archive with astroquery, as the page of a new token says, and downloads files. */
export function runAstroquery(desk: Desk, server: string, token: string, uris: readonly string[] = []): Promise<Ended> {
  const folder = path.join(desk.home, '.astropy', 'config')
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, 'astroquery.cfg'), `[mast]\nserver = ${server}\n`)
  return desk.run([PYTHON, SCRIPT, ...uris], { MAST_API_TOKEN: token })
}
