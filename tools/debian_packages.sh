#!/usr/bin/env bash
# Make sure that what pip cannot bring is there. Usage: tools/debian_packages.sh run|test
# Asks for the thing itself (a command, a library), not for the package, so that any other way of
# having installed it is as good. What is missing is installed when root, else the exact command is named.
set -euo pipefail

group=${1:-run}
missing=()
postgres_wanted=no

libraries=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p)
has_library() { [[ $libraries == *"$1 "* ]]; }
has_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null; }

if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "Marshrut needs Python 3.11 or newer; python3 here is $(python3 -V 2>&1)." >&2
  exit 1
fi
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
has_library libGL.so.1 || missing+=(libgl1)
has_library libgthread-2.0.so.0 || missing+=(libglib2.0-0)
# Answers that are programs are run by it; without it such questions wait for a person.
command -v bwrap >/dev/null || missing+=(bubblewrap)
if [ "$group" = test ]; then
  command -v git >/dev/null || missing+=(git)
  command -v chromium >/dev/null || missing+=(chromium)
  command -v node >/dev/null || missing+=(nodejs)
  command -v redis-server >/dev/null || missing+=(redis-server)
  has_postgres || { missing+=(postgresql-15); postgres_wanted=yes; }
fi
[ ${#missing[@]} -gt 0 ] || exit 0

command="apt-get install -y --no-install-recommends ${missing[*]}"
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "These Debian packages are missing: ${missing[*]}" >&2
  echo "Install them with:  sudo $command" >&2
  exit 1
fi

echo "Installing Debian packages: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive

# The tests start servers of their own on private sockets: no package may start one on this machine.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
quiet_apt() {
  local log
  log=$(mktemp)
  "$@" >"$log" 2>&1 || { cat "$log" >&2; rm -f "$log"; return 1; }
  rm -f "$log"
}
quiet_apt apt-get update
if [ "$postgres_wanted" = yes ] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
  quiet_apt apt-get install -y --no-install-recommends postgresql-common
  sed -i 's/^#\? *create_main_cluster *=.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
fi
quiet_apt $command
