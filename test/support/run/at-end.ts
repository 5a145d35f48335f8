/** Something to be undone when a program ends. */
export type Undo = () => unknown

/**
 * Runs a program whose processes must not outlive it: what was noted with `atEnd` is undone, the last first, when it is
 * done, when it fails, and when somebody presses Ctrl-C. Its number becomes the exit code.
 */
export async function runToEnd(work: (atEnd: (undo: Undo) => void) => Promise<number>): Promise<void> {
  const undos: Undo[] = []
  let ending: Promise<void> | undefined
  const undoAll = () => {
    ending ??= (async () => {
      for (const undo of undos.reverse()) await Promise.resolve(undo()).catch((error: unknown) => complain(error))
    })()
    return ending
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void undoAll().then(() => process.exit(1)))
  }
  for (const failure of ['uncaughtException', 'unhandledRejection'] as const) {
    process.once(failure, (error) => {
      complain(error)
      void undoAll().then(() => process.exit(1))
    })
  }
  let code = 1
  try {
    code = await work((undo) => undos.push(undo))
  } catch (error) {
    if (ending) return
    complain(error)
  }
  await undoAll()
  process.exit(code)
}

function complain(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
}
