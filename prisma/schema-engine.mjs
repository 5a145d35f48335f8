#!/usr/bin/env node
// Stands in for Prisma's native schema engine. The CLI starts it as a program and speaks JSON-RPC over its standard input
// and output, one object a line; behind it is the same engine compiled to WebAssembly, with the pg driver below that.
import { runDatabaseCommand } from './engine/database-command.mjs'
import { parseInvocation } from './engine/invocation.mjs'
import { serve } from './engine/serve.mjs'

const invocation = parseInvocation(process.argv.slice(2))

if (invocation.version) process.stdout.write('schema-engine-cli wasm\n')
else if (invocation.command) process.exitCode = await runDatabaseCommand(invocation)
else serve(invocation)
