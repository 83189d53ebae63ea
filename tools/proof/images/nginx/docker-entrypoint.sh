#!/bin/sh
# As in the official image: templates are filled, then the command runs.
set -e
if [ -d /etc/nginx/templates ]; then
    names=$(env | cut -d= -f1 | sed 's/^/${/; s/$/}/' | tr '\n' ' ')
    for template in /etc/nginx/templates/*.template; do
        envsubst "$names" <"$template" >"/etc/nginx/conf.d/$(basename "$template" .template)"
    done
fi
for script in /docker-entrypoint.d/*.sh; do
    if [ -x "$script" ]; then "$script"; fi
done
exec "$@"
