"""A web application that signs its users in by authlib, as Superset and Airflow do: flask_client.py ORIGIN ISSUER ID SECRET."""

import sys
from urllib.parse import urlsplit

from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, redirect, session
from requests import HTTPError
from werkzeug.serving import make_server

origin, issuer, client_id, client_secret = sys.argv[1:]
app = Flask(__name__)
app.secret_key = client_secret
site = OAuth(app).register(
    "site",
    client_id=client_id,
    client_secret=client_secret,
    server_metadata_url=f"{issuer}/.well-known/openid-configuration",
    client_kwargs={"scope": "openid profile email groups offline_access", "code_challenge_method": "S256"},
)


@app.get("/")
def home():
    token = session.get("token")
    if token is None:
        return site.authorize_redirect(f"{origin}/callback")
    # By the signed ID token at the sign-in, and by the server now.
    return {"signed": session["claims"], "now": site.userinfo(token=token), "token": token}


@app.get("/callback")
def callback():
    token = site.authorize_access_token()
    session["claims"] = token.pop("userinfo")
    session["token"] = token
    return redirect("/")


@app.get("/refresh")
def refresh():
    endpoint = site.load_server_metadata()["token_endpoint"]
    with OAuth2Session(client_id, client_secret) as client:
        session["token"] = client.refresh_token(endpoint, refresh_token=session["token"]["refresh_token"])
    return redirect("/")


@app.get("/logout")
def logout():
    token = session.pop("token")
    return site.logout_redirect(f"{origin}/left", id_token_hint=token["id_token"])


@app.get("/left")
def left():
    site.validate_logout_response()
    return "signed out"


@app.errorhandler(OAuthError)
def refused(error):
    return f"{error.error}: {error.description}", 400


@app.errorhandler(HTTPError)
def ended(error):
    session.clear()
    return str(error), 401


make_server("127.0.0.1", urlsplit(origin).port, app, threaded=True).serve_forever()
