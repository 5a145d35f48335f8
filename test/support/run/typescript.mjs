// For programs of the tests that run without jest: `node --import ./test/support/run/typescript.mjs some-program.ts`.
import { register } from 'node:module'

register('./typescript-hooks.mjs', import.meta.url)
