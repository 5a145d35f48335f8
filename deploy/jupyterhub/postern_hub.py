"""JupyterHub behind Postern: people are who their token says, and their notebooks get a token of their own.

In jupyterhub_config.py:

    import sys
    sys.path.insert(0, "/etc/jupyterhub")
    from postern_hub import use_postern
    use_postern(c, "https://data.example.org")
"""

import json

from jupyterhub.auth import Authenticator
from jupyterhub.handlers import BaseHandler, LogoutHandler
from jupyterhub.utils import url_path_join
from tornado.httpclient import AsyncHTTPClient, HTTPError, HTTPRequest
from tornado.web import HTTPError as Refusal
from traitlets import Unicode

# Said by the proxy, which asked Postern for it; a client's own header never gets this far.
HEADER = "X-Auth-Request-Token"


class PosternAuthenticator(Authenticator):
    """Signs users in by their token, never by a name. Attack: code in a notebook reaches the hub past the proxy and sends
    another user's name. It cannot send another user's token, so Postern is asked for the token's owner."""

    auto_login = True
    login_service = "Postern"
    postern_url = Unicode(config=True, help="Where Postern answers, as the hub reaches it.")

    def get_handlers(self, app):
        return [("/postern/login", PosternLogin), ("/logout", PosternLogout)]

    def login_url(self, base_url):
        return url_path_join(base_url, "postern/login")

    async def authenticate(self, handler, data=None):
        token = handler.request.headers.get(HEADER)
        owner = await self.owner_of(token) if token else None
        return owner

    async def owner_of(self, token):
        """The user name of a notebook token's owner; nothing when it is not one, or not any more."""
        url = url_path_join(self.postern_url, "/auth/api/v1/token-info")
        request = HTTPRequest(url, headers={"Authorization": "Bearer " + token}, request_timeout=10)
        try:
            answer = await AsyncHTTPClient().fetch(request)
        except HTTPError as error:
            if error.code in (401, 403):
                return None
            raise Refusal(503, "Postern does not answer")
        info = json.loads(answer.body)
        return info["username"] if info["token_type"] == "notebook" else None

    async def pre_spawn_start(self, user, spawner):
        """Gives the notebook the token that came with the request to start it. The hub keeps none."""
        token = spawner.handler.request.headers.get(HEADER) if spawner.handler else None
        if token is None or await self.owner_of(token) != user.name:
            raise Refusal(403, "Start your server from this page: it needs a token of yours.")
        spawner.environment = {**spawner.environment, "ACCESS_TOKEN": token}


class PosternLogin(BaseHandler):
    async def get(self):
        user = await self.login_user()
        if user is None:
            raise Refusal(401, "There is no notebook token of yours here. Is the hub behind Postern?")
        self.redirect(self.get_next_url(user))


class PosternLogout(LogoutHandler):
    """The hub forgets the browser; Postern ends the session, and with it the notebook's token."""

    async def render_logout_page(self):
        self.redirect("/logout")


def use_postern(config, postern_url):
    config.JupyterHub.authenticator_class = PosternAuthenticator
    config.PosternAuthenticator.postern_url = postern_url
    # Postern decides who may come this far; from version 5 on the hub wants to hear that.
    if hasattr(Authenticator, "allow_all"):
        config.Authenticator.allow_all = True
