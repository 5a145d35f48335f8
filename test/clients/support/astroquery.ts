import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Desk } from '../../support/clients/client.js'
import { wheelFolder } from '../../support/programs/wheels.mjs'
import type { Ended } from '../../support/run/processes.js'

const SCRIPT = fileURLToPath(new URL('./mast.py', import.meta.url))

/** The oldest astroquery that is supported, Debian's with Debian's Python, and the newest, PyPI's. */
export type Astroquery = 'astroquery' | 'newAstroquery'

/** Signs in to an archive with astroquery, as the page of a new token says, and downloads files. */
export function runAstroquery(
  { desk, server, which = 'astroquery' }: { readonly desk: Desk; readonly server: string; readonly which?: Astroquery },
  token: string,
  uris: readonly string[] = [],
): Promise<Ended> {
  const folder = path.join(desk.home, '.astropy', 'config')
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, 'astroquery.cfg'), `[mast]\nserver = ${server}\n`)
  const own = which === 'newAstroquery' && { PYTHONPATH: wheelFolder(which) }
  return desk.run([own ? 'python3' : '/usr/bin/python3', SCRIPT, ...uris], { MAST_API_TOKEN: token, ...own })
}
