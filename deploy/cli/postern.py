#!/usr/bin/env python3
"""The command line for users of a science platform behind Postern.

One file, Python 3.6 or later, the standard library alone: copy it to where it is needed.

    postern.py login https://data.example.org     sign in with a code that a browser confirms
    postern.py token new topcat --scope read:tap  create, list, rotate and revoke tokens
    postern.py exec -- python3 query.py           run a program with the token in its environment
    postern.py explain /api/tap                   what an address needs, and which tokens pass it

Exit codes: 0 done; 1 refused by the site; 2 wrong arguments; 3 not signed in, or the token is not valid any more;
4 the site cannot be reached.
"""

import argparse
import json
import os
import re
import shlex
import ssl
import stat
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

REFUSED, USAGE, NOT_SIGNED_IN, UNREACHABLE = 1, 2, 3, 4
CLIENT = "postern-cli"
AGENT = "postern-cli/1.0 (%s; python %d.%d)" % (sys.platform, sys.version_info[0], sys.version_info[1])
TIMEOUT = 30
API = "/auth/api/v1"
TOKEN = re.compile(r"^gt-([A-Za-z0-9_-]{22})\.[A-Za-z0-9_-]{22}$")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}


class Failure(Exception):
    """An end with a sentence and an exit code."""

    def __init__(self, code, sentence):
        super().__init__(sentence)
        self.code = code


# --- The site ------------------------------------------------------------------------------------------------------------


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Attack: a redirect to another host would take the Authorization header there, which urllib keeps."""

    def redirect_request(self, *_):
        return None


def site_of(text):
    """Reads the address of a site. Without TLS the token would be readable on the network, so only this machine may do without."""
    address = text if "://" in text else "https://" + text
    parts = urllib.parse.urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username:
        raise Failure(USAGE, "%s is no address of a site, such as https://data.example.org" % text)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise Failure(USAGE, "%s has no TLS: a token is sent over https alone" % text)
    return "%s://%s%s" % (parts.scheme, parts.netloc, parts.path.rstrip("/"))


def send(site, method, path, token=None, body=None, form=None):
    """Sends a request; returns status and parsed body. Only the answers of the protocol pass: a page is no answer."""
    data, headers = None, {"Accept": "application/json", "User-Agent": AGENT}
    if token:
        headers["Authorization"] = "Bearer " + token
    if body is not None:
        data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
    if form is not None:
        data, headers["Content-Type"] = urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded"
    opener = urllib.request.build_opener(NoRedirect, urllib.request.HTTPSHandler(context=ssl.create_default_context()))
    request = urllib.request.Request(site + path, data=data, headers=headers, method=method)
    try:
        with opener.open(request, timeout=TIMEOUT) as answer:
            return answer.status, parsed(site, answer.read())
    except urllib.error.HTTPError as error:
        return error.code, parsed(site, error.read(), error.code)
    except (urllib.error.URLError, OSError) as error:
        raise Failure(UNREACHABLE, "%s cannot be reached: %s" % (site, getattr(error, "reason", error)))


def parsed(site, content, status=200):
    if not content:
        return None
    try:
        return json.loads(content.decode("utf-8"))
    except ValueError:
        if status == 404:
            raise Failure(REFUSED, "%s has no such address: it does not offer this" % site)
        raise Failure(UNREACHABLE, "%s answered %d, and no JSON; is it the address of Postern?" % (site, status))


def call(session, method, path, body=None):
    """Calls the API with the stored token; raises what the site says against it."""
    status, answer = send(session.site, method, API + path, session.token, body)
    if status == 401:
        raise Failure(NOT_SIGNED_IN, "The token is not valid any more; sign in again: login %s" % session.site)
    if status >= 400:
        raise Failure(REFUSED, reason_of(answer) or "%s answered %d" % (session.site, status))
    return answer


def reason_of(answer):
    detail = answer.get("detail") if isinstance(answer, dict) else None
    if isinstance(detail, str):
        return detail
    if isinstance(detail, list):
        return "; ".join("%s%s" % (field_of(each), each.get("msg", "")) for each in detail if isinstance(each, dict))
    return None


def field_of(detail):
    place = [str(part) for part in detail.get("loc") or [] if part not in ("body", "query", "path")]
    return "%s: " % ".".join(place) if place else ""


# --- Where the token is --------------------------------------------------------------------------------------------------


def folder():
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return os.path.join(base, "postern")


def file_of(site):
    """The token's file is the token alone, so that BEARER_TOKEN_FILE can name it."""
    return os.path.join(folder(), re.sub(r"[^A-Za-z0-9.-]+", "_", site.split("://", 1)[1]) + ".token")


def write_private(path, text):
    """Writes a file that its owner alone can read; whole, or not at all."""
    parent = os.path.dirname(path)
    os.makedirs(parent, mode=0o700, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=parent)
    try:
        with os.fdopen(handle, "w") as out:
            out.write(text)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def read_private(path):
    """Reads a token's file. One that others can read is refused: it may have been read."""
    try:
        with open(path) as stored:
            mode = os.fstat(stored.fileno()).st_mode
            text = stored.read().strip()
    except OSError:
        return None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Failure(NOT_SIGNED_IN, "Other users can read %s: revoke its token, remove the file, and sign in again" % path)
    return text


class Session:
    """A site and the token for it."""

    def __init__(self, site, token):
        self.site, self.token = site, token
        self.key = TOKEN.match(token).group(1)


def session_of(arguments):
    """Finds the site (argument, POSTERN_SITE, the last sign-in) and its token (the sign-in, or WLCG's bearer token discovery)."""
    named = arguments.site or os.environ.get("POSTERN_SITE") or read_private(os.path.join(folder(), "site"))
    if not named:
        raise Failure(NOT_SIGNED_IN, "Not signed in; begin with: login https://data.example.org")
    site = site_of(named)
    token = read_private(file_of(site)) or discovered()
    if not token:
        raise Failure(NOT_SIGNED_IN, "Not signed in; begin with: login %s" % site)
    if not TOKEN.match(token):
        raise Failure(NOT_SIGNED_IN, "What is stored for %s is no token; sign in again: login %s" % (site, site))
    return Session(site, token)


def discovered():
    """WLCG Bearer Token Discovery: BEARER_TOKEN, BEARER_TOKEN_FILE, bt_u<uid> in XDG_RUNTIME_DIR and in /tmp."""
    if os.environ.get("BEARER_TOKEN"):
        return os.environ["BEARER_TOKEN"].strip()
    if os.environ.get("BEARER_TOKEN_FILE"):
        return read_private(os.environ["BEARER_TOKEN_FILE"])
    for place in (os.environ.get("XDG_RUNTIME_DIR"), "/tmp"):
        path = os.path.join(place, "bt_u%d" % os.getuid()) if place else None
        # Attack: another user puts a token of theirs into /tmp under this name, and the work is done as that user.
        if path and os.path.exists(path) and os.stat(path).st_uid == os.getuid():
            return read_private(path)
    return None


# --- Commands ------------------------------------------------------------------------------------------------------------


def login(arguments):
    site = site_of(arguments.address)
    asked = {"client_id": CLIENT, "scope": " ".join(arguments.scope or ["user:token"]), "token_name": arguments.name}
    status, device = send(site, "POST", "/auth/openid/device/code", form=asked)
    if status != 200:
        raise Failure(REFUSED, "%s signs no programs in by a code: %s" % (site, described(device, status)))
    tell("Open %s\nand type the code  %s" % (device["verification_uri"], device["user_code"]))
    tell("Waiting until it is approved …")
    granted = poll(site, device)
    token = granted.get("access_token", "")
    if not TOKEN.match(token):
        raise Failure(UNREACHABLE, "%s answered with no token" % site)
    write_private(file_of(site), token)
    write_private(os.path.join(folder(), "site"), site)
    shown = {"site": site, "token_name": granted.get("token_name"), "scopes": sorted(granted.get("scope", "").split())}
    show(arguments, shown, "Signed in at %s; the token %s is in %s" % (site, shown["token_name"], file_of(site)))


def poll(site, device):
    """Asks until the code is approved, denied or expired, as RFC 8628 section 3.5 says."""
    pause, end = device.get("interval", 5), time.monotonic() + device["expires_in"]
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": device["device_code"],
        "client_id": CLIENT,
    }
    while time.monotonic() < end:
        time.sleep(pause)
        try:
            status, answer = send(site, "POST", "/auth/openid/token", form=form)
        except Failure as failure:
            if failure.code != UNREACHABLE:
                raise
            # A site that restarts must not lose the sign-in: back off, and ask again.
            pause *= 2
            continue
        error = answer.get("error") if isinstance(answer, dict) else None
        if status == 200:
            return answer
        if error == "slow_down":
            pause += 5
        elif error == "access_denied":
            raise Failure(REFUSED, "The sign-in was denied")
        elif error == "expired_token":
            break
        elif error != "authorization_pending" and status < 500:
            raise Failure(REFUSED, described(answer, status))
    raise Failure(REFUSED, "The code was not approved in time; begin again")


def described(answer, status):
    if not isinstance(answer, dict):
        return "it answered %d" % status
    return answer.get("error_description") or answer.get("error") or reason_of(answer) or "it answered %d" % status


def logout(arguments):
    session = session_of(arguments)
    status, answer = send(session.site, "DELETE", own_tokens(session) + "/" + session.key, session.token)
    if status not in (204, 401, 404):
        raise Failure(REFUSED, reason_of(answer) or "%s answered %d; the token still works" % (session.site, status))
    if os.path.exists(file_of(session.site)):
        os.unlink(file_of(session.site))
    show(arguments, {"site": session.site}, "Signed out of %s; the token is revoked" % session.site)


def own_tokens(session):
    return API + tokens_of(session)


def tokens_of(session):
    username = call(session, "GET", "/token-info")["username"]
    return "/users/%s/tokens" % urllib.parse.quote(username)


def whoami(arguments):
    session = session_of(arguments)
    user, token = call(session, "GET", "/user-info"), call(session, "GET", "/token-info")
    found = {"site": session.site, "username": user["username"], "name": user.get("name"), "token": token}
    lines = ["%s%s at %s" % (user["username"], " (%s)" % user["name"] if user.get("name") else "", session.site)]
    lines.append("token %s: %s, %s" % (name_of(token), " ".join(token["scopes"]) or "no scopes", end_of(token)))
    show(arguments, found, "\n".join(lines))


def token_new(arguments):
    session = session_of(arguments)
    wish = {"token_name": arguments.token_name, "scopes": arguments.scope or []}
    if arguments.expires and arguments.expires != "never":
        wish["expires"] = instant_of(arguments.expires)
    if arguments.network:
        wish["networks"] = arguments.network
    if arguments.service:
        wish["services"] = arguments.service
    made = call(session, "POST", tokens_of(session), wish)
    show(arguments, made, made["token"])


def token_list(arguments):
    session = session_of(arguments)
    tokens = call(session, "GET", tokens_of(session))
    lines = ["%s  %-24s %-20s %s" % (each["token"], name_of(each), end_of(each), " ".join(each["scopes"])) for each in tokens]
    show(arguments, tokens, "\n".join(lines))


def token_revoke(arguments):
    session = session_of(arguments)
    found = find_token(session, arguments.which)
    call(session, "DELETE", "%s/%s" % (tokens_of(session), found["token"]))
    show(arguments, found, "Revoked %s" % name_of(found))


def token_rotate(arguments):
    session = session_of(arguments)
    found = find_token(session, arguments.which)
    body = {} if arguments.overlap is None else {"overlap": seconds_of(arguments.overlap)}
    made = call(session, "POST", "%s/%s/rotate" % (tokens_of(session), found["token"]), body)
    if found["token"] == session.key:
        write_private(file_of(session.site), made["token"])
        return show(arguments, {"token_name": name_of(found)}, "The token of this sign-in is replaced")
    show(arguments, made, made["token"])


def find_token(session, which):
    """Finds a token by its name or its key; never by a part of either."""
    tokens = call(session, "GET", tokens_of(session))
    found = [each for each in tokens if which in (each["token"], each.get("token_name"))]
    if len(found) != 1:
        raise Failure(REFUSED, "There is no token %s; see: token list" % which)
    return found[0]


def env(arguments):
    session = session_of(arguments)
    print("\n".join("export %s=%s" % (name, shlex.quote(value)) for name, value in environment_of(session).items()))


def environment_of(session):
    """What clients read: pyVO recipes, astroquery.mast, and the grid's tools (WLCG bearer token discovery)."""
    return {
        "ACCESS_TOKEN": session.token,
        "MAST_API_TOKEN": session.token,
        "BEARER_TOKEN_FILE": file_of(session.site),
    }


def netrc(arguments):
    session = session_of(arguments)
    host = urllib.parse.urlsplit(session.site).hostname
    line = "machine %s login x-oauth-basic password %s" % (host, session.token)
    if not arguments.write:
        return print(line)
    path = os.environ.get("NETRC") or os.path.join(os.path.expanduser("~"), ".netrc")
    old = []
    if os.path.exists(path):
        with open(path) as stored:
            old = stored.read().splitlines()
    entry = re.compile(r"^\s*machine\s+%s(\s|$)" % re.escape(host))
    mine = re.compile(r"^\s*machine\s+\S+\s+login\s+\S+\s+password\s+\S+\s*$")
    if any(entry.match(each) and not mine.match(each) for each in old):
        raise Failure(REFUSED, "%s has an entry for %s that is longer than a line: change it by hand" % (path, host))
    write_private(path, "\n".join([each for each in old if not entry.match(each)] + [line]) + "\n")
    show(arguments, {"file": path, "machine": host}, "Written to %s" % path)


def execute(arguments):
    session = session_of(arguments)
    words = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    if not words:
        raise Failure(USAGE, "Name a command: exec -- COMMAND …")
    try:
        os.execvpe(words[0], words, dict(os.environ, **environment_of(session)))
    except OSError as error:
        raise Failure(USAGE, "%s: %s" % (words[0], error.strerror))


def explain(arguments):
    session = session_of(arguments)
    found = call(session, "POST", "/explain", {"url": arguments.url})["locations"]
    if not found:
        return show(arguments, {"locations": []}, "No service is known at this address")
    show(arguments, {"locations": found}, "\n\n".join(explained(each) for each in found))


def explained(location):
    lines = [location.get("prefix", "")] + ["  " + need for need in location["needs"]]
    for each in location["tokens"]:
        lines.append("%s %s" % ("+" if each["passes"] else "-", name_of(each["token"])))
        lines += ["    %s" % step["sentence"] for step in each["steps"] if not step["passes"]]
    if "create" in location:
        lines.append("Create a token for this: %s" % location["create"])
    if "impossible" in location:
        lines.append(location["impossible"])
    if location.get("lacking"):
        lines.append("No group of yours gives %s; ask the administrators." % " ".join(location["lacking"]))
    return "\n".join(lines)


# --- Words ---------------------------------------------------------------------------------------------------------------


def name_of(token):
    if token is None:
        return "a new session"
    kinds = {"session": "web session", "notebook": "notebook token", "internal": "token for %s" % token.get("service", "a service")}
    return token.get("token_name") or kinds.get(token["token_type"], token["token_type"])


def end_of(token):
    if token.get("expires") is None:
        return "never expires"
    return "until " + time.strftime("%Y-%m-%d %H:%M", time.localtime(token["expires"]))


def seconds_of(text):
    match = re.match(r"^(\d+)([mhdw])$", text)
    if not match:
        raise Failure(USAGE, "%s is no duration, such as 12h or 30d" % text)
    return int(match.group(1)) * UNITS[match.group(2)]


def instant_of(text):
    """An instant for the API: a duration from now, or a date and time as the site reads it."""
    return int(time.time()) + seconds_of(text) if re.match(r"^\d+[a-z]$", text) else text


def show(arguments, value, words):
    print(json.dumps(value, indent=2) if arguments.json else words)


def tell(words):
    print(words, file=sys.stderr, flush=True)


BASH = """_postern() {
  local word=${COMP_WORDS[COMP_CWORD]}
  if [ "${COMP_WORDS[1]}" = token ]; then COMPREPLY=($(compgen -W "new list revoke rotate" -- "$word"))
  elif [ "$COMP_CWORD" = 1 ]; then COMPREPLY=($(compgen -W "%s" -- "$word")); fi
}
complete -F _postern postern.py postern
"""
ZSH = """#compdef postern.py postern
_arguments '1:command:(%s)' '*::argument:->rest'
[[ $state == rest && $words[1] == token ]] && _values action new list revoke rotate
"""


def completion(arguments):
    commands = "login logout whoami token env netrc exec explain completion"
    print((BASH if arguments.shell == "bash" else ZSH) % commands, end="")


def parser():
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print JSON")
    common.add_argument("--site", help="the site, where it is not the one of the last sign-in")
    root = argparse.ArgumentParser(prog="postern.py", description="Tokens of a science platform.", epilog=__doc__.split("\n\n")[-1])
    commands = root.add_subparsers(dest="command_name", metavar="COMMAND")

    def command(name, run, words, parent=commands):
        added = parent.add_parser(name, parents=[common], help=words, description=words)
        added.set_defaults(run=run)
        return added

    added = command("login", login, "sign in with a code that a browser confirms")
    added.add_argument("address", metavar="SITE")
    added.add_argument("--name", default="postern-cli", help="the name of the token")
    added.add_argument("--scope", action="append", help="a scope to suggest; repeatable; user:token when not given")
    command("logout", logout, "revoke the token of the sign-in and remove it")
    command("whoami", whoami, "who is signed in, and what the token may do")
    tokens = commands.add_parser("token", help="create, list, revoke and rotate tokens").add_subparsers(dest="action", metavar="ACTION")
    added = command("new", token_new, "create a token and print it; it is not shown again", tokens)
    added.add_argument("token_name", metavar="NAME")
    added.add_argument("--scope", action="append", help="repeatable")
    added.add_argument("--expires", help="30d, 12h, a date such as 2027-01-31, or never")
    added.add_argument("--network", action="append", help="a network that it is bound to; repeatable")
    added.add_argument("--service", action="append", help="a service that it is bound to; repeatable")
    command("list", token_list, "list your tokens", tokens)
    command("revoke", token_revoke, "revoke a token", tokens).add_argument("which", metavar="NAME|KEY")
    added = command("rotate", token_rotate, "replace a token by a new one of the same name", tokens)
    added.add_argument("which", metavar="NAME|KEY")
    added.add_argument("--overlap", help="how long the old one stays valid, such as 0m or 7d; a day when not given")
    command("env", env, "print lines that put the token into the environment of a shell")
    command("netrc", netrc, "print the line for .netrc").add_argument("--write", action="store_true", help="write it there")
    added = command("exec", execute, "run a program with the token in its environment")
    added.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    command("explain", explain, "what an address needs, and which of your tokens pass it").add_argument("url", metavar="URL")
    command("completion", completion, "print the completion for a shell").add_argument("shell", choices=["bash", "zsh"])
    return root


def main(words):
    root = parser()
    arguments = root.parse_args(words)
    if not hasattr(arguments, "run"):
        root.error("name a command")
    try:
        arguments.run(arguments)
        return 0
    except Failure as failure:
        tell("postern.py: %s" % failure)
        return failure.code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
