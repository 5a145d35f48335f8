// `npm run docs`: writes the pages that are made from the source.
import { writeFileSync } from 'node:fs'
import { GENERATED } from './pages.js'

for (const [file, page] of Object.entries(GENERATED)) writeFileSync(file, page())
