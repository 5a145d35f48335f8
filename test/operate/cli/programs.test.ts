import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { parseProgramsCsv } from '../../../server/operate/cli/programs-csv.js'
import { type InvalidRows, loadPrograms } from '../../../server/programs/load.js'
import { grantAccess } from '../../../server/programs/manage.js'
import { storedEvents } from '../../storage/audit/support/events.js'
import { temporaryFolder } from '../../support/run/unprivileged.js'
import { startArchive } from '../../support/stores/archive.js'
import { useCommandLine } from './command-line.js'

const { site, run: command } = useCommandLine(startArchive)
const folder = temporaryFolder('tables')

const run = (...args: string[]) => command(['program', ...args])

function importing(text: string) {
  const file = path.join(folder, 'programs.csv')
  writeFileSync(file, text)
  return run('import', file)
}

describe('postern program import', () => {
  it('loads a table as archives write it, says what changed, and again finds it as it was', async () => {
    const table = [
      '\uFEFFid,title,period_end,public,investigators',
      'C-1,"Deep, deeper",2030-01-01T00:00:00Z,,pi:ada co-i:Grace@Example.org',
      '',
      'C-2,Old news,,TRUE,',
      'C-3,Never said,,no,pi:ada',
    ].join('\r\n')
    const first = await importing(table)
    expect(first).toMatchObject({ code: 0, output: expect.stringContaining('New: 3 (C-1, C-2, C-3).') })
    const second = await importing(table.replace('Old news', 'Older news'))
    expect(second.output).toContain('New: 0.\nChanged: 1 (C-2).\nUnchanged: 2.')
    const shown = await run('show', 'C-1')
    expect(shown.output).toContain('Data: exclusive until 2030-01-01T00:00:00Z')
    expect(shown.output).toMatch(/^pi {4}ada$/m)
    expect(shown.output).toMatch(/^co-i {2}grace@example.org$/m)
    expect(shown.output).toMatch(/<operator> +create/)
  })

  it('loads the example of the documents, which name each column', async () => {
    const document = readFileSync('deploy/docs/exclusive-access.md', 'utf8')
    const [, example = ''] = /^```\n(id,.*?)^```$/ms.exec(document) ?? []
    const [header = ''] = example.split('\n')
    for (const column of header.split(',')) expect(document).toContain(`| \`${column}\` |`)
    expect(await importing(example)).toMatchObject({ code: 0, output: expect.stringContaining('New: 1 (GO-1234).') })
    expect((await run('show', 'GO-1234')).output).toMatch(/^pi {4}ada$/m)
  })

  it('names what is wrong and where, and loads nothing', async () => {
    const { code, output } = await importing('id,public\nD-1,true\nD-2,maybe\n')
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(/programs\.csv, line 3, public: .*\n.*Nothing was loaded/),
    ])
    expect(await site().context.postgres.prisma.program.count({ where: { id: 'D-1' } })).toBe(0)
    expect((await storedEvents(site())).at(-1)).toMatchObject({
      event: { action: 'program.load', outcome: 'failure', reason: 'invalid_parameter' },
      postern: {
        channel: 'command',
        object: { type: 'command', id: expect.stringContaining('program import ') },
        details: { mistakes: 1, first: [{ line: 3, field: 'public', message: expect.any(String) }] },
      },
    })
  })

  it('says which file it cannot read', async () => {
    const { code, output } = await run('import', '/nowhere/x.csv')
    expect([code, output]).toEqual([1, '/nowhere/x.csv cannot be read (ENOENT).\n'])
  })
})

// biome-ignore format: a table reads in columns
it.each([
  ['a row that is wrong',             'id,public\nD-1,true\nD-2,maybe\nD-3,true\n',          'line 3, public: '],
  ['a row after a field of two lines', 'id,investigators,public\nD-1,"pi:ada\nco-i:x",true\nD-2,,\n', 'line 4, period_end: is missing'],
  ['somebody without a role',         'id,public,investigators\nD-1,true,ada\n',             'line 2, investigators.0.role: '],
  ['a row that is too short',         'id,title,public\nD-1,x,true\nD-2\n',                  'line 3: '],
  ['a quote that does not end',       'id,title,public\nD-1,"x,true\n',                      'line '],
  ['a column that nobody knows',      'id,perid_end\nD-1,2030-01-01\n',                      'line 1: there is no column perid_end'],
  ['no column id',                    'title,public\nx,true\n',                              'line 1: there is no column id'],
  ['the same program twice',          'id,public\nD-1,true\nD-1,false\n',                    'line 3, id: D-1 is on line 2 already'],
])('a table with %s is named and not loaded', async (_what, table, said) => {
  const loaded = await loadPrograms(site().context, parseProgramsCsv(Readable.from([table])), { username: 'operator' })
  const told = (loaded as InvalidRows).mistakes.map(({ line, field, message }) => `line ${line}${field && `, ${field}`}: ${message}`)
  expect(told).toEqual([expect.stringContaining(said)])
  expect(await site().context.postgres.prisma.program.count({ where: { id: 'D-1' } })).toBe(0)
})

it('postern program list and show tell of programs, of grants that wait, and of those that are gone', async () => {
  await importing('id,title,public,investigators\nE-1,Strange lights,false,pi:ada\n')
  const admin = { username: 'root', scopes: ['admin:token'] as never[], mayChange: true, actor: { username: 'root' } }
  await grantAccess(site().context, admin, 'E-1', 'eve@example.org')
  expect((await run('list', 'LIGHTS')).output).toMatch(/^E-1 +exclusive +1 +1 +Strange lights$/m)
  expect((await run('show', 'E-1')).output).toContain('grant eve@example.org (pending), by root')
  await site().context.postgres.prisma.program.delete({ where: { id: 'E-1' } })
  expect((await run('show', 'E-1')).output).toContain('E-1 no longer exists.')
})
