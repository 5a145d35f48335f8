import { existsSync, readFileSync, realpathSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Call, Command } from '../arguments.js'
import { EXIT, Failure } from '../failure.js'
import { writePrivate } from '../files.js'
import { show } from '../output.js'
import { sessionOf } from '../session.js'
import { hostOf } from '../site.js'

export const netrc: Command = {
  help: 'print the line for .netrc',
  needs: [],
  options: { write: { help: 'write it there' } },
  run,
}

const LOGIN = 'x-oauth-basic'
const ONE_LINE = /^\s*machine\s+\S+\s+login\s+\S+\s+password\s+\S+\s*$/

function run(asked: Call): void {
  const { site, token } = sessionOf(asked.site)
  const machine = hostOf(site)
  const line = `machine ${machine} login ${LOGIN} password ${token}`
  if (!asked.has('write')) {
    show(asked, { machine, login: LOGIN, password: token }, line)
    return
  }
  const named = process.env.NETRC || path.join(os.homedir(), '.netrc')
  // A link stays one, and what it leads to is written.
  const file = existsSync(named) ? realpathSync(named) : named
  const text = existsSync(file) ? readFileSync(file, 'utf8').replace(/\n$/, '') : ''
  const old = text === '' ? [] : text.split('\n')
  const isEntry = (each: string) => {
    const [word, host] = each.trim().split(/\s+/)
    return word === 'machine' && host === machine
  }
  if (old.some((each) => isEntry(each) && !ONE_LINE.test(each))) {
    const sentence = `${file} has an entry for ${machine} that is longer than a line: change it by hand`
    throw new Failure(EXIT.refused, sentence)
  }
  const others = old.filter((each) => !isEntry(each))
  writePrivate(file, `${[...others, line].join('\n')}\n`)
  show(asked, { file, machine }, `Written to ${file}`)
}
