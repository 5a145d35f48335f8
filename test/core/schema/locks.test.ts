import { describe, expect, it } from '@jest/globals'
import { locksOf } from '../../../server/core/schema/locks.js'

describe('the locks of a migration', () => {
  it.each<[sql: string, locks: Record<string, string>]>([
    ['ALTER TABLE "sheep" ADD COLUMN "wool" INTEGER;', { sheep: 'ACCESS EXCLUSIVE' }],
    ['DROP TABLE IF EXISTS sheep;', { sheep: 'ACCESS EXCLUSIVE' }],
    ['TRUNCATE sheep;', { sheep: 'ACCESS EXCLUSIVE' }],
    ['CREATE UNIQUE INDEX "i" ON "sheep"("wool");', { sheep: 'SHARE' }],
    ['UPDATE sheep SET wool = 1;', { sheep: 'ROW EXCLUSIVE' }],
    ['INSERT INTO "sheep" SELECT 1 FROM "goat";', { sheep: 'ROW EXCLUSIVE' }],
    ['DELETE FROM sheep;', { sheep: 'ROW EXCLUSIVE' }],
    [
      'ALTER TABLE sheep ADD CONSTRAINT f\n  FOREIGN KEY (herd) REFERENCES "herd"("id");',
      { sheep: 'SHARE ROW EXCLUSIVE', herd: 'SHARE ROW EXCLUSIVE' },
    ],
    ['CREATE TYPE "colour" AS ENUM (\'white\');', {}],
    ['-- ALTER TABLE sheep;\nSELECT 1;', {}],
  ])('%s', (sql, locks) => {
    expect(Object.fromEntries(locksOf(sql))).toEqual(locks)
  })

  it('are the strongest of each table, and none on tables of its own', () => {
    const sql = `CREATE TABLE goat (name TEXT REFERENCES herd(id)); CREATE INDEX g ON goat (name);
      ALTER TABLE sheep ADD wool INTEGER; UPDATE sheep SET wool = 1;`

    expect(Object.fromEntries(locksOf(sql))).toEqual({ herd: 'SHARE ROW EXCLUSIVE', sheep: 'ACCESS EXCLUSIVE' })
  })
})
