#!/usr/bin/env bash
# Next.js 15.5.0, `output: "standalone"`: a page that is made anew (ISR, `revalidate`) is written over the built one, to
# .next/server/app, not to .next/cache. The usual advice for a container, `mkdir .next/cache && chown`, covers images
# and fetches only: pages are served, but each revalidation fails in the log and never reaches the disk.
#
# Seen (Node 20.20.2, .next/cache writable, the rest of .next not):
#   Failed to update prerender cache for /index [Error: EACCES: permission denied, open '…/.next/server/app/index.html']
# With the whole of .next writable: index.html, index.meta and index.rsc are new, and the log is clean.
#
# Exits with 0 while that is so.
set -euo pipefail

work=$(mktemp -d)
trap 'kill "${server:-0}" 2>/dev/null || true; chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
chmod a+rx .
mkdir app
cat > package.json <<'EOF'
{"private": true, "dependencies": {"next": "15.5.0", "react": "19.1.1", "react-dom": "19.1.1"}}
EOF
echo 'module.exports = { output: "standalone" }' > next.config.js
echo 'export default ({ children }) => <html><body>{children}</body></html>' > app/layout.js
printf 'export const revalidate = 1\nexport default () => <p>{Date.now()}</p>\n' > app/page.js
npm install --no-audit --no-fund --silent
NEXT_TELEMETRY_DISABLED=1 npx next build > build.log 2>&1
cd .next/standalone
mkdir -p .next/cache
chmod -R a+rX,a-w .
chmod a+rwx .next/cache

# Root may write anywhere, so that it has to step down.
other=()
if [ "$(id -u)" = 0 ]; then other=(setpriv --reuid=65534 --regid=65534 --clear-groups); fi
PORT=43117 HOSTNAME=127.0.0.1 HOME=/tmp "${other[@]}" node server.js > "$work/server.log" 2>&1 &
server=$!
for _ in 1 2 3 4 5 6; do
    sleep 2
    curl --silent --output /dev/null http://127.0.0.1:43117/ || true
done
grep "Failed to update prerender cache for /index" "$work/server.log"
grep "EACCES: permission denied, open '.*/.next/server/app/index.html'" "$work/server.log"
