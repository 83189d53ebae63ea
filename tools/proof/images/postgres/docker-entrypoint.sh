#!/bin/sh
set -e
user=${POSTGRES_USER:-postgres} password=${POSTGRES_PASSWORD:-postgres} name=${POSTGRES_DB:-${POSTGRES_USER:-postgres}}
cd /data
as() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
echo "$password" >/tmp/password && chown postgres /tmp/password
as initdb -D /data/main -U "$user" --pwfile=/tmp/password --auth-host=md5 --auth-local=trust >/dev/null
if [ "$name" != postgres ]; then
    as pg_ctl -D /data/main -o "-k /tmp -c listen_addresses=" -w start >/dev/null
    as createdb -h /tmp -U "$user" "$name"
    as pg_ctl -D /data/main -w stop >/dev/null
fi
exec setpriv --reuid=postgres --regid=postgres --init-groups postgres -D /data/main -k /tmp -c listen_addresses='*'
