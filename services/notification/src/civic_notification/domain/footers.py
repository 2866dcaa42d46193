"""What stands below every mail, whatever a tenant writes above it."""

from collections.abc import Mapping

from civic_notification.domain.tokens import Scope

WHY: Mapping[tuple[Scope, str], str] = {
    (Scope.OBJECT, "de"): "Sie bekommen diese Mail, weil Sie dem folgen.",
    (Scope.OBJECT, "en"): "You get this mail because you follow this.",
    (Scope.DIGEST, "de"): "Sie bekommen diese Übersicht, weil Sie dem folgen, wovon sie berichtet.",
    (Scope.DIGEST, "en"): "You get this overview because you follow what it reports on.",
    (Scope.KIND, "de"): "Sie bekommen diese Mail zu Ihrem Konto im Beteiligungsportal.",
    (Scope.KIND, "en"): "You get this mail about your account in the participation portal.",
}
LEAVE: Mapping[str, str] = {"de": "Abbestellen", "en": "Unsubscribe"}
SETTINGS: Mapping[str, str] = {"de": "Einstellungen", "en": "Settings"}
MORE: Mapping[str, str] = {"de": "und {count} weitere im Portal", "en": "and {count} more in the portal"}
SETTINGS_PATH = "/mein-bereich/benachrichtigungen"
LEAVE_PATH = "/abbestellen/"
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
