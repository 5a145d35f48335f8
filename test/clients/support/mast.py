"""Signs in to an archive with astroquery, in the way its documentation shows, and prints what astroquery says.

Usage: mast.py SERVER, with the token in the environment variable MAST_API_TOKEN, as astroquery has it.
"""

import sys
import warnings

from astroquery.mast import ObservationsClass, conf

conf.server = sys.argv[1]
observations = ObservationsClass()

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    observations.login()
for warning in caught:
    if "MAST" in str(warning.message):
        print(warning.message)
observations.session_info()
observations.logout()
info = observations.session_info(verbose=False)
print("after logout:", info["ezid"], info["token"])
