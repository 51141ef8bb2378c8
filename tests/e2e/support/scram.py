"""SCRAM (RFC 5802) written out, so that a test can say what its client binds to, or claims not to see."""

import base64
import hashlib
import hmac

from support.accounts import PASSWORDS
from support.known_secrets import new_secret, remember


def log_in_by_scram(session, mechanism, user, flag, binding=b""):
    """A login on a RawSession whose features are known. `flag` is that of the gs2-header: "n", "y" or "p=TYPE", with
    `binding` as its data. Returns "success", or "failure" by whichever answer it came."""
    digest = {"SHA-1": "sha1", "SHA-256": "sha256", "SHA-512": "sha512"}[mechanism.removeprefix("SCRAM-")
                                                                        .removesuffix("-PLUS")]
    gs2 = f"{flag},,"
    bare = f"n={user},r={new_secret('nonce')}"
    first = base64.b64encode((gs2 + bare).encode()).decode()
    session.wire.send(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='{mechanism}'>{first}</auth>".encode())
    answer = session.next_element()
    if not answer.tag.endswith("}challenge"):
        return answer.tag.rpartition("}")[2]
    challenge = base64.b64decode(answer.text).decode()
    told = dict(part.split("=", 1) for part in challenge.split(","))
    salted = hashlib.pbkdf2_hmac(digest, PASSWORDS[user].encode(), base64.b64decode(told["s"]), int(told["i"]))
    client_key = hmac.digest(salted, b"Client Key", digest)
    without_proof = f"c={base64.b64encode(gs2.encode() + binding).decode()},r={told['r']}"
    signature = hmac.digest(hashlib.new(digest, client_key).digest(),
                            f"{bare},{challenge},{without_proof}".encode(), digest)
    proof = base64.b64encode(bytes(a ^ b for a, b in zip(client_key, signature))).decode()
    last = base64.b64encode(f"{without_proof},p={remember(proof)}".encode()).decode()
    session.wire.send(f"<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{last}</response>".encode())
    return session.next_element().tag.rpartition("}")[2]
