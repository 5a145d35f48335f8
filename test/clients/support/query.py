"""Asks a TAP service with pyVO, in the way its documentation shows, and prints what comes back, one name a line.

Usage: query.py URL CREDENTIAL sync|async|tables, with the token in the environment variable TOKEN.
"""

import os
import sys

import pyvo
import requests

url, credential, what = sys.argv[1:]
token = os.environ["TOKEN"]

session = requests.Session()
if credential == "bearer":
    session.headers["Authorization"] = "Bearer " + token
elif credential == "basic-password":
    session.auth = ("x-oauth-basic", token)
elif credential == "basic-user":
    session.auth = (token, "x-oauth-basic")

service = pyvo.dal.TAPService(url, session=session)
query = "SELECT name FROM bright.stars WHERE vmag < 0 ORDER BY vmag"
try:
    if what == "tables":
        names = service.tables.keys()
    elif what == "async":
        names = service.run_async(query)["name"]
    else:
        names = service.run_sync(query)["name"]
    print("\n".join(names))
except pyvo.dal.DALQueryError as error:
    sys.exit("DALQueryError: " + str(error))
