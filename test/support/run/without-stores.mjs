// Runs before each file of the unit tests: the stores of a run are not theirs, even where other projects run beside them.
for (const name of Object.keys(process.env)) {
  if (name.startsWith('POSTERN_TEST_')) delete process.env[name]
}
