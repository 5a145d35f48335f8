import path from 'node:path'
import { PYTHON } from '../../../support/programs/system-packages.mjs'

const python = { name: 'postern.py', command: [PYTHON, path.resolve('deploy/cli/postern.py')] }
const node = { name: 'postern-cli', command: [process.execPath, path.resolve('dist/postern-cli/main.js')] }

/** The two programs for users, which do the same; and for each the other. */
export const PROGRAMS = [
  { ...python, other: node },
  { ...node, other: python },
] as const

export type Program = (typeof PROGRAMS)[number]
