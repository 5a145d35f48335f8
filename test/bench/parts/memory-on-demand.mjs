// Loaded before the server: on SIGWINCH it collects its garbage and says what is left, in bytes, and how many things
// keep it running: sockets, timers and the like.
process.on('SIGWINCH', () => {
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  const handles = process.getActiveResourcesInfo().length
  process.stdout.write(`memory in use: ${heapUsed + external}, handles: ${handles}\n`)
})
