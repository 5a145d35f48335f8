"""In the notebook's own machine, as /etc/jupyter/jupyter_server_config.py: the token where programs look for it."""

import os
from pathlib import Path

token = os.environ.get("ACCESS_TOKEN")
if token:
    path = Path.home() / ".access_token"
    # Closed to others from its first moment, and never a half.
    temporary = path.with_name(".access_token.new")
    temporary.unlink(missing_ok=True)
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(token)
    temporary.replace(path)
