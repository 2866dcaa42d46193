"""The portal's mail texts, which a tenant may replace: subject line and text by kind and language."""

from collections.abc import Mapping

TEXTS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("phase.started", "de"): (
        "Jetzt mitmachen: {title}",
        "Guten Tag,\n\n**{title}** hat begonnen. Mitmachen können Sie bis {end}.\n\n{link}\n\n{tenant}",
    ),
    ("phase.started", "en"): (
        "Take part now: {title}",
        "Hello,\n\n**{title}** has begun. You can take part until {end}.\n\n{link}\n\n{tenant}",
    ),
    ("phase.ending", "de"): (
        "Nur noch drei Tage: {title}",
        "Guten Tag,\n\n**{title}** endet bald: Mitmachen können Sie noch bis {end}.\n\n{link}\n\n{tenant}",
    ),
    ("phase.ending", "en"): (
        "Only three days left: {title}",
        "Hello,\n\n**{title}** ends soon: you can take part until {end}.\n\n{link}\n\n{tenant}",
    ),
    ("phase.ended", "de"): (
        "Beendet: {title}",
        "Guten Tag,\n\n**{title}** ist seit {end} beendet. Alle Beiträge können Sie weiterhin lesen.\n\n"
        "{link}\n\n{tenant}",
    ),
    ("phase.ended", "en"): (
        "Ended: {title}",
        "Hello,\n\n**{title}** ended on {end}. You can still read all contributions.\n\n{link}\n\n{tenant}",
    ),
    ("contribution.created", "de"): (
        "Neuer Beitrag: {item}",
        "Guten Tag,\n\nzu **{title}** gibt es einen neuen Beitrag: {item}\n\n{link}\n\n{tenant}",
    ),
    ("contribution.created", "en"): (
        "New contribution: {item}",
        "Hello,\n\nthere is a new contribution to **{title}**: {item}\n\n{link}\n\n{tenant}",
    ),
    ("answer.given", "de"): (
        "Antwort der Verwaltung: {item}",
        "Guten Tag,\n\ndie Verwaltung hat auf den Beitrag „{item}“ zu **{title}** geantwortet: {decision}\n\n"
        "{link}\n\n{tenant}",
    ),
    ("answer.given", "en"): (
        "Answer of the administration: {item}",
        "Hello,\n\nthe administration has answered the contribution “{item}” to **{title}**: {decision}\n\n"
        "{link}\n\n{tenant}",
    ),
    ("result.published", "de"): (
        "Was daraus wurde: {title}",
        "Guten Tag,\n\ndas Ergebnis zu **{title}** ist veröffentlicht.\n\n{link}\n\n{tenant}",
    ),
    ("result.published", "en"): (
        "What became of it: {title}",
        "Hello,\n\nthe result of **{title}** is published.\n\n{link}\n\n{tenant}",
    ),
    ("goal.reached", "de"): (
        "Ziel erreicht: {item}",
        "Guten Tag,\n\ndie Initiative „{item}“ zu **{title}** hat ihr Ziel von {count} Unterstützungen erreicht. "
        "Jetzt ist die Verwaltung am Zug: Ihre Antwort steht bei der Initiative, sobald es sie gibt.\n\n"
        "{link}\n\n{tenant}",
    ),
    ("goal.reached", "en"): (
        "Goal reached: {item}",
        "Hello,\n\nthe initiative “{item}” in **{title}** has reached its goal of {count} supporters. "
        "It is now for the administration to answer; its answer will stand beside the initiative.\n\n"
        "{link}\n\n{tenant}",
    ),
    ("goal.waiting", "de"): (
        "Antwort fällig: {item}",
        "Guten Tag,\n\ndie Initiative „{item}“ zu **{title}** hat ihr Ziel von {count} Unterstützungen erreicht und "
        "wartet auf die Antwort der Verwaltung.\n\n{link}\n\n{tenant}",
    ),
    ("goal.waiting", "en"): (
        "Answer due: {item}",
        "Hello,\n\nthe initiative “{item}” in **{title}** has reached its goal of {count} supporters and waits for the "
        "administration’s answer.\n\n{link}\n\n{tenant}",
    ),
    ("offer.matched", "de"): (
        "Neue Beteiligung: {title}",
        "Guten Tag,\n\nzu Ihrer Suche „{search}“ gibt es etwas Neues: **{title}**\n\n{link}\n\n{tenant}",
    ),
    ("offer.matched", "en"): (
        "New offer to take part: {title}",
        "Hello,\n\nthere is something new for your search “{search}”: **{title}**\n\n{link}\n\n{tenant}",
    ),
    ("text.held", "de"): (
        "Ihr Text wird geprüft: {item}",
        "Guten Tag,\n\nIhr Text „{item}“ zu **{title}** wird geprüft, bevor er erscheint. Sie müssen nichts tun. "
        "Wir schreiben Ihnen, sobald entschieden ist.\n\n{link}\n\n{tenant}",
    ),
    ("text.held", "en"): (
        "Your text is being checked: {item}",
        "Hello,\n\nyour text “{item}” on **{title}** is being checked before it appears. There is nothing you have to "
        "do. We will write to you when it is decided.\n\n{link}\n\n{tenant}",
    ),
    ("text.decided", "de"): (
        "Entscheidung zu Ihrem Text: {item}",
        "Guten Tag,\n\nüber Ihren Text „{item}“ zu **{title}** ist entschieden: {decision}\n\n"
        "Grund: {reason}\n\n{explanation}\n\nUnter dieser Adresse sehen Sie, was Sie tun können:\n\n{link}\n\n{tenant}",
    ),
    ("text.decided", "en"): (
        "Decision about your text: {item}",
        "Hello,\n\nyour text “{item}” on **{title}** was decided about: {decision}\n\n"
        "Reason: {reason}\n\n{explanation}\n\nUnder this address you see what you can do:\n\n{link}\n\n{tenant}",
    ),
    ("text.shown", "de"): (
        "Ihr Text ist veröffentlicht: {item}",
        "Guten Tag,\n\nIhr Text „{item}“ zu **{title}** ist jetzt für alle zu lesen.\n\n{explanation}\n\n"
        "{link}\n\n{tenant}",
    ),
    ("text.shown", "en"): (
        "Your text is published: {item}",
        "Hello,\n\neverybody can now read your text “{item}” on **{title}**.\n\n{explanation}\n\n{link}\n\n{tenant}",
    ),
    ("case.waiting", "de"): (
        "Zu prüfen: {count}",
        "Guten Tag,\n\nin der Moderation wartet Neues ({count}): {title}\n\n{link}\n\n{tenant}",
    ),
    ("case.waiting", "en"): (
        "To be checked: {count}",
        "Hello,\n\nthere is something new to moderate ({count}): {title}\n\n{link}\n\n{tenant}",
    ),
    ("case.objected", "de"): (
        "Widerspruch: {item}",
        "Guten Tag,\n\ngegen die Entscheidung über „{item}“ zu **{title}** liegt ein Widerspruch vor.\n\n"
        "{link}\n\n{tenant}",
    ),
    ("case.objected", "en"): (
        "Objection: {item}",
        "Hello,\n\nthere is an objection to the decision about “{item}” on **{title}**.\n\n{link}\n\n{tenant}",
    ),
    ("result.reminder", "de"): (
        "Ergebnis steht noch aus: {title}",
        "Guten Tag,\n\n**{title}** ist beendet, und was daraus wurde, ist noch nicht veröffentlicht. "
        "Wer mitgemacht hat, wartet darauf.\n\n{link}\n\n{tenant}",
    ),
    ("result.reminder", "en"): (
        "Result still to come: {title}",
        "Hello,\n\n**{title}** has ended, and what became of it is not published yet. "
        "Those who took part are waiting for it.\n\n{link}\n\n{tenant}",
    ),
    ("invitation", "de"): (
        "Einladung: {title}",
        "Guten Tag,\n\nSie sind eingeladen, an einem geschlossenen Dialog teilzunehmen: **{title}**. Lesen und "
        "schreiben können dort nur Eingeladene und die Verwaltung. Mit diesem Link und einem Konto nehmen Sie teil:\n\n"
        "{link}\n\n{tenant}",
    ),
    ("invitation", "en"): (
        "Invitation: {title}",
        "Hello,\n\nyou are invited to take part in a closed Dialog: **{title}**. Only invited people and the authority "
        "can read and write there. With this link and an account you take part:\n\n{link}\n\n{tenant}",
    ),
    ("question", "de"): (
        "Bitte bestätigen Sie Ihre Adresse",
        "Guten Tag,\n\nmit dieser Adresse wurde eine Liste des Beteiligungsportals abonniert. Sind Sie das gewesen? "
        "Dann bestätigen Sie es bitte innerhalb von drei Tagen:\n\n{link}\n\n{tenant}",
    ),
    ("question", "en"): (
        "Please confirm your address",
        "Hello,\n\na list of the participation portal was subscribed to with this address. Was that you? Then please "
        "confirm it within three days:\n\n{link}\n\n{tenant}",
    ),
    ("digest", "de"): (
        "{tenant}: Neuigkeiten ({count})",
        "Guten Tag,\n\ndas ist neu:\n\n{items}\n\n{tenant}",
    ),
    ("digest", "en"): (
        "{tenant}: news ({count})",
        "Hello,\n\nthis is new:\n\n{items}\n\n{tenant}",
    ),
}
