"""JSON lines for schemathesis, tokens and programs that are there, and rules of the API that no OpenAPI document can state."""

import json
import os
import re
from urllib.parse import unquote

import jsonschema_rs
import schemathesis

NDJSON = "application/x-ndjson"
OWNER = os.environ["POSTERN_OWNER"]
SCOPES = os.environ["POSTERN_SCOPES"].split()
OWN_KEY = os.environ["POSTERN_TOKEN"][3:25]

USERNAME = re.compile(r"[a-z](?:-?[a-z0-9]){0,31}")
PROGRAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+~-]{0,63}")
KEY = re.compile(r"[A-Za-z0-9_-]{22}")
EMAIL = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9._-]+")
PLAIN = re.compile(r"[A-Za-z0-9._:~@-]+")
INVISIBLE = re.compile(
    "[\U000110BD\U000110CD\U00013430-\U0001343F\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0000-\U000E0FFF]"
)

# What is there, by the names that the path has for it: schemathesis draws no text that is a token's key.
# Only a user's own token can be edited, and the run makes others: the first one is kept for edits.
edited, *tokens = ({"username": OWNER, "key": key} for key in os.environ["POSTERN_KEYS"].split())
programs, grants, clients = [], [], []


@schemathesis.serializer(NDJSON)
def write_line(_context, value):
    return json.dumps(value).encode() + b"\n"


@schemathesis.deserializer(NDJSON)
def read_lines(context, response):
    """The document has the schema of a line: gives back the first line that is not of it, for the report, or else the first."""
    schema = context.operation.schema.raw_schema["components"]["schemas"]["AuditEvent"]
    lines = [json.loads(line) for line in response.content.splitlines()]
    return next((line for line in lines if not jsonschema_rs.is_valid(schema, line)), lines[0])


@schemathesis.hook
def before_call(_context, case, _kwargs):
    name_real_ones(case)
    spare_own_token(case)
    ask_for_lines(case)
    email = case.path_parameters.get("email")
    if INVISIBLE.search(unquote(str(email))):
        case.path_parameters["email"] = "ada@example.org"
    case.body = visible(case.body)
    if isinstance(case.body, dict):
        case.body = {name: REWRITE[name](value) if name in REWRITE else value for name, value in case.body.items()}
    # A token may be used in fewer places after an edit, and not in others: what is right depends on the token.
    if case.method == "PATCH" and isinstance(case.body, dict):
        case.body = {name: value for name, value in case.body.items() if name not in ("networks", "services")}


@schemathesis.hook
def after_call(_context, case, response):
    path = {name: unquote(str(value)) for name, value in case.path_parameters.items()}
    location = response.headers.get("location", [""])[0] if response.status_code == 201 else ""
    if token := re.fullmatch(r".*/users/(.+)/tokens/(.+)", location):
        tokens.append({"username": token[1], "key": token[2]})
    if client := re.fullmatch(r".*/oidc-clients/(.+)", location):
        clients.append({"client_id": client[1]})
    if response.status_code == 200 and case.method == "PUT" and "id" in path and PLAIN.fullmatch("".join(path.values())):
        (grants if "email" in path else programs).append(path)
    # 404: it ended with another, or by a rotation without an overlap.
    if path and response.status_code in (204, 404) and not case.path.endswith("/suspension"):
        for made in (tokens, programs, grants, clients):
            made[:] = [each for each in made if not path.items() <= each.items()]


def name_real_ones(case):
    """Half of the paths name what is there; the names in the others stay as they were drawn, right or wrong."""
    path = case.path_parameters
    username, key, program = (str(path.get(name, "")) for name in ("username", "key", "id"))
    # It draws the run's own user itself, whom an answer names.
    if username == OWNER or USERNAME.fullmatch(username) and len(username) % 2 == 1:
        path["username"] = OWNER
        if KEY.fullmatch(key):
            made = tokens[0 if case.method == "DELETE" else -1] if tokens else {"key": OWN_KEY}
            path.update(edited if case.method == "PATCH" else made)
    if PLAIN.fullmatch(str(path.get("client_id", ""))) and clients:
        path.update(clients[0 if case.method == "DELETE" else -1])
    if PROGRAM.fullmatch(program) and len(program) % 2 == 1 and programs:
        if "email" in path:
            # It is drawn percent-encoded. Beside a name that is put here it counts as put here, too, and then as wrong.
            email = unquote(str(path["email"]))
            if EMAIL.fullmatch(email):
                path.update({"id": programs[-1]["id"], "email": email})
                path.update(grants[-1] if grants and case.method != "PUT" else {})
        elif case.method != "PUT":
            # The last one has grants, which calls after this one are about.
            path["id"] = programs[0 if case.method == "DELETE" else -1]["id"]


def visible(value):
    """Readers of patterns have no spelling in common beyond U+FFFF, so that the document has no invisible character from there."""
    if isinstance(value, str):
        return INVISIBLE.sub("x", value)
    if isinstance(value, list):
        return [visible(each) for each in value]
    if isinstance(value, dict):
        return {name: visible(each) for name, each in value.items()}
    return value


def spare_own_token(case):
    """The run's own token is neither changed nor revoked, by itself or with all of its user's: each call after it were 401."""
    path = case.path_parameters
    if case.method != "GET" and path.get("key") == OWN_KEY:
        path["key"] = "A" * 22
    if case.method == "DELETE" and "key" not in path and path.get("username") == OWNER:
        path["username"] = "bot-other"


def ask_for_lines(case):
    """schemathesis asks for the first media type alone. A page of the trail without a filter has at least one event."""
    if case.operation.path.endswith("/audit") and case.method == "GET" and set(case.query) <= {"limit"}:
        case.headers["Accept"] = NDJSON


def later(expires):
    """A document cannot say that a token ends in the future. 2104 is a leap year: each day that the pattern has is in it."""
    if isinstance(expires, str) and re.match(r"(?:19[7-9]|[2-9]\d\d)\d-", expires):
        return "2104" + expires[4:]
    if isinstance(expires, str) and re.fullmatch(r"\+?\d+(\.\d*)?", expires):
        return str(4_000_000_000 + len(expires))
    if isinstance(expires, (int, float)) and not isinstance(expires, bool) and expires >= 0:
        return 4_000_000_000 + expires % 1_000_000
    return expires


def known(scopes):
    """The document is the same for every site, and does not know the site's scopes."""
    if not isinstance(scopes, list):
        return scopes
    form = re.compile(r"[a-zA-Z0-9:._-]+")
    return [SCOPES[len(each) % len(SCOPES)] if isinstance(each, str) and form.fullmatch(each) else each for each in scopes]


def once(investigators):
    """JSON Schema has no uniqueness by a field, and a person in two roles is refused."""
    if not isinstance(investigators, list):
        return investigators
    people = {}
    for each in investigators:
        name = each.get("username", each.get("email")) if isinstance(each, dict) else each
        people[str(name).strip().lower()] = each
    return list(people.values())


def told(reason):
    """A blank reason is none; patterns have no spelling in common for what is blank."""
    return "a leak" if isinstance(reason, str) and reason and not visible(reason).strip() else reason


REWRITE = {"reason": told, "expires": later, "scopes": known, "investigators": once}
