import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll } from '@jest/globals'
import { loadSettings, type SettingsError } from '../../../server/settings/load.js'

const folder = mkdtempSync(path.join(tmpdir(), 'postern-settings-'))

afterAll(() => rmSync(folder, { recursive: true }))

/** Writes a file of this run; its path. */
export function file(name: string, text: string): string {
  const full = path.join(folder, name)
  writeFileSync(full, text)
  return full
}

/** The sentences with which settings are refused; none for those that are right. */
export function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    loadSettings(environment)
  } catch (error) {
    return (error as SettingsError).problems
  }
  return []
}
