"""Signs in to an archive with astroquery, in the way its documentation shows, and prints what astroquery says.

Usage: mast.py [URI …], the files to download, with the token in the environment variable MAST_API_TOKEN, as astroquery has
it, and the address of the archive in astroquery.cfg.
"""

import sys
import warnings

from astroquery.exceptions import LoginError
from astroquery.mast import Observations

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    try:
        Observations.login()
    except LoginError as error:
        print(error)
for warning in caught:
    if "MAST" in str(warning.message):
        print(warning.message)
for uri in sys.argv[1:]:
    status, message, _ = Observations.download_file(uri, cache=False)
    print("download:", uri, status, message)
Observations.session_info(verbose=True)
Observations.logout()
info = Observations.session_info(verbose=False)
print("after logout:", info["ezid"], info["token"])
