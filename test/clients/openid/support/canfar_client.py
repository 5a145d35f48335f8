"""
Signs in as CANFAR's command line does: canfar_client.py ISSUER. It prints the code, and reads a line once the user has answered;
afterwards it refreshes its token at each line. What it prints is JSON, a line each.
"""

import asyncio
import json
import sys

from canfar.auth import oidc
from canfar.models.auth import Client, Endpoint, Expiry, OIDCCredential, Token

issuer = sys.argv[1]


def say(**facts):
    print(json.dumps(facts), flush=True)


def shown(challenge):
    say(user_code=challenge.user_code.get_secret_value())
    sys.stdin.readline()


async def sign_in():
    endpoints = Endpoint(discovery=f"{issuer}/.well-known/openid-configuration")
    credential = OIDCCredential(idp="site", endpoints=endpoints, client=Client(), token=Token(), expiry=Expiry())
    found = {}
    await oidc.authenticate_credential(
        credential,
        expected_issuer=issuer,
        on_challenge=shown,
        on_authenticated=lambda name: found.update(user=name),
    )
    return credential, found["user"]


def plain(value):
    return value.get_secret_value() if hasattr(value, "get_secret_value") else value


try:
    credential, user = asyncio.run(sign_in())
except Exception as error:
    say(failed=type(error).__name__, because=str(error))
    sys.exit()
client = {"identity": plain(credential.client.identity), "secret": plain(credential.client.secret)}
refresh_token = plain(credential.token.refresh)
say(user=user, access_token=plain(credential.token.access), refresh_token=refresh_token, **client)
for _line in sys.stdin:
    try:
        token = oidc.sync_refresh(credential.endpoints.token, client["identity"], client["secret"], refresh_token)
    except ValueError as error:
        say(failed=type(error).__name__, because=str(error))
        continue
    refresh_token = token["refresh_token"]
    say(access_token=token["access_token"], refresh_token=refresh_token)
