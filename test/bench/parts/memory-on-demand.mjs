// Loaded before the server: on SIGWINCH it collects its garbage and says what is left, in bytes.
process.on('SIGWINCH', () => {
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  process.stdout.write(`memory in use: ${heapUsed + external}\n`)
})
