"""The realm of one state as code: what Keycloak imports, without any person in it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

CLIENT = "civic-web"
AUDIENCE = "civic-api"
# Roles that count for the whole state. Those of a tenant are groups, `/tenants/<slug>/<role>`.
REALM_ROLES = {
    "state-admin": "Runs the portal of the state",
    "competence-centre": "Advises the tenants and takes their registrations",
}
TENANT_ROLES = ("admin", "editor", "moderator")
RETURN_PATH = "/anmelden/rueckkehr"
BACKCHANNEL_PATH = "/oidc/backchannel-logout"

ACCESS_TOKEN_SECONDS = 5 * 60
# Long enough to write a long text in one go, short enough for a public computer.
IDLE_SECONDS = 2 * 60 * 60
LONGEST_SECONDS = 10 * 60 * 60
SIGN_IN_SECONDS = 30 * 60
CONFIRMATION_SECONDS = 24 * 60 * 60


def realm(
    *,
    state: str,
    portal_urls: Sequence[str],
    client_secret: str,
    smtp: Mapping[str, str] | None = None,
    title: str | None = None,
    backchannel_url: str | None = None,
) -> dict[str, Any]:
    """The representation to import.

    `portal_urls` are the addresses of the portal without a path, its main one first. `smtp` as Keycloak's smtpServer;
    without it nobody can be asked to confirm an e-mail address. `backchannel_url` is where Keycloak reaches a gateway,
    where that is another address than the portal's own.
    """
    portal = [url.rstrip("/") for url in portal_urls]
    return {
        "realm": state,
        "enabled": True,
        "displayName": title or f"Beteiligungsportal {state.replace('-', ' ').title()}",
        "sslRequired": "external",
        **_registration(confirmed=smtp is not None),
        **_protection(),
        **_lifetimes(),
        **_records(),
        **_language(),
        "loginTheme": "civic",
        "smtpServer": dict(smtp or {}),
        "roles": {"realm": [{"name": name, "description": text} for name, text in REALM_ROLES.items()]},
        "groups": [{"name": "tenants"}],
        "clients": [web_client(portal, client_secret, backchannel_url or portal[0] + BACKCHANNEL_PATH)],
        "scopeMappings": [scope_mapping(CLIENT)],
        "components": {"org.keycloak.userprofile.UserProfileProvider": [_profile()]},
    }


def web_client(portal_urls: Sequence[str], secret: str, backchannel_url: str) -> dict[str, Any]:
    """The gateway: confidential, authorization code with PKCE alone, exact addresses."""
    return {
        "clientId": CLIENT,
        "name": "Beteiligungsportal",
        "protocol": "openid-connect",
        "publicClient": False,
        "clientAuthenticatorType": "client-secret",
        "secret": secret,
        "standardFlowEnabled": True,
        "implicitFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "serviceAccountsEnabled": False,
        "frontchannelLogout": False,
        "fullScopeAllowed": False,
        "baseUrl": f"{portal_urls[0]}/",
        "redirectUris": [url + RETURN_PATH for url in portal_urls],
        "webOrigins": [],
        # `basic` brings the subject. Names and addresses stay out of the id token, which travels in an address when
        # somebody signs out.
        "defaultClientScopes": ["basic"],
        "optionalClientScopes": [],
        "protocolMappers": token_contract(),
        "attributes": {
            "pkce.code.challenge.method": "S256",
            "post.logout.redirect.uris": "##".join(f"{url}/abmelden" for url in portal_urls),
            "backchannel.logout.url": backchannel_url,
            "backchannel.logout.session.required": "true",
            "backchannel.logout.revoke.offline.tokens": "false",
            "use.refresh.tokens": "true",
            "client_credentials.use_refresh_token": "false",
            "standard.token.exchange.enabled": "false",
            "oauth2.device.authorization.grant.enabled": "false",
            "oidc.ciba.grant.enabled": "false",
        },
    }


def token_contract() -> list[dict[str, Any]]:
    """What every access token says beside the standard claims: audience, public name, roles, mail address."""
    access = {"access.token.claim": "true", "id.token.claim": "false", "userinfo.token.claim": "false"}
    return [
        _mapper("audience", "oidc-audience-mapper", {**access, "included.custom.audience": AUDIENCE}),
        _mapper(
            "public name",
            "oidc-usermodel-attribute-mapper",
            {**access, "user.attribute": "username", "claim.name": "preferred_username", "jsonType.label": "String"},
        ),
        _mapper("groups", "oidc-group-membership-mapper", {**access, "full.path": "true", "claim.name": "groups"}),
        _mapper(
            "roles of the state",
            "oidc-usermodel-realm-role-mapper",
            {**access, "claim.name": "realm_access.roles", "multivalued": "true", "jsonType.label": "String"},
        ),
        # Where mail goes; kept by the service that sends it, and by no other.
        _mapper(
            "mail address",
            "oidc-usermodel-attribute-mapper",
            {**access, "user.attribute": "email", "claim.name": "email", "jsonType.label": "String"},
        ),
        _mapper(
            "mail address confirmed",
            "oidc-usermodel-property-mapper",
            {**access, "user.attribute": "emailVerified", "claim.name": "email_verified", "jsonType.label": "boolean"},
        ),
    ]


def scope_mapping(client: str) -> dict[str, Any]:
    """The roles of the state, and no others, may be in the client's tokens."""
    return {"client": client, "roles": list(REALM_ROLES)}


def tenant_group(slug: str) -> dict[str, Any]:
    """The groups of a tenant, to be put below the group `tenants`."""
    return {"name": slug, "subGroups": [{"name": role} for role in TENANT_ROLES]}


def _registration(*, confirmed: bool) -> dict[str, Any]:
    return {
        "registrationAllowed": True,
        "registrationEmailAsUsername": False,
        "loginWithEmailAllowed": True,
        "duplicateEmailsAllowed": False,
        "editUsernameAllowed": False,
        "verifyEmail": confirmed,
        "resetPasswordAllowed": confirmed,
        # Public computers stand in libraries and town halls.
        "rememberMe": False,
    }


def _protection() -> dict[str, Any]:
    return {
        "passwordPolicy": "length(12) and maxLength(128) and notUsername() and notEmail() and notContainsUsername()",
        "bruteForceProtected": True,
        "permanentLockout": False,
        "failureFactor": 8,
        "waitIncrementSeconds": 60,
        "maxFailureWaitSeconds": 15 * 60,
        "maxDeltaTimeSeconds": 12 * 60 * 60,
        "minimumQuickLoginWaitSeconds": 5,
        "quickLoginCheckMilliSeconds": 200,
    }


def _lifetimes() -> dict[str, Any]:
    return {
        "accessTokenLifespan": ACCESS_TOKEN_SECONDS,
        "accessCodeLifespan": 60,
        "accessCodeLifespanLogin": SIGN_IN_SECONDS,
        "accessCodeLifespanUserAction": SIGN_IN_SECONDS,
        "actionTokenGeneratedByUserLifespan": CONFIRMATION_SECONDS,
        "ssoSessionIdleTimeout": IDLE_SECONDS,
        "ssoSessionMaxLifespan": LONGEST_SECONDS,
        # A refresh token counts once: a stolen one shows itself, and ends the session.
        "revokeRefreshToken": True,
        "refreshTokenMaxReuse": 0,
        "defaultSignatureAlgorithm": "RS256",
    }


def _records() -> dict[str, Any]:
    """What administrators change is recorded, without contents; what citizens do is not: it names and locates them."""
    return {
        "eventsEnabled": False,
        "eventsListeners": [],
        "adminEventsEnabled": True,
        "adminEventsDetailsEnabled": False,
    }


def _language() -> dict[str, Any]:
    return {"internationalizationEnabled": True, "supportedLocales": ["de", "en"], "defaultLocale": "de"}


def _profile() -> dict[str, Any]:
    """The account holds a public name and an e-mail address; a real name only where an administrator enters one."""
    by_person = {"view": ["admin", "user"], "edit": ["admin", "user"]}
    by_administrator = {"view": ["admin", "user"], "edit": ["admin"]}
    attributes: list[dict[str, Any]] = [
        {
            "name": "username",
            "displayName": "${username}",
            "annotations": {"inputHelperTextBefore": "${usernameHint}"},
            "permissions": by_person,
            "validations": {
                "length": {"min": 3, "max": 40},
                "username-prohibited-characters": {},
                "up-username-not-idn-homograph": {},
            },
        },
        {
            "name": "email",
            "displayName": "${email}",
            "annotations": {"inputHelperTextBefore": "${emailHint}"},
            "required": {"roles": ["user"]},
            "permissions": by_person,
            "validations": {"email": {}, "length": {"max": 255}},
        },
    ]
    for name in ("firstName", "lastName"):
        validations = {"length": {"max": 255}, "person-name-prohibited-characters": {}}
        attributes.append(
            {
                "name": name,
                "displayName": f"${{{name}}}",
                "permissions": by_administrator,
                "validations": validations,
            }
        )
    config = json.dumps({"attributes": attributes, "groups": []})
    return {"providerId": "declarative-user-profile", "config": {"kc.user.profile.config": [config]}}


def _mapper(name: str, kind: str, config: Mapping[str, str]) -> dict[str, Any]:
    introspected = {"introspection.token.claim": "true", **config}
    return {"name": name, "protocol": "openid-connect", "protocolMapper": kind, "config": introspected}


def main() -> int:
    """Writes the realm of a state for production to standard output; the secret comes from CIVIC_OIDC_CLIENT_SECRET."""
    parser = argparse.ArgumentParser(description="Renders the realm of a state as Keycloak imports it.")
    parser.add_argument("state", help="short name of the state, the name of its realm")
    parser.add_argument("portal_urls", nargs="+", metavar="URL", help="address of the portal, the main one first")
    parser.add_argument("--title", help="name on the sign-in page")
    parser.add_argument("--backchannel-url", help="address of a gateway as Keycloak reaches it")
    parser.add_argument("--smtp-host", help="mail server; without one nobody confirms an e-mail address")
    parser.add_argument("--smtp-port", default="25")
    parser.add_argument("--smtp-from", help="sender's address")
    arguments = parser.parse_args()
    secret = os.environ.get("CIVIC_OIDC_CLIENT_SECRET")
    if not secret:
        parser.error("CIVIC_OIDC_CLIENT_SECRET is not set")
    smtp = None
    if arguments.smtp_host:
        smtp = {"host": arguments.smtp_host, "port": arguments.smtp_port, "from": arguments.smtp_from or ""}
    rendered = realm(
        state=arguments.state,
        portal_urls=arguments.portal_urls,
        client_secret=secret,
        smtp=smtp,
        title=arguments.title,
        backchannel_url=arguments.backchannel_url,
    )
    json.dump(rendered, sys.stdout, ensure_ascii=False, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
