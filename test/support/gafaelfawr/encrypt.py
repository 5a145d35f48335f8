"""Encrypts texts as Gafaelfawr does, by the `cryptography` package itself: {secret, texts} in, a list of values out."""

import json
import sys

from cryptography.fernet import Fernet

given = json.load(sys.stdin)
fernet = Fernet(given["secret"].encode())
json.dump([fernet.encrypt(text.encode()).decode() for text in given["texts"]], sys.stdout)
