# The commands of this repository. Every one first brings .civic/venv to what requirements.lock says.

PYTHON = .civic/venv/bin/python
STACK = $(PYTHON) -m civic_devstack
SERVICE =
PERSON = anna
ID =
ARGS =

.DEFAULT_GOAL := help
.PHONY: help environment assets up down reset status logs token demo trace stats test format check hook bench lock protos

help:
	@echo 'make up                    start the portal and everything it needs; Ctrl-C ends it'
	@echo 'make down                  end it from another terminal'
	@echo 'make reset                 end it and delete its data'
	@echo 'make status                how the parts stand'
	@echo 'make logs [SERVICE=…]      follow the log of one part, or of all'
	@echo 'make token PERSON=anna     print an access token of a demo person'
	@echo 'make trace ID=…            show one request over all processes'
	@echo 'make stats                 memory and processor time of every part'
	@echo 'make demo                  write the demo data again; what is there stays'
	@echo 'make test [SERVICE=…]      run the tests, or those of one service; ARGS go to pytest'
	@echo 'make format                let ruff format the sources and mend what it can'
	@echo 'make check                 formats, types, imports, contracts, locks'
	@echo 'make bench                 measure the running code against its limits'
	@echo 'make protos                generate code and docs/contracts.md after a proto has changed'
	@echo 'make lock                  lock dependencies after a pyproject.toml has changed'

environment:
	@sh tools/bootstrap

assets: environment
	@$(STACK) assets

up: environment
	@exec $(STACK) up $(ARGS)

down: environment
	@$(STACK) down

reset: environment
	@$(STACK) reset

status: environment
	@$(STACK) status

logs: environment
	@exec $(STACK) logs $(SERVICE)

token: environment
	@$(STACK) token $(PERSON)

demo: environment
	@$(STACK) demo

trace: environment
	@$(STACK) trace '$(ID)'

stats: environment
	@$(STACK) stats

# One service alone: its own tests, and those of the rooms that carry its name.
test: environment assets
	@$(PYTHON) -m pytest $(if $(SERVICE),$(wildcard tests/service/$(SERVICE) tests/$(SERVICE)),) $(ARGS)

format: environment
	@$(PYTHON) -m ruff format --cache-dir .civic/ruff .
	@$(PYTHON) -m ruff check --fix --cache-dir .civic/ruff .

check: environment
	@$(PYTHON) tools/check.py $(ARGS)

hook: environment
	@$(PYTHON) tools/check.py --install-hook

bench: environment assets
	@$(PYTHON) -m bench $(ARGS)

lock: environment
	@$(PYTHON) tools/lock.py $(ARGS)

protos: environment
	@$(PYTHON) tools/protos.py
	@$(PYTHON) tools/contracts.py
	@$(PYTHON) tools/settings.py
