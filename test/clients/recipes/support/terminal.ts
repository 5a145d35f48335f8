import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ShownRecipe } from '../../../../server/pages/recipes/view-models.js'
import { type Ended, run } from '../../../support/run/processes.js'
import { temporaryFolder } from '../../../support/run/unprivileged.js'
import { linesOf } from './recipe-site.js'

/** Programs whose command lines are written down, as `ps` shows them to every user of the machine. */
const WATCHED = ['curl', 'wget', 'stilts', 'java', 'Rscript', 'python3']

export interface Followed extends Ended {
  /** What the shell kept of all that was typed. */
  readonly history: string
  readonly commandLines: string
}

export interface Terminal {
  readonly home: string
  /** Follows a recipe as a user does, who types and pastes what it has to copy. */
  follow(recipe: ShownRecipe, how?: Following): Promise<Followed>
  clear(): void
}

export interface Following {
  /** Where the lines go that the recipe has for a file, in the home folder: one name for each. */
  readonly files?: readonly string[]
  /** What runs a program that the recipe has for a file: `python3 program`. */
  readonly runner?: string
  /** Programs that the shell finds in place of those of this machine. */
  readonly programs?: Readonly<Record<string, string>>
  readonly env?: NodeJS.ProcessEnv
  /** Changes what a user puts in place of something. */
  readonly edit?: (code: string) => string
}

export function openTerminal(): Terminal {
  const home = temporaryFolder('recipe')
  const record = join(home, 'command-lines')
  const history = join(home, 'shell-history')
  const watch = (name: string, program: string) => {
    const script = `#!/bin/bash\nprintf '%s ' "$0" "$@" >> '${record}'\nexec '${program}' "$@"\n`
    writeFileSync(join(home, name), script, { mode: 0o755 })
  }
  for (const name of WATCHED) {
    const program = pathOf(name)
    if (program !== '') watch(name, program)
  }
  return {
    home,
    async follow(
      recipe,
      { files = [], runner = 'python3', programs = {}, env = {}, edit = (code: string) => code } = {},
    ) {
      writeFileSync(record, '')
      for (const [name, program] of Object.entries(programs)) watch(name, program)
      rmSync(history, { force: true })
      const rest = [...files]
      const typed = linesOf(recipe).flatMap((line, index) => {
        if (!('code' in line)) return []
        const code = edit(line.code)
        // A token is pasted where the command before it asks for one.
        if (line.label === 'command' || line.label === 'token') return [code]
        if (line.label === 'lines') {
          const name = rest.shift()
          if (name === undefined) throw new Error(`No file for: ${code}`)
          return [`cat >> '${join(home, name)}' < '${write(home, `lines-${index}`, code)}'`]
        }
        if (line.label === 'program') return [`${runner} '${write(home, `program-${index}`, code)}'`]
        return []
      })
      const environment = {
        PATH: `${home}:${process.env.PATH}`,
        HOME: home,
        LANG: 'C.UTF-8',
        PS1: '',
        HISTFILE: history,
        ...env,
      }
      const input = `${typed.join('\n')}\nexit\n`
      const ended = await run(['bash', '--norc', '-i'], { env: environment, cwd: home, input })
      return { ...ended, history: readFileSync(history, 'utf8'), commandLines: readFileSync(record, 'utf8') }
    },
    clear: () => rmSync(home, { recursive: true, force: true }),
  }
}

function write(home: string, name: string, content: string): string {
  const file = join(home, name)
  writeFileSync(file, `${content}\n`)
  chmodSync(file, 0o600)
  return file
}

function pathOf(name: string): string {
  return spawnSync('bash', ['-c', 'command -v "$0"', name], { encoding: 'utf8' }).stdout.trim()
}
