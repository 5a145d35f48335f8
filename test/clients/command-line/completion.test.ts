import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { COMMANDS as TABLE } from '../../../server/postern-cli/commands/index.js'
import { type Desk, openDesk } from '../../support/clients/client.js'
import { PYTHON } from '../../support/programs/system-packages.mjs'
import { describeWith } from '../../support/run/requires.js'
import { PROGRAMS } from './support/programs.js'

const TYPE = path.resolve('test/clients/command-line/support/type-in-shell.py')
/** Removes what stands in the line, so that the next is an empty one. */
const CLEAR = '\u0015'

const COMMANDS = ['login', 'logout', 'whoami', 'token', 'env', 'netrc', 'exec', 'explain', 'completion']

/** What is typed before the tabulator, and the words that come out. */
// biome-ignore format: a table reads in columns
const COMPLETIONS: readonly [typed: string, words: readonly string[]][] = [
  ['postern-cli \t\t',                      COMMANDS],
  ['postern-cli token \t\t',                ['new', 'list', 'revoke', 'rotate']],
  ['postern-cli token new x --\t\t',        ['--scope', '--expires', '--network', '--service', '--site', '--json']],
  ['postern-cli token rotate --\t\t',       ['--overlap', '--renew', '--site', '--json']],
  ['postern-cli login --\t\t',              ['--name', '--scope', '--keyring', '--site', '--json']],
  ['postern-cli who\t',                     ['postern-cli whoami']],
  ['postern-cli netrc --w\t',               ['postern-cli netrc --write']],
  ['postern-cli completion b\t',            ['postern-cli completion bash']],
  ['postern-cli exec -- a-program-of-m\t',  ['postern-cli exec -- a-program-of-mine']],
  ['postern-cli exec --json -- cat /et\t',  ['cat /etc/']],
]

describeWith(['python', 'zsh'], 'Completion', () => {
  let desk: Desk
  let shells: Readonly<Record<string, readonly string[]>>

  beforeAll(async () => {
    desk = openDesk()
    const scripts = new Map<string, string>()
    for (const shell of ['bash', 'zsh']) {
      scripts.set(shell, (await desk.run([...PROGRAMS[1].command, 'completion', shell])).stdout)
    }
    const functions = path.join(desk.home, 'functions')
    mkdirSync(functions)
    writeFileSync(path.join(functions, '_postern'), scripts.get('zsh') ?? '')
    mkdirSync(path.join(desk.home, 'bin'))
    writeFileSync(path.join(desk.home, 'bin/a-program-of-mine'), '', { mode: 0o755 })
    const prompt = "PS1='ready> '"
    const bash = desk.file('bashrc', [prompt, scripts.get('bash')].join('\n'))
    const begin = 'autoload -U compinit; compinit -u -D'
    const zsh = (name: string, lines: readonly (string | undefined)[]) => {
      mkdirSync(path.join(desk.home, name))
      desk.file(`${name}/.zshrc`, `${lines.join('\n')}\n`)
      return ['env', `ZDOTDIR=${desk.home}/${name}`, 'zsh', '-d', '-i']
    }
    shells = {
      bash: ['bash', '--noprofile', '--rcfile', bash, '-i'],
      'zsh, sourced': zsh('sourced', [prompt, begin, scripts.get('zsh')]),
      'zsh, found in its folders': zsh('found', [prompt, `fpath=(${functions} $fpath)`, begin]),
    }
  })
  afterAll(() => desk.clear())

  it('is of the same text from both programs, and knows each command and each option', async () => {
    for (const shell of ['bash', 'zsh']) {
      const print = PROGRAMS.map(({ command }) => desk.run([...command, 'completion', shell]))
      const [one, other] = (await Promise.all(print)).map(({ stdout }) => stdout)
      expect(one).toBe(other)
      const words = [...TABLE].flatMap(([name, { options }]) => [
        ...name.split(' '),
        ...Object.keys(options).map((option) => `--${option}`),
      ])
      expect(words.filter((word) => !new RegExp(`(?<![\\w-])${word}\\b`).test(one ?? ''))).toEqual([])
    }
  })

  describe.each(['bash', 'zsh, sourced', 'zsh, found in its folders'])('in %s', (name) => {
    it('offers the commands, actions and options, and programs after exec --', async () => {
      const wanted = (words: readonly string[]) => words.map((word) => `(?=[\\s\\S]*${word})`).join('')
      const steps = COMPLETIONS.map(([typed, words]) => [typed, wanted(words)])
      const all = [['', 'ready> '], ...steps.flatMap((step) => [step, [CLEAR, 'ready> |$']])]
      const env = { TERM: 'xterm', PATH: `${desk.home}/bin:${process.env.PATH}` }
      const ended = await desk.run([PYTHON, TYPE, JSON.stringify(all), ...(shells[name] ?? [])], env)
      expect(ended).toMatchObject({ code: 0, stderr: '' })
    })
  })
})
