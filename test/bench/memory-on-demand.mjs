// Loaded before the server: on SIGUSR2 it collects its garbage and says what is left, in bytes.
process.on('SIGUSR2', () => {
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  process.stdout.write(`memory in use: ${heapUsed + external}\n`)
})
