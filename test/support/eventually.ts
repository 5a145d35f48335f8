/** Tries again until it succeeds; after ten seconds it throws what the last attempt did. */
export async function eventually<T>(attempt: () => Promise<T> | T): Promise<T> {
  for (const deadline = Date.now() + 10_000; ; ) {
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
