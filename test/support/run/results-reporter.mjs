import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const file = path.join(root, 'test/artefacts/results.json')

/**
 * Leaves the runner's own numbers in test/artefacts/results.json:
 * `{ passed, failed, skipped, skippedSuites: string[], failures: string[], seconds: { [file]: number } }`, the slowest
 * first; and prints the ten slowest files.
 */
export default class ResultsReporter {
  onRunComplete(_contexts, results) {
    const tests = results.testResults.flatMap((suite) =>
      suite.testResults.map((test) => ({ ...test, suite: path.relative(root, suite.testFilePath) })),
    )
    const broken = results.testResults.filter((suite) => suite.testExecError)
    const skipped = tests.filter(({ status }) => status === 'pending' || status === 'todo')
    const failed = tests.filter(({ status }) => status === 'failed')
    const summary = {
      passed: results.numPassedTests,
      // A suite that does not run has no failed test in it, and nothing in it was tested.
      failed: failed.length + broken.length,
      skipped: skipped.length,
      skippedSuites: skippedSuites(skipped),
      failures: [
        ...broken.map((suite) => path.relative(root, suite.testFilePath)),
        ...failed.map(({ suite, fullName }) => `${suite}: ${fullName}`),
      ],
      seconds: secondsOf(
        results.testResults.map((suite) => ({ ...suite, file: path.relative(root, suite.testFilePath) })),
      ),
    }
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, `${JSON.stringify(summary, null, 2)}\n`)
    print(['', 'The slowest files:', ...slowest(summary.seconds).map((line) => `  ${line}`), ''])
  }
}

/** The seconds of each file, the slowest first. */
export function secondsOf(suites) {
  const rows = suites.map(({ file, perfStats }) => [file, Math.round(perfStats.runtime / 100) / 10])
  return Object.fromEntries(rows.sort(([, one], [, other]) => other - one))
}

export function slowest(seconds) {
  return Object.entries(seconds)
    .slice(0, 10)
    .map(([name, each]) => `${each.toFixed(1).padStart(6)} s  ${name}`)
}

function print(lines) {
  process.stderr.write(`${lines.join('\n')}\n`)
}

/** Each by its file and its names down to the one that says why (describeWith), whatever is within it. */
export function skippedSuites(tests) {
  const names = tests.map(({ suite, ancestorTitles, title }) => {
    const titles = ancestorTitles.length > 0 ? ancestorTitles : [title]
    const why = titles.findIndex((each) => each.includes('(skipped: '))
    return `${suite}: ${titles.slice(0, why === -1 ? titles.length : why + 1).join(' › ')}`
  })
  return [...new Set(names)]
}
