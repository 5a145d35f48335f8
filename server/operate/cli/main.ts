import { runCommand } from './run-command.js'

const { argv, env, stdin, stdout, stderr } = process

// Drops what cannot be written: a closed terminal must not break off a command half-way.
for (const stream of [stdout, stderr]) stream.on('error', () => undefined)
process.exitCode = await runCommand({ args: argv.slice(2), env, stdin, stdout, stderr })
