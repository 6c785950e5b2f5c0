.PHONY: run test check lock

run:
	python3 start.py

test:
	python3 start.py test

check:
	python3 start.py check

# Newest versions that pyproject.toml allows. The tests first: they are the narrower set.
LOCK = uv pip compile --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet
lock:
	rm -f requirements.lock requirements-test.lock requirements-setup.lock
	$(LOCK) pyproject.toml --group test -o requirements-test.lock
	$(LOCK) pyproject.toml -c requirements-test.lock -o requirements.lock
	$(LOCK) --group setup -c requirements-test.lock -o requirements-setup.lock
	npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved
	npm --prefix tests/node install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved
	npm --prefix tests/node/oidc_provider install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved
