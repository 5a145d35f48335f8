/** Waits for something to become true, at most ten seconds; what follows says what is wrong if it has not. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline && !(await isSo()); ) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
