// Lets Node load TypeScript as jest does: the same transform, and `./x.js` means `./x.ts` where there is one.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { transformSync } from '@swc/core'

const options = { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }

export function resolve(specifier, context, next) {
  if (!specifier.startsWith('.') || !specifier.endsWith('.js')) return next(specifier, context)
  const typescript = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL)
  return next(existsSync(typescript) ? typescript.href : specifier, context)
}

export function load(url, context, next) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context)
  const file = fileURLToPath(url)
  const { code } = transformSync(readFileSync(file, 'utf8'), { ...options, filename: file, sourceMaps: 'inline' })
  return { format: 'module', source: code, shortCircuit: true }
}
