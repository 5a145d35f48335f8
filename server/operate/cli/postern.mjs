#!/usr/bin/env node
// The `postern` command. It is here, and not in dist/, so that npm can link it before anything is built.
import { existsSync } from 'node:fs'

const entry = new URL('../../../dist/operate/cli/main.js', import.meta.url)
if (existsSync(entry)) await import(entry.href)
else {
  process.stderr.write('postern: not built yet; run "npm start" once, or "node deploy/set-up.mjs".\n')
  process.exitCode = 1
}
