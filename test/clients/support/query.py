"""Asks a TAP service with pyVO, in the way its documentation shows, and prints what comes back, one name a line.

Usage: query.py URL CREDENTIAL sync|async|tables|version, with the token in the environment variable TOKEN.
"""

import os
import sys
from urllib.parse import urljoin

import pyvo
import requests
from pyvo.auth import AuthSession
from pyvo.auth.securitymethods import BASIC

url, credential, what = sys.argv[1:]
token = os.environ["TOKEN"]

session = requests.Session()
if credential.startswith("auth-session"):
    session = AuthSession()
    if token:
        session.credentials.set_password("x-oauth-basic", token)
if credential == "auth-session-for-site":
    session.add_security_method_for_url(urljoin(url, "/"), BASIC)
elif credential == "bearer":
    session.headers["Authorization"] = "Bearer " + token
elif credential == "basic-password":
    session.auth = ("x-oauth-basic", token)
elif credential == "basic-user":
    session.auth = (token, "x-oauth-basic")

service = pyvo.dal.TAPService(url, session=session)
query = "SELECT name FROM bright.stars WHERE vmag < 0 ORDER BY vmag"
try:
    if what == "version":
        names = [pyvo.__version__]
    elif what == "tables":
        names = service.tables.keys()
    elif what == "async":
        names = service.run_async(query)["name"]
    else:
        names = service.run_sync(query)["name"]
    print("\n".join(names))
except pyvo.dal.DALQueryError as error:
    sys.exit("DALQueryError: " + str(error))
