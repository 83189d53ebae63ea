#!/usr/bin/env bash
# Vite 7.3.8: `vite preview`, which only serves dist, writes before it serves: it bundles vite.config.js into
# node_modules/.vite-temp and imports it from there. That this folder cannot be made is forgiven (Vite then writes beside
# the configuration); but a `vite build` as root has left it in the image, and then a preview as another user ends.
#
# Seen (Node 20.20.2):
#   failed to load config from …/vite.config.js
#   error when starting preview server:
#   Error: EACCES: permission denied, open '…/node_modules/.vite-temp/vite.config.js.timestamp-….mjs'
# With node_modules/.vite-temp writable, and nothing else, it serves.
#
# Exits with 0 while that is so.
set -euo pipefail

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
chmod a+rx .
echo '{"private": true, "type": "module", "dependencies": {"vite": "7.3.8"}}' > package.json
echo 'export default {}' > vite.config.js
echo '<p>hello</p>' > index.html
npm install --no-audit --no-fund --silent
npx vite build > build.log 2>&1
test -d node_modules/.vite-temp
chmod -R a+rX,a-w .

# Root may write anywhere, so that it has to step down.
other=()
if [ "$(id -u)" = 0 ]; then other=(setpriv --reuid=65534 --regid=65534 --clear-groups); fi
preview() {
    HOME=/tmp "${other[@]}" timeout 8 node node_modules/vite/bin/vite.js preview --port 43118 2>&1 || true
}
preview | tee /dev/stderr | grep -q "EACCES: permission denied, open '.*node_modules/.vite-temp/vite.config.js.timestamp"
chmod a+rwx node_modules/.vite-temp
preview | tee /dev/stderr | grep -q "http://localhost:43118"
