#!/usr/bin/env bash
# Yarn 1.22.22: `yarn install --frozen-lockfile` takes a yarn.lock that lacks packages, as long as what package.json asks
# for is in it; and it takes a project without any yarn.lock. Both times it exits 0, and picks versions anew.
# Its documentation says: "Don't generate a yarn.lock lockfile and fail if an update is needed."
# Seen: a lock file without `accepts` (which express asks for) installs accepts all the same, exit code 0, and the lock
# file on disk stays without it; with another range for express in package.json it fails, exit code 1.
# (dockerfix, DF903, holds only what package.json asks for against a lock file of Yarn 1.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --prefix "$work/tool" yarn@1.22.22
yarn="$work/tool/node_modules/.bin/yarn"
mkdir "$work/app" && cd "$work/app"
printf '{"name": "a", "version": "1.0.0", "license": "MIT", "dependencies": {"express": "^4.18.0"}}\n' >package.json
"$yarn" install --silent
awk 'BEGIN { RS = ""; ORS = "\n\n" } !/^accepts@/' yarn.lock >holes && mv holes yarn.lock
rm -rf node_modules
"$yarn" install --silent --frozen-lockfile
test -d node_modules/accepts
if grep -q '^accepts@' yarn.lock; then echo "the lock file was written anew"; exit 1; fi
rm -rf node_modules yarn.lock
"$yarn" install --silent --frozen-lockfile
test -d node_modules/express
test ! -e yarn.lock
sed -i 's/4\.18\.0/4.18.1/' package.json
printf '# yarn lockfile v1\n\n\nexpress@^4.18.0:\n  version "4.18.2"\n' >yarn.lock
if "$yarn" install --silent --frozen-lockfile 2>/dev/null; then echo "a changed range was taken, too"; exit 1; fi
echo "Yarn 1.22.22 takes a lock file with holes, and none at all"
