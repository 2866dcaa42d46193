"""What stands below every mail, whatever a tenant writes above it, and where links of mails lead."""

from collections.abc import Mapping

from civic_notification.domain.kinds import INVITATION
from civic_notification.domain.tokens import Scope

WHY: Mapping[tuple[Scope, str], str] = {
    (Scope.OBJECT, "de"): "Sie bekommen diese Mail, weil Sie diesem Angebot folgen.",
    (Scope.OBJECT, "en"): "You get this mail because you follow this offer.",
    (Scope.DIGEST, "de"): "Sie bekommen diese Übersicht, weil Sie diesen Angeboten folgen.",
    (Scope.DIGEST, "en"): "You get this overview because you follow these offers.",
    (Scope.KIND, "de"): "Sie bekommen diese Mail zu Ihrem Konto im Beteiligungsportal.",
    (Scope.KIND, "en"): "You get this mail about your account in the participation portal.",
}
# The same for addresses without an account.
WHY_GUEST: Mapping[tuple[Scope, str], str] = {
    **WHY,
    (
        Scope.KIND,
        "de",
    ): "Diese Adresse wurde im Beteiligungsportal eingetragen. Waren Sie das nicht, müssen Sie nichts tun:"
    " Ohne Ihre Bestätigung schreiben wir nicht wieder.",
    (
        Scope.KIND,
        "en",
    ): "This address was entered in the participation portal. If that was not you, there is nothing you"
    " have to do: without your confirmation we do not write again.",
}
# For kinds of mail that say it better themselves.
WHY_KIND: Mapping[tuple[str, str], str] = {
    (
        INVITATION,
        "de",
    ): "Sie bekommen diese Mail, weil die Verwaltung Sie mit dieser Adresse eingeladen hat. Der Link gilt"
    " für eine Person: Bitte geben Sie ihn nicht weiter.",
    (INVITATION, "en"): "You get this mail because the authority invited you with this address. The link is for one"
    " person: please do not pass it on.",
}
LEAVE: Mapping[str, str] = {"de": "Abbestellen", "en": "Unsubscribe"}
SETTINGS: Mapping[str, str] = {"de": "Einstellungen", "en": "Settings"}
MORE: Mapping[str, str] = {"de": "und {count} weitere im Portal", "en": "and {count} more in the portal"}
SETTINGS_PATH = "/mein-bereich/benachrichtigungen"
LEAVE_PATH = "/abbestellen/"
QUESTION_PATH = "/abonnements/bestaetigen/"
MANAGE_PATH = "/abonnements/"
# What a preview of a mail text puts in its braces.
EXAMPLES: Mapping[str, Mapping[str, str]] = {
    "de": {
        "title": "Neuer Stadtpark am Fluss",
        "item": "Mehr Bänke im Schatten",
        "end": "12. Dezember 2026, 24 Uhr",
        "decision": "nicht veröffentlicht",
        "reason": "Werbung",
        "explanation": "Bitte nennen Sie keine Preise und keine Läden.",
        "search": "Stadtpark",
        "count": "3",
    },
    "en": {
        "title": "New park by the river",
        "item": "More benches in the shade",
        "end": "12 December 2026, 24:00",
        "decision": "not published",
        "reason": "advertising",
        "explanation": "Please name neither prices nor shops.",
        "search": "park",
        "count": "3",
    },
}
