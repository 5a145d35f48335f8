import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { jar } from '../../support/programs/jars.mjs'
import { runOrFail } from '../../support/run/processes.js'
import { describeWith } from '../../support/run/requires.js'
import { BASIC, type RecipeSite, startRecipeSite, TOKEN } from './support/recipe-site.js'
import { type Following, openTerminal, type Terminal } from './support/terminal.js'

const SOURCE = fileURLToPath(new URL('./support/Stilts.java', import.meta.url))

/** The recipe has a command for each age of STILTS: a user runs one. */
const only = (age: 'newer' | 'older') => (code: string) =>
  code.includes('tapquery') && code.includes('-Dauth.') !== (age === 'newer') ? 'true' : code

describe('The recipe for STILTS, followed in a shell,', () => {
  let site: RecipeSite
  let terminal: Terminal

  beforeAll(async () => {
    site = await startRecipeSite()
    terminal = openTerminal()
  })
  afterAll(async () => {
    terminal?.clear()
    await site?.stop()
  })

  async function follow(age: 'newer' | 'older', how: Following = {}) {
    site.clear()
    return terminal.follow(site.recipe('stilts'), { files: ['.stilts-login'], edit: only(age), ...how })
  }

  describeWith(['stilts'], 'with a version before 3.5,', () => {
    it('queries with the token, which no history and no list of processes shows', async () => {
      const { history, commandLines, stdout } = await follow('older')
      expect(stdout).toContain('one')
      expect(site.asked().map(([, credential]) => credential)).toContain(BASIC)
      expect(commandLines).toContain('java')
      expect(history).toContain('stilts')
      expect(commandLines + history).not.toContain(TOKEN)
    })
  })

  // STILTS itself is in no repository of this machine; the library with which it logs in is.
  describeWith(['stil', 'javac'], 'with the library of a newer one,', () => {
    it('queries with the token, which no history and no list of processes shows', async () => {
      const classes = path.join(terminal.home, 'classes')
      mkdirSync(classes)
      await runOrFail(['javac', '-cp', jar('stil'), '-d', classes, SOURCE])
      const newer = path.join(terminal.home, 'newer-stilts')
      const command = `java "\${@:1:2}" -cp '${jar('stil')}:${classes}' Stilts "\${@:3}"`
      writeFileSync(newer, `#!/bin/bash\n${command}\n`, { mode: 0o755 })
      const { history, commandLines, stdout, stderr } = await follow('newer', { programs: { stilts: newer } })
      expect({ stdout, stderr }).toMatchObject({ stdout: expect.stringContaining('table_name\none\n') })
      expect(site.asked().map(([, credential]) => credential)).toContain(BASIC)
      expect(commandLines).toContain('-Dauth.password=@')
      expect(commandLines + history).not.toContain(TOKEN)
    })
  })
})
