#!/bin/sh
# Downloads a file as the scripts do that MAST's portal hands out.
# Usage: download.sh URL, with the token in the environment variable MAST_API_TOKEN.
exec curl -H "Authorization: token $MAST_API_TOKEN" --globoff --location-trusted -f --progress-bar "$1"
