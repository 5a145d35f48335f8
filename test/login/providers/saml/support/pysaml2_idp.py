"""An identity provider of pysaml2 and xmlsec1. Reads a command as JSON, and writes its answer as JSON."""

import json
import sys
from pathlib import Path

from saml2 import BINDING_HTTP_REDIRECT, class_name, element_to_extension_element, saml
from saml2.authn_context import PASSWORDPROTECTEDTRANSPORT
from saml2.config import IdPConfig
from saml2.metadata import entities_descriptor, entity_descriptor
from saml2.pack import make_soap_enveloped_saml_thingy
from saml2.s_utils import sid
from saml2.saml import NAME_FORMAT_URI, NAMEID_FORMAT_PERSISTENT
from saml2.server import Server
from saml2.sigver import pre_encryption_part, pre_signature_part, security_context
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

ENTITY = "https://idp.example.org/pysaml2"
GCM = "http://www.w3.org/2009/xmlenc11#aes128-gcm"
ASSERTION = 'xmlns:ns0="urn:oasis:names:tc:SAML:2.0:assertion"'

folder = Path(sys.argv[1])
site = folder / "site.xml"


def configuration():
    service = {
        "endpoints": {
            "single_sign_on_service": [(f"{ENTITY}/sso", BINDING_HTTP_REDIRECT)],
            "single_logout_service": [(f"{ENTITY}/slo", BINDING_HTTP_REDIRECT)],
        },
        "policy": {"default": {"lifetime": {"minutes": 15}, "name_form": NAME_FORMAT_URI}},
        "name_id_format": [NAMEID_FORMAT_PERSISTENT],
        "want_authn_requests_signed": True,
    }
    return IdPConfig().load(
        {
            "entityid": ENTITY,
            "xmlsec_binary": "/usr/bin/xmlsec1",
            "key_file": str(folder / "idp.pem"),
            "cert_file": str(folder / "idp.crt"),
            "metadata": {"local": [str(site)]} if site.exists() else {},
            "service": {"idp": service},
            "signing_algorithm": SIG_RSA_SHA256,
            "digest_algorithm": DIGEST_SHA256,
        }
    )


def signed(element, name):
    """Signs an element with xmlsec1."""
    element.signature = pre_signature_part(
        element.id, security.my_cert, 1, sign_alg=SIG_RSA_SHA256, digest_alg=DIGEST_SHA256
    )
    return security.sign_statement(str(element), name, node_id=element.id)


def encrypted(text, *path):
    """Encrypts the element at a path for the site, with xmlsec1."""
    where = "".join(f"/*[local-name()='{name}']" for name in path)
    template = pre_encryption_part(msg_enc=GCM)
    return security.encrypt_assertion(text, str(folder / "site.crt"), template, "aes-128", where)


def describe(_):
    own = entity_descriptor(configuration())
    _, text = entities_descriptor([own], 24, "A federation", None, True, security, SIG_RSA_SHA256, DIGEST_SHA256)
    return {"metadata": text}


def answer(asked):
    """Answers a request that came with a redirect: the name and the assertion are encrypted."""
    request = server.parse_authn_request(
        asked["SAMLRequest"],
        BINDING_HTTP_REDIRECT,
        relay_state=asked["RelayState"],
        sigalg=asked["SigAlg"],
        signature=asked["Signature"],
    )
    where = server.response_args(request.message)
    response = server.create_authn_response(
        {"eduPersonPrincipalName": ["ada@example.org"], "displayName": ["Ada Lovelace"], "isMemberOf": ["users"]},
        where["in_response_to"],
        where["destination"],
        where["sp_entity_id"],
        name_id=saml.NameID(format=NAMEID_FORMAT_PERSISTENT, text="pysaml2-ada"),
        authn={"class_ref": PASSWORDPROTECTEDTRANSPORT, "authn_auth": ENTITY},
        sign_response=False,
        sign_assertion=False,
    )
    assertion = response.assertion[0] if isinstance(response.assertion, list) else response.assertion
    name = assertion.subject.name_id
    assertion.subject.name_id = None
    assertion.subject.encrypted_id = saml.EncryptedID(extension_elements=[element_to_extension_element(name)])
    # The text that is encrypted must say its namespace itself.
    text = str(assertion).replace("<ns0:NameID ", f"<ns0:NameID {ASSERTION} ", 1)
    assertion = saml.assertion_from_string(encrypted(text, "Assertion", "Subject", "EncryptedID", "NameID"))
    response.assertion = []
    whole = str(response)
    within = f"<ns0:EncryptedAssertion {ASSERTION}>{plain(signed(assertion, class_name(assertion)))}</ns0:EncryptedAssertion>"
    end = whole.rindex("</")
    return {"response": encrypted(whole[:end] + within + whole[end:], "Response", "EncryptedAssertion", "Assertion")}


def end_session(asked):
    """Writes a request to end a session by SOAP."""
    _, request = server.create_logout_request(
        asked["destination"],
        ENTITY,
        name_id=saml.NameID(format=NAMEID_FORMAT_PERSISTENT, text="pysaml2-ada"),
        session_indexes=asked["sessions"],
        sign=False,
    )
    text = signed(request, class_name(request))
    return {"envelope": make_soap_enveloped_saml_thingy(text), "id": request.id}


def read_answer(asked):
    """Verifies the answer to such a request. pysaml2 itself writes what it takes out of an envelope with other prefixes."""
    within = asked["envelope"].split("Body>")[1].removesuffix("</S:")
    response = security.correctly_signed_logout_response(within, must=True)
    return {"to": response.in_response_to, "status": response.status.status_code.value}


def plain(text):
    """A document without its declaration."""
    return text.split("?>", 1)[-1].strip()


security = security_context(configuration())
server = Server(config=configuration()) if site.exists() else None
asked = json.load(sys.stdin)
json.dump(globals()[sys.argv[2]](asked), sys.stdout)
