#!/usr/bin/env bash
# winston 3.19.0 (npm): the File transport in a folder that it may not write to loses every message without a word:
# no event `error` or `warn`, nothing on stderr, exit code 0. Where it has to make the folder first it throws instead.
# Seen with Node.js 20.20.2 on 2026-12-01. It matters where an image comes to run as another user: nothing shows that
# the log file is gone. Output seen:
#     events: none
#     log file: none
set -euo pipefail
top=$(mktemp -d)
trap 'chmod -R u+w "$top"; rm -rf "$top"' EXIT
cd "$top"
chmod 755 .
npm install --silent --no-audit --no-fund --prefix "$top" winston@3.19.0 >/dev/null
mkdir work
cat > log.cjs <<'JS'
const winston = require("winston");
const seen = [];
const file = new winston.transports.File({ filename: "app.log" });
file.on("error", (error) => seen.push(error.code)).on("warn", (error) => seen.push(error.code));
const logger = winston.createLogger({ transports: [file] }).on("error", (error) => seen.push(error.code));
logger.info("first");
setTimeout(() => logger.info("second"), 500);
setTimeout(() => console.log(`events: ${seen.join(" ") || "none"}`), 1500);
JS
chmod -R a+rX .
chmod 555 work
as_user=()
if [ "$(id -u)" = 0 ]; then as_user=(setpriv --reuid=10001 --regid=10001 --clear-groups); fi
cd work
said=$("${as_user[@]}" node ../log.cjs 2>&1)
echo "$said"
if [ -e app.log ]; then echo "log file: there"; exit 1; else echo "log file: none"; fi
[ "$said" = "events: none" ]
