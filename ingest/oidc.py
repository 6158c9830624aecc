"""The identity provider, through the guarded fetcher: OpenID Connect with code and PKCE, found by its discovery."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import orjson
from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.auth import ClientAuth, TokenAuth
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from catalog.domain.errors import AddressRefusedError, ProviderBrokenError, SourceBrokenError, UnauthenticatedError
from catalog.domain.networks import Use
from catalog.domain.oidc import Flow, Identity
from catalog.services.networks import Gate
from catalog.settings import Settings
from catalog.store.database import Database
from ingest.fetch import Answer, Fetcher

#: How long what the provider says of itself is remembered, and how far its clock may be off, in seconds.
_REMEMBERED, _LEEWAY = timedelta(hours=1), 60
#: Signatures with a key of the provider; never none, and never with the secret that both know.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"]


class Provider:
    """One provider, by its issuer."""

    def __init__(self, settings: Settings, database: Database, clock: Callable[[], datetime]) -> None:
        self._settings, self._clock = settings, clock
        self._fetcher = Fetcher(Gate(database, clock, Use.OIDC))
        self._said: tuple[datetime, Mapping[str, Any], KeySet] | None = None

    def begin(self, back: str, after: str) -> tuple[str, Flow]:
        """The address at which the person signs in, and what must be remembered until ``back`` is called."""
        metadata, _ = self._known()
        state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
        flow = Flow(state, nonce, verifier, after)
        address, _ = self._client(back, metadata).create_authorization_url(
            metadata["authorization_endpoint"], state=flow.state, code_verifier=flow.verifier, nonce=flow.nonce
        )
        return str(address), flow

    def finish(self, flow: Flow, back: str, query: Mapping[str, str]) -> Identity:
        """Who came back."""
        metadata, _ = self._known()
        if "error" in query or not secrets.compare_digest(query.get("state", "").encode(), flow.state.encode()):
            raise UnauthenticatedError("The identity provider did not let you in.", cure="Sign in again.")
        # RFC 9207: an answer of another provider is none.
        if query.get("iss", metadata["issuer"]) != metadata["issuer"]:
            raise ProviderBrokenError
        try:
            token = self._client(back, metadata).fetch_token(
                metadata["token_endpoint"],
                grant_type="authorization_code",
                code=query.get("code", ""),
                code_verifier=flow.verifier,
            )
            claims = self._checked(token, flow)
            return _identity({**self._more(metadata, token, claims["sub"]), **claims})
        except (AuthlibBaseError, JoseError, SourceBrokenError, ValueError, KeyError) as error:
            raise ProviderBrokenError(why=str(error)) from error

    def sign_out_address(self, back: str) -> str:
        """Where the session at the provider ends; empty where it has no such address."""
        end = self._known()[0].get("end_session_endpoint", "")
        query = {"client_id": self._settings.oidc_client_id, "post_logout_redirect_uri": back}
        return f"{end}?{urlencode(query)}" if end else ""

    def _checked(self, token: Mapping[str, Any], flow: Flow) -> CodeIDToken:
        """The claims of the identity token: signed by the provider, for us, now, and for this flow."""
        try:
            found = jwt.decode(token["id_token"], self._known()[1], algorithms=_ALGORITHMS)
        except (InvalidKeyIdError, ValueError):
            # The provider has a new key.
            self._said = None
            found = jwt.decode(token["id_token"], self._known()[1], algorithms=_ALGORITHMS)
        client_id = self._settings.oidc_client_id
        wanted = {"iss": {"essential": True, "value": self._known()[0]["issuer"]}, "aud": {"value": client_id}}
        params = {"nonce": flow.nonce, "client_id": client_id, "access_token": token.get("access_token")}
        claims = CodeIDToken(found.claims, found.header, wanted, params)
        claims.validate(int(self._clock().timestamp()), _LEEWAY)
        return claims

    def _more(self, metadata: Mapping[str, Any], token: Mapping[str, Any], subject: str) -> Mapping[str, Any]:
        """What the provider tells beside the identity token: with many name and address are only there."""
        if "userinfo_endpoint" not in metadata:
            return {}
        bearer = {"Authorization": f"Bearer {token['access_token']}"}
        told = orjson.loads(self._fetcher.get(metadata["userinfo_endpoint"], headers=bearer).text)
        if not isinstance(told, dict) or told.get("sub") != subject:
            raise ProviderBrokenError(why="it tells of somebody else")
        return told

    def _known(self) -> tuple[Mapping[str, Any], KeySet]:
        if self._said is None or self._said[0] < self._clock():
            self._said = (self._clock() + _REMEMBERED, *self._discovered())
        return self._said[1], self._said[2]

    def _discovered(self) -> tuple[Mapping[str, Any], KeySet]:
        issuer = self._settings.oidc_issuer
        try:
            metadata = self._read(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if metadata["issuer"] != issuer:
                raise ProviderBrokenError(why=f"it calls itself {metadata['issuer']}")
            return metadata, KeySet.import_key_set(self._read(metadata["jwks_uri"]))
        except (AddressRefusedError, SourceBrokenError, JoseError, ValueError, KeyError, TypeError) as error:
            raise ProviderBrokenError(why=str(error)) from error

    def _read(self, url: str) -> Any:
        return orjson.loads(self._fetcher.get(url).text)

    def _client(self, back: str, metadata: Mapping[str, Any]) -> OAuth2Client:
        settings = self._settings
        methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        basic = not settings.oidc_client_secret or "client_secret_basic" in methods
        return _Client(
            _Session(self._fetcher),
            settings.oidc_client_id,
            settings.oidc_client_secret or None,
            token_endpoint_auth_method=None if basic else "client_secret_post",
            scope=settings.oidc_scopes,
            redirect_uri=back,
            code_challenge_method="S256",
        )


def _identity(claims: Mapping[str, Any]) -> Identity:
    email = claims.get("email") if claims.get("email_verified") is True else ""
    name = claims.get("name") or claims.get("preferred_username") or ""
    return Identity(str(claims["iss"]), str(claims["sub"]), str(name), str(email or ""), claims)


class _Client(OAuth2Client):  # type: ignore[misc]  # Authlib has no types
    """Authlib's client, whose requests are sent by a session of ours."""

    client_auth_class = ClientAuth
    token_auth_class = TokenAuth


class _Session:
    """Sends what Authlib posts through the guarded fetcher."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    def post(self, url: str, data: Mapping[str, str], headers: Mapping[str, str], auth: ClientAuth) -> Answer:
        _, signed, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        answer = self._fetcher.form(url, body, signed)
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or not isinstance(answer.json(), dict):
            raise SourceBrokenError("{url} answers {status}.", url=url, status=answer.status_code)
        return answer
