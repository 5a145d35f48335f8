"""Queries a TAP service with astroquery's TapPlus, then signs in as it does by itself, and prints what it is told.

Usage: tap_plus.py URL, with the token in the environment variable TOKEN.
"""

import os
import sys

from astroquery.utils.tap import TapPlus

tap = TapPlus(url=sys.argv[1])


def tell(what, act):
    try:
        print(what, "worked:", act())
    except Exception as error:
        print(what, "failed:", error)


tell("query", lambda: tap.launch_job("SELECT name FROM bright.stars"))
tell("login", lambda: tap.login(user="x-oauth-basic", password=os.environ["TOKEN"]))
tell("query", lambda: tap.launch_job("SELECT name FROM bright.stars"))
