import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Settings } from '../../settings/schema.js'

/** Says that the socket of the checks is not of its folder's group, so that the proxy may not open it. */
export function adviceOnSocket({ internalListen }: Pick<Settings, 'internalListen'>): string | undefined {
  if (!internalListen || !('path' in internalListen)) return undefined
  const { path } = internalListen
  const folder = dirname(path)
  const { gid } = statSync(folder)
  if (statSync(path).gid === gid) return undefined
  return `A proxy of the group ${gid} cannot open ${path}, and answers 503: Postern's user is not of the group of ${folder}. Stop Postern, then: chmod g+s ${folder}`
}
