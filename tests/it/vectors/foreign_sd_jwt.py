"""Reads presentations with somebody else's SD-JWT library (PyPI sd-jwt, on jwcrypto).

One JSON object {"jwk": …, "presentation": …, …} a line on stdin; for each a line on stdout, either
{"ok": true, "claims": …} or {"ok": false, "error": <class of the exception>}.
"""

import json
import sys

from jwcrypto.jwk import JWK
from sd_jwt.verifier import SDJWTVerifier


def verdict(line):
    asked = json.loads(line)
    key = JWK(**asked["jwk"])
    try:
        verifier = SDJWTVerifier(asked["presentation"], lambda issuer, header: key)
        return {"ok": True, "claims": verifier.get_verified_payload()}
    except Exception as refusal:  # The library raises many classes; each of them is a refusal.
        return {"ok": False, "error": type(refusal).__name__}


for line in sys.stdin:
    print(json.dumps(verdict(line)), flush=True)
