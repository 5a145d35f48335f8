"""Types into an interactive shell at a terminal: [[text, regular expression that ends the wait], …] as JSON, then the shell.

Prints what the shell showed after the last text, without escape sequences.
"""

import json
import os
import pty
import re
import select
import sys

# Less than the test waits, which then says what was seen.
SECONDS = 40
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|[\x07\r]")

steps, shell = json.loads(sys.argv[1]), sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(shell[0], shell)

for text, awaited in steps:
    os.write(terminal, text.encode())
    shown = ""
    while not re.search(awaited, shown):
        ready, _, _ = select.select([terminal], [], [], SECONDS)
        if not ready:
            sys.exit("Waited for %s after %r, and saw %r" % (awaited, text, shown))
        shown = ESCAPES.sub("", shown + os.read(terminal, 4096).decode(errors="replace"))
print(shown)
os.close(terminal)
os.waitpid(child, 0)
