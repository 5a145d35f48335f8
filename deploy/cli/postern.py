#!/usr/bin/env python3
"""The command line for users of a science platform behind Postern.

One file, Python 3.6 or later, the standard library alone: copy it to where it is needed.

    postern.py login https://data.example.org     sign in with a code that a browser confirms
    postern.py token new topcat --scope read:tap  create, list, rotate and revoke tokens
    postern.py exec -- python3 query.py           run a program with the token in its environment
    postern.py explain /api/tap                   what an address needs, and which tokens pass it

`npx postern-cli` is the same program for those who have Node and no Python: each reads what the other has stored.

Exit codes: 0 done; 1 refused by the site; 2 wrong arguments; 3 not signed in, or the token is not valid any more;
4 the site cannot be reached.
"""

import argparse
import json
import os
import re
import shlex
import shutil
import ssl
import stat
import subprocess
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
DASHED_KEY = re.compile(r"^-[A-Za-z0-9_-]{21}$")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
PORTS = {"http": 80, "https": 443}
# A keyring may ask its user for a password.
KEYRING_TIMEOUT = 120
# The exit code of macOS' security.
ITEM_NOT_FOUND = 44


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
    try:
        parts = urllib.parse.urlsplit(address)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        raise Failure(USAGE, "%s is no address of a site, such as https://data.example.org" % text)
    if parts.scheme not in PORTS or not host or parts.query or parts.fragment or parts.username:
        raise Failure(USAGE, "%s is no address of a site, such as https://data.example.org" % text)
    if parts.scheme == "http" and host not in LOOPBACK:
        raise Failure(USAGE, "%s has no TLS: a token is sent over https alone" % text)
    # One spelling for each site, because the name of the token's file is made from it.
    named = "[%s]" % host if ":" in host else host
    place = "" if port in (None, PORTS[parts.scheme]) else ":%d" % port
    return "%s://%s%s%s" % (parts.scheme, named, place, parts.path.rstrip("/"))


def send(site, method, path, token=None, body=None, form=None):
    """Sends a request; returns status and parsed body. Only the answers of the protocol pass: a page is no answer."""
    data, headers = None, {"Accept": "application/json", "User-Agent": AGENT}
    if token:
        headers["Authorization"] = "Bearer " + token
    if body is not None:
        data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
    if form is not None:
        data, headers["Content-Type"] = urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded"
    steps = [NoRedirect, urllib.request.HTTPSHandler(context=ssl.create_default_context())]
    if site.startswith("http:"):
        # Attack: without TLS a proxy on the network would read the token. This machine is reached without one.
        steps.append(urllib.request.ProxyHandler({}))
    opener = urllib.request.build_opener(*steps)
    request = urllib.request.Request(site + path, data=data, headers=headers, method=method)
    try:
        with opener.open(request, timeout=TIMEOUT) as answer:
            return answer.status, parsed(site, answer.read())
    except urllib.error.HTTPError as error:
        if error.code < 400:
            raise Failure(UNREACHABLE, "%s leads elsewhere (%d); is it the address of Postern?" % (site, error.code))
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


def part_of(site, answer, name, kind=str):
    """Returns a part of an answer. Another program than Postern may answer there, with JSON of its own."""
    found = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(found, kind):
        raise Failure(UNREACHABLE, "%s answered without %s; is it the address of Postern?" % (site, name))
    return found


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


def account_of(site):
    return re.sub(r"[^A-Za-z0-9.-]+", "_", site.split("://", 1)[1])


def file_of(site):
    """The token's file is the token alone, so that BEARER_TOKEN_FILE can name it."""
    return os.path.join(folder(), account_of(site) + ".token")


def marker_of(site):
    """An empty file, which says that the token is in the keyring: no other command asks a keyring, or has it unlocked."""
    return os.path.join(folder(), account_of(site) + ".keyring")


def write_private(path, text):
    """Writes a file that its owner alone can read; whole, or not at all."""
    parent, name = os.path.dirname(path), None
    try:
        os.makedirs(parent, mode=0o700, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=parent)
        with os.fdopen(handle, "w") as out:
            out.write(text)
        os.replace(name, path)
    except OSError as error:
        if name:
            os.unlink(name)
        raise Failure(USAGE, "%s cannot be written: %s" % (path, error.strerror))


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


def remove(path):
    if os.path.exists(path):
        os.unlink(path)


def keep(site, token, in_keyring):
    """Stores the token of a sign-in, in one place alone."""
    if in_keyring:
        write_keyring(account_of(site), token)
        write_private(marker_of(site), "")
        remove(file_of(site))
    else:
        write_private(file_of(site), token)
        forget_keyring(site)


def discard(site):
    remove(file_of(site))
    forget_keyring(site)


def forget_keyring(site):
    if os.path.exists(marker_of(site)):
        remove(marker_of(site))
        clear_keyring(account_of(site))


class Session:
    """A site, the token for it, the file that the token is in, and whether a sign-in stored it."""

    def __init__(self, site, token, path, is_kept):
        if not TOKEN.match(token):
            raise Failure(NOT_SIGNED_IN, "What is stored for %s is no token; sign in again: login %s" % (site, site))
        self.site, self.token, self.path, self.is_kept = site, token, path, is_kept
        self.key = TOKEN.match(token).group(1)


def session_of(arguments):
    """Finds the site (argument, POSTERN_SITE, the last sign-in) and its token (the sign-in, or WLCG's bearer token discovery)."""
    site = named_site(arguments)
    kept = kept_session(site)
    if kept:
        return kept
    token, path = discovered()
    if not token:
        raise Failure(NOT_SIGNED_IN, "Not signed in; begin with: login %s" % site)
    return Session(site, token, path, False)


def named_site(arguments):
    named = arguments.site or os.environ.get("POSTERN_SITE") or read_private(os.path.join(folder(), "site"))
    if not named:
        raise Failure(NOT_SIGNED_IN, "Not signed in; begin with: login https://data.example.org")
    return site_of(named)


def kept_session(site):
    """The token of the sign-in: in the keyring where its login put it there, else in its file."""
    if os.path.exists(marker_of(site)):
        return Session(site, read_keyring(account_of(site)), None, True)
    token = read_private(file_of(site))
    return Session(site, token, file_of(site), True) if token else None


def discovered():
    """WLCG Bearer Token Discovery: BEARER_TOKEN, BEARER_TOKEN_FILE, bt_u<uid> in XDG_RUNTIME_DIR and in /tmp."""
    if os.environ.get("BEARER_TOKEN"):
        return os.environ["BEARER_TOKEN"].strip(), None
    if os.environ.get("BEARER_TOKEN_FILE"):
        path = os.environ["BEARER_TOKEN_FILE"]
        return read_private(path), path
    for place in (os.environ.get("XDG_RUNTIME_DIR"), "/tmp"):
        path = os.path.join(place, "bt_u%d" % os.getuid()) if place else None
        # Attack: another user puts a token of theirs, or a link, into /tmp under this name, and the work is done with that.
        if path and os.path.lexists(path) and os.lstat(path).st_uid == os.getuid():
            return read_private(path), path
    return None, None


# --- The keyring ---------------------------------------------------------------------------------------------------------


NO_KEYRING = "There is no keyring here: %s. Without --keyring the token is in a file that you alone can read"


def keyring():
    """Finds the program of the keyring: libsecret's secret-tool, or macOS' security."""
    programs = ["security", "secret-tool"] if sys.platform == "darwin" else ["secret-tool", "security"]
    found = [each for each in programs if shutil.which(each)]
    if not found:
        raise Failure(USAGE, NO_KEYRING % "neither secret-tool (Debian's libsecret-tools) nor macOS' security is installed")
    return found[0]


def ask_keyring(program, words, given=""):
    try:
        ended = subprocess.run(
            [program] + words,
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            timeout=KEYRING_TIMEOUT,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None, "", "%s does not answer" % program
    return ended.returncode, ended.stdout.strip(), ended.stderr.strip()


def find_in_keyring(account):
    """Returns the token, which is None where there is none, and what the keyring said against it."""
    program = keyring()
    if program == "security":
        code, token, error = ask_keyring(program, ["find-generic-password", "-s", "postern", "-a", account, "-w"])
        return (token, "") if code == 0 else (None, "" if code == ITEM_NOT_FOUND else error)
    code, token, error = ask_keyring(program, ["lookup", "service", "postern", "account", account])
    return (token, "") if code == 0 else (None, error)


def read_keyring(account):
    token, error = find_in_keyring(account)
    if error:
        raise Failure(NOT_SIGNED_IN, "The token is in the keyring, which does not give it: %s" % error)
    if not token:
        raise Failure(NOT_SIGNED_IN, "The token is in the keyring no more, or the keyring is locked; unlock it, or sign in again")
    return token


def write_keyring(account, token):
    """Attack: other users see the arguments of a program, so both programs read the token from their standard input."""
    program = keyring()
    if program == "security":
        command = "add-generic-password -U -s postern -a %s -w %s\n" % (account, token)
        _, _, error = ask_keyring(program, ["-i"], command)
    else:
        label = "--label=Postern: %s" % account
        _, _, error = ask_keyring(program, ["store", label, "service", "postern", "account", account], token)
    # Not by the exit code: that of `security -i` is not its command's.
    if find_in_keyring(account)[0] != token:
        raise Failure(USAGE, NO_KEYRING % (error or "%s stored nothing" % program))


def clear_keyring(account):
    """Removes the token, which is replaced or revoked already, if the keyring is here: machines may share a home folder."""
    try:
        program = keyring()
    except Failure:
        return
    if program == "security":
        ask_keyring(program, ["delete-generic-password", "-s", "postern", "-a", account])
    else:
        ask_keyring(program, ["clear", "service", "postern", "account", account])


def try_keyring():
    """Stores a word and removes it."""
    write_keyring("probe", "probe")
    clear_keyring("probe")


# --- Commands ------------------------------------------------------------------------------------------------------------


def login(arguments):
    site = site_of(arguments.address)
    # A token that could not be stored would be lost. So its place is tried first.
    if arguments.keyring:
        try_keyring()
    write_private(os.path.join(folder(), "probe"), "")
    remove(os.path.join(folder(), "probe"))
    asked = {"client_id": CLIENT, "scope": " ".join(arguments.scope or ["user:token"]), "token_name": arguments.name}
    status, device = send(site, "POST", "/auth/openid/device/code", form=asked)
    if status != 200:
        raise Failure(REFUSED, "%s signs no programs in by a code: %s" % (site, described(device, status)))
    address, code = part_of(site, device, "verification_uri"), part_of(site, device, "user_code")
    tell("Open %s\nand type the code  %s" % (address, code))
    tell("Waiting until it is approved …")
    granted = poll(site, device)
    token = part_of(site, granted, "access_token")
    if not TOKEN.match(token):
        raise Failure(UNREACHABLE, "%s answered with no token" % site)
    keep(site, token, arguments.keyring)
    write_private(os.path.join(folder(), "site"), site)
    shown = {"site": site, "token_name": granted.get("token_name"), "scopes": sorted(granted.get("scope", "").split())}
    place = "the keyring" if arguments.keyring else file_of(site)
    show(arguments, shown, "Signed in at %s; the token %s is in %s" % (site, shown["token_name"], place))


def poll(site, device):
    """Asks until the code is approved, denied or expired, as RFC 8628 section 3.5 says."""
    pause, end = device.get("interval", 5), time.monotonic() + part_of(site, device, "expires_in", int)
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": part_of(site, device, "device_code"),
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
    """By revocation (RFC 7009), which asks for no scope of the token, and is content with one that is not valid any more."""
    session = kept_session(named_site(arguments))
    if not session:
        raise Failure(NOT_SIGNED_IN, "Not signed in, so there is nothing to sign out of")
    form = {"token": session.token, "client_id": CLIENT}
    status, answer = send(session.site, "POST", "/auth/openid/revoke", form=form)
    if status != 200:
        raise Failure(REFUSED, "The token still works: %s" % described(answer, status))
    discard(session.site)
    show(arguments, {"site": session.site}, "Signed out of %s; the token is revoked" % session.site)


def tokens_of(session):
    username = part_of(session.site, call(session, "GET", "/token-info"), "username")
    return "/users/%s/tokens" % urllib.parse.quote(username, safe="")


def whoami(arguments):
    session = session_of(arguments)
    user, token = call(session, "GET", "/user-info"), call(session, "GET", "/token-info")
    username = part_of(session.site, user, "username")
    found = {"site": session.site, "username": username, "name": user.get("name"), "token": token}
    lines = ["%s%s at %s" % (username, " (%s)" % user["name"] if user.get("name") else "", session.site)]
    scopes = " ".join(part_of(session.site, token, "scopes", list)) or "no scopes"
    lines.append("token %s: %s, %s" % (name_of(token), scopes, end_of(token)))
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
    show(arguments, made, part_of(session.site, made, "token"))


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
    if arguments.renew:
        body["renew"] = True
    made = call(session, "POST", "%s/%s/rotate" % (tokens_of(session), found["token"]), body)
    if found["token"] == session.key and session.is_kept:
        keep(session.site, part_of(session.site, made, "token"), session.path is None)
        return show(arguments, {"token_name": name_of(found)}, "The token of this sign-in is replaced")
    show(arguments, made, part_of(session.site, made, "token"))


def find_token(session, which):
    """Finds a token by its name or its key; never by a part of either."""
    tokens = call(session, "GET", tokens_of(session))
    found = [each for each in tokens if which in (each["token"], each.get("token_name"))]
    if len(found) != 1:
        raise Failure(REFUSED, "There is no token %s; see: token list" % which)
    return found[0]


def env(arguments):
    session = session_of(arguments)
    given = environment_of(session)
    lines = ["export %s=%s" % (name, shlex.quote(value)) for name, value in given.items() if value is not None]
    lines += ["unset %s" % name for name, value in given.items() if value is None and name in os.environ]
    show(arguments, {name: value for name, value in given.items() if value is not None}, "\n".join(lines))


def environment_of(session):
    """
    What clients read: pyVO recipes, astroquery.mast, and the grid's tools (WLCG bearer token discovery). None takes a name away:
    BEARER_TOKEN comes before BEARER_TOKEN_FILE, which names a file where there is one, as a token in it may be replaced.
    """
    bearer = {"BEARER_TOKEN": session.token} if session.path is None else {"BEARER_TOKEN": None, "BEARER_TOKEN_FILE": session.path}
    return dict({"ACCESS_TOKEN": session.token, "MAST_API_TOKEN": session.token}, **bearer)


def netrc(arguments):
    session = session_of(arguments)
    host = urllib.parse.urlsplit(session.site).hostname
    line = "machine %s login x-oauth-basic password %s" % (host, session.token)
    if not arguments.write:
        return show(arguments, {"machine": host, "login": "x-oauth-basic", "password": session.token}, line)
    # A link stays one, and what it leads to is written.
    path = os.path.realpath(os.environ.get("NETRC") or os.path.join(os.path.expanduser("~"), ".netrc"))
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
    environment = dict(os.environ, **environment_of(session))
    environment = {name: value for name, value in environment.items() if value is not None}
    try:
        os.execvpe(words[0], words, environment)
    except OSError as error:
        raise Failure(USAGE, "%s: %s" % (words[0], error.strerror))


def explain(arguments):
    session = session_of(arguments)
    answer = call(session, "POST", "/explain", {"url": arguments.url})
    found = part_of(session.site, answer, "locations", list)
    words = "\n\n".join(explained(each) for each in found) or "No service is known at this address"
    show(arguments, {"locations": found}, words)


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


BASH = r"""_postern() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]} words=
  COMPREPLY=()
  if [ "$COMP_CWORD" = 1 ]; then
    COMPREPLY=($(compgen -W "login logout whoami token env netrc exec explain completion" -- "$word"))
    return
  fi
  case $before in --site | --name | --scope | --expires | --network | --service | --overlap) return ;; esac
  case $command in
    token)
      case $COMP_CWORD,${COMP_WORDS[2]} in
        2,*) words='new list revoke rotate' ;;
        *,new) words='--scope --expires --network --service' ;;
        *,rotate) words='--overlap --renew' ;;
      esac ;;
    login) words='--name --scope --keyring' ;;
    netrc) words='--write' ;;
    completion) words='bash zsh' ;;
    exec)
      case " ${COMP_WORDS[*]:2:COMP_CWORD-2} " in
        *' -- ') COMPREPLY=($(compgen -c -- "$word")); return ;;
        *' -- '*) compopt -o default 2>/dev/null; return ;;
      esac
      words=-- ;;
  esac
  COMPREPLY=($(compgen -W "$words --json --site" -- "$word"))
}
complete -F _postern postern-cli postern.py postern
"""
ZSH = r"""#compdef postern-cli postern.py postern
_postern() {
  local state line curcontext=$curcontext
  local -a common=('--json[print JSON]' '--site=[the site]:site:')
  _arguments -C '1:command:->command' '*::argument:->argument'
  case $state in
    command)
      local -a commands=(
        'login:sign in with a code that a browser confirms'
        'logout:revoke the token of the sign-in and remove it'
        'whoami:who is signed in, and what the token may do'
        'token:create, list, revoke and rotate tokens'
        'env:print lines for the environment of a shell'
        'netrc:print the line for .netrc'
        'exec:run a program with the token in its environment'
        'explain:what an address needs, and which tokens pass it'
        'completion:print the completion for a shell')
      _describe command commands ;;
    argument)
      case $words[1] in
        login) _arguments $common '*--scope=[a scope]:scope:' '--name=[the name of the token]:name:' \
          '--keyring[store the token in the keyring]' '1:site:' ;;
        token) _postern_token ;;
        netrc) _arguments $common '--write[write it there]' ;;
        exec)
          local -i before=$words[(i)--]
          if (( before < CURRENT )); then
            shift before words
            (( CURRENT -= before ))
            _normal
          else
            _arguments $common
          fi ;;
        explain) _arguments $common '1:address:' ;;
        completion) _arguments '1:shell:(bash zsh)' ;;
        *) _arguments $common ;;
      esac ;;
  esac
}
_postern_token() {
  local state line curcontext=$curcontext
  _arguments -C '1:action:(new list revoke rotate)' '*::argument:->argument'
  [[ $state == argument ]] || return
  case $words[1] in
    new) _arguments $common '*--scope=[a scope]:scope:' '--expires=[the end]:end:' \
      '*--network=[a network that it is bound to]:network:' '*--service=[a service that it is bound to]:service:' '1:name:' ;;
    rotate) _arguments $common '--overlap=[how long the old one stays valid]:duration:' '--renew[last as long as the old one was made for]' '1:token:' ;;
    *) _arguments $common '1:token:' ;;
  esac
}
if [[ $funcstack[1] == _postern ]]; then _postern "$@"; else compdef _postern postern-cli postern.py postern; fi
"""


def completion(arguments):
    print(BASH if arguments.shell == "bash" else ZSH, end="")


def parser():
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print JSON")
    common.add_argument("--site", help="the site, where it is not the one of the last sign-in")
    about = {"description": "Tokens of a science platform.", "epilog": __doc__.split("\n\n")[-1], "allow_abbrev": False}
    root = argparse.ArgumentParser(prog="postern.py", **about)
    commands = root.add_subparsers(dest="command_name", metavar="COMMAND")

    def command(name, run, words, parent=commands):
        # Without abbreviations: a script that says --over would mean another option after the next release.
        added = parent.add_parser(name, parents=[common], help=words, description=words, allow_abbrev=False)
        added.set_defaults(run=run)
        return added

    added = command("login", login, "sign in with a code that a browser confirms")
    added.add_argument("address", metavar="SITE")
    added.add_argument("--name", default="postern-cli", help="the name of the token")
    added.add_argument("--scope", action="append", help="a scope to suggest; repeatable; user:token when not given")
    added.add_argument("--keyring", action="store_true", help="store the token in the keyring, not in a file")
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
    added.add_argument("--renew", action="store_true", help="the new one lasts as long from now as the old one was made for")
    command("env", env, "print lines that put the token into the environment of a shell")
    command("netrc", netrc, "print the line for .netrc").add_argument("--write", action="store_true", help="write it there")
    added = command("exec", execute, "run a program with the token in its environment")
    added.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    command("explain", explain, "what an address needs, and which of your tokens pass it").add_argument("url", metavar="URL")
    command("completion", completion, "print the completion for a shell").add_argument("shell", choices=["bash", "zsh"])
    return root


def dashed_key_last(words):
    """Moves a key that begins with a dash behind "--": one key in 64 does, and would be read as an option."""
    if words[:1] != ["token"] or words[1:2] not in (["revoke"], ["rotate"]) or "--" in words:
        return words
    keys = [word for i, word in enumerate(words) if DASHED_KEY.match(word) and words[i - 1] not in ("--site", "--overlap")]
    return [word for word in words if word not in keys] + ["--"] * bool(keys) + keys


def main(words):
    root = parser()
    arguments = root.parse_args(dashed_key_last(words))
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
