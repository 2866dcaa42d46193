"""The command line of every service."""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict
from typing import Any, TypeVar
from uuid import UUID

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from civic_chassis.db import inbox, migrations
from civic_chassis.db.engine import connect
from civic_chassis.db.errors import DRIVER_ERRORS, translate
from civic_chassis.kernel.errors import DomainError
from civic_chassis.nats import consumer, places, streams
from civic_chassis.nats.connection import Connection
from civic_chassis.service import ALL_ROLES, Command, Role, Service, open_parts, run
from civic_chassis.settings import MigrationSettings, ServiceSettings, StreamSettings, problems_of, schema_of
from civic_chassis.telemetry import logs

_Settings = TypeVar("_Settings", bound=BaseSettings)

_WAIT_SECONDS = 60.0
# Between two requests for messages, and while it handles some, a process that listens is not seen to.
_LOOKS, _LOOK_SECONDS = 6, 0.35


class _Refused(Exception):
    """A command cannot do its work; the text tells the operator why."""


def main(service: Service, arguments: Sequence[str] | None = None) -> int:
    """Runs the command. Returns the exit code: 0 done, 1 failed, 2 wrong settings or arguments."""
    options = _parser(service).parse_args(arguments)
    try:
        options.run(service, options)
    except ValidationError as error:
        for problem in problems_of(error):
            _say(problem, file=sys.stderr)
        return 2
    except (_Refused, DomainError) as error:
        _say(str(error), file=sys.stderr)
        return 1
    return 0


def _parser(service: Service) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"civic_{service.name}")
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name: str, text: str, run: Callable[[Service, argparse.Namespace], None]) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        return made

    serve = add("serve", "run the service", _serve)
    serve.add_argument(
        "--roles",
        type=_roles,
        default=ALL_ROLES,
        help="what this process does, with commas: %(choices)s (all)",
        metavar="ROLES",
    )
    migrate = add("migrate", "bring the database to the newest schema", _migrate)
    migrate.add_argument("--revision", default="head", help="another revision than the newest")
    add("streams", "declare the streams that the service publishes to", _streams)
    add("settings-schema", "print the JSON schema of the environment variables", _settings_schema)
    _add_dead_letters(commands.add_parser("dead-letters", help="events that a consumer gave up on"))
    _add_consumers(commands.add_parser("consumers", help="places that the service holds in streams"))
    for command in service.commands:
        command.arguments(add(command.name, command.help, _own(command)))
    return parser


def _add_dead_letters(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="action")
    shown = actions.add_parser("list", help="one JSON object a line, without the events' contents")
    shown.set_defaults(run=_list_dead_letters)
    replayed = actions.add_parser("replay", help="handle them again")
    replayed.set_defaults(run=_replay_dead_letters)
    which = replayed.add_mutually_exclusive_group(required=True)
    which.add_argument("--event", type=UUID, action="append", help="id of an event; may be given again")
    which.add_argument("--all", action="store_true", help="all of them")
    for made in (shown, replayed):
        made.add_argument("--consumer", help="those of one consumer alone")


def _add_consumers(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="action")
    shown = actions.add_parser("list", help="one JSON object a line; `kept`: this release needs it")
    shown.set_defaults(run=_list_consumers)
    removed = actions.add_parser("remove", help="give one up that neither this release nor a running process needs")
    removed.add_argument("consumer", help="its name")
    removed.set_defaults(run=_remove_consumer)


def _roles(text: str) -> frozenset[Role]:
    try:
        return frozenset(Role(name.strip()) for name in text.split(","))
    except ValueError:
        known = ", ".join(Role)
        raise argparse.ArgumentTypeError(f"roles are {known}") from None


def _serve(service: Service, options: argparse.Namespace) -> None:
    settings = _load(service.settings)
    try:
        _await(run(service, settings, roles=options.roles))
    except RuntimeError as error:
        # gRPC says so in no other way.
        if "bind" not in str(error).lower():
            raise
        raise _Refused(f"CIVIC_LISTEN: {settings.listen} is in use or not an address of this machine") from error


def _migrate(service: Service, options: argparse.Namespace) -> None:
    settings = _load(MigrationSettings)
    logs.set_up(service.name, level=settings.log_level, exception_texts=settings.log_exception_texts)

    async def migrate() -> None:
        await _database_answers(settings.owner_database_url)
        await migrations.upgrade(service.schema, settings.owner_database_url, options.revision)

    _await(migrate())


async def _database_answers(url: str) -> None:
    """Waits for a database that is about to come up."""
    try:
        async with asyncio.timeout(_WAIT_SECONDS):
            while True:
                try:
                    connection = await connect(url, name="civic-migrate")
                except DRIVER_ERRORS as error:
                    if not isinstance(translate(error), DomainError):
                        raise _Refused(f"CIVIC_OWNER_DATABASE_URL: {type(error).__name__}") from error
                else:
                    await connection.close()
                    return
                await asyncio.sleep(0.5)
    except TimeoutError as error:
        raise _Refused("CIVIC_OWNER_DATABASE_URL: the database does not answer") from error


def _streams(service: Service, options: argparse.Namespace) -> None:
    settings = _load(StreamSettings)
    logs.set_up(service.name, level=settings.log_level, exception_texts=settings.log_exception_texts)

    async def declare() -> None:
        connection = Connection.open(settings.nats_url, name=f"{service.name}-streams")
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                await connection.ready()
                await streams.apply(connection.jetstream, service.streams)
        except TimeoutError as error:
            raise _Refused("CIVIC_NATS_URL: NATS does not answer") from error
        finally:
            await connection.close()

    _await(declare())


def _settings_schema(service: Service, options: argparse.Namespace) -> None:
    schema = {"title": f"Environment of {service.name}", **schema_of(service.settings, MigrationSettings)}
    _say(json.dumps(schema, indent=2, ensure_ascii=False))


def _list_dead_letters(service: Service, options: argparse.Namespace) -> None:
    async def show(parts: Any) -> None:
        for letter in await inbox.dead_letters(parts.database, options.consumer):
            line = {
                "consumer": letter.consumer,
                "event_id": str(letter.event_id),
                "subject": letter.subject,
                "occurred_at": letter.occurred_at.isoformat(),
                "died_at": letter.died_at.isoformat(),
                "attempts": letter.attempts,
                "error": letter.error,
            }
            _say(json.dumps(line))

    _with_parts(service, show)


def _replay_dead_letters(service: Service, options: argparse.Namespace) -> None:
    async def replay(parts: Any) -> None:
        letters = await inbox.dead_letters(parts.database, options.consumer)
        if options.event:
            wanted = set(options.event)
            letters = [letter for letter in letters if letter.event_id in wanted]
        done = await consumer.replay(parts.database, service.subscriptions(parts), letters)
        _say(f"{done} of {len(letters)} took effect")
        if done < len(letters):
            raise _Refused("the others stay; the log says why")

    _with_parts(service, replay)


def _list_consumers(service: Service, options: argparse.Namespace) -> None:
    async def show(parts: Any) -> None:
        for place in await _places(service, parts):
            _say(json.dumps(asdict(place)))

    _with_parts(service, show)


def _remove_consumer(service: Service, options: argparse.Namespace) -> None:
    async def remove(parts: Any) -> None:
        for _ in range(_LOOKS):
            found = [place for place in await _places(service, parts) if place.durable == options.consumer]
            if not found:
                raise _Refused(f"{service.name} holds no place of this name")
            if any(place.kept for place in found):
                raise _Refused("this release listens to it")
            if any(place.heard for place in found):
                raise _Refused("a running process listens to it; end the older release first")
            await asyncio.sleep(_LOOK_SECONDS)
        for place in found:
            await places.give_up(parts.nats.jetstream, place)

    _with_parts(service, remove)


async def _places(service: Service, parts: Any) -> list[places.Place]:
    try:
        async with asyncio.timeout(_WAIT_SECONDS):
            await parts.nats.ready()
    except TimeoutError as error:
        raise _Refused("CIVIC_NATS_URL: NATS does not answer") from error
    durables = {subscription.durable for subscription in service.subscriptions(parts)}
    return await places.places(parts.nats.jetstream, service.name, durables)


def _own(command: Command) -> Callable[[Service, argparse.Namespace], None]:
    def run_command(service: Service, options: argparse.Namespace) -> None:
        _with_parts(service, lambda parts: command.run(parts, options))

    return run_command


def _with_parts(service: Service, work: Callable[[Any], Any]) -> None:
    settings: ServiceSettings = _load(service.settings)
    logs.set_up(service.name, level=settings.log_level, exception_texts=settings.log_exception_texts)

    async def inside() -> None:
        async with open_parts(service, settings) as parts:
            await work(parts)

    _await(inside())


def _load(settings: type[_Settings]) -> _Settings:
    return settings()


def _await(work: Coroutine[Any, Any, None]) -> None:
    if sys.platform == "win32":
        asyncio.run(work)
        return
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


def _say(text: str, *, file: Any = None) -> None:
    print(text, file=file)
