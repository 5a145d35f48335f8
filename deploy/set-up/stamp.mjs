import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { root } from './step.mjs'

/** In node_modules, so that removing that folder makes the set-up run again. */
const file = path.join(root, 'node_modules/.postern-set-up.json')

/** From what a step's result was made, when it last succeeded; undefined when it never did or was cut off. */
export function stampOf(step) {
  return readStamps()[step]
}

/** To be called when the step has succeeded; undefined before it begins, so that half a result never counts. */
export function stamp(step, fingerprint) {
  writeFileSync(file, JSON.stringify({ ...readStamps(), [step]: fingerprint }))
}

/** One hash for all of the given texts. */
export function fingerprintOf(texts) {
  const hash = createHash('sha256')
  for (const text of texts) hash.update(`${Buffer.byteLength(text)}:`).update(text)
  return hash.digest('hex')
}

function readStamps() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return {}
  }
}
