"""What readers and servers show who they are with: certificates of an authority of the test's own, tokens,
passwords. Made with the openssl command, as an operator would."""

import base64
import crypt
import json
import pathlib
import ssl
import subprocess
import time
from dataclasses import dataclass


def openssl(*arguments, **keywords):
    done = subprocess.run(["openssl", *map(str, arguments)], check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, **keywords)
    assert done.returncode == 0, f"openssl {arguments}: {done.stderr.decode()}"
    return done.stdout


@dataclass(frozen=True)
class Identity:
    """A certificate and its key, as PEM files."""
    certificate: pathlib.Path
    key: pathlib.Path


class Authority:
    """Issues certificates that clients and servers trust who have its own."""

    def __init__(self, directory, name):
        self.directory = directory
        self.name = name
        self.certificate = directory / f"{name}.pem"
        self._key = directory / f"{name}.key"
        self._request(self.certificate, self._key, name, days=3650)

    def issue(self, name, *sans, days=30, as_name=None):
        """Files NAME.pem and NAME.key (of the certificate's CN, unless `as_name` says otherwise)."""
        made = Identity(self.directory / f"{as_name or name}.pem",
                        self.directory / f"{as_name or name}.key")
        signed = ("-CA", self.certificate, "-CAkey", self._key)
        if sans:
            signed += ("-addext", f"subjectAltName={','.join(sans)}")
        signed += ("-addext", "basicConstraints=critical,CA:FALSE")
        self._request(made.certificate, made.key, name, days, *signed)
        return made

    @staticmethod
    def _request(certificate, key, name, days, *more):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", key, "-out", certificate, "-subj", f"/CN={name}", "-days", days, *more)


def trusting(authority, identity=None):
    """A client's TLS: it trusts the authority and presents the identity."""
    context = ssl.create_default_context(cafile=authority.certificate)
    if identity:
        context.load_cert_chain(identity.certificate, identity.key)
    return context


def bcrypt(password, cost=4):
    """As cheap as it gets: the tests are about who, not about how long."""
    return crypt.crypt(password, crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=1 << cost))


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer:
    """Signs tokens (RS256), and has its keys as a JWK set."""

    def __init__(self, directory, url="https://idp.example"):
        self.url = url
        self.kid = "1"
        self.keys = directory / "jwks.json"
        self._key = directory / "issuer.key"
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self._key)
        text = openssl("rsa", "-in", self._key, "-noout", "-modulus").decode()
        modulus = bytes.fromhex(text.strip().removeprefix("Modulus="))
        self.keys.write_text(json.dumps({"keys": [
            {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "e": "AQAB",
             "n": base64url(modulus)}]}), encoding="utf-8")

    def token(self, audience="shm-exporter", lives_s=300, **claims):
        parts = [{"alg": "RS256", "typ": "JWT", "kid": self.kid},
                 {"iss": self.url, "aud": audience, "sub": "prometheus",
                  "exp": int(time.time()) + lives_s, **claims}]
        signed = ".".join(base64url(json.dumps(part).encode()) for part in parts)
        return signed + "." + base64url(openssl("dgst", "-sha256", "-sign", self._key,
                                                input=signed.encode()))
