#!/usr/bin/env bash
# Builds the files of a release: `tools/release.sh v1.2.3 DIR`. DIR gets wheel, sdist, SHA256SUMS and a CycloneDX SBOM.
# Built twice from the commit's own time; where the two differ, or the tag is not the version, nothing is left.
set -euo pipefail
tag=$1 into=$2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
again=$(mktemp -d)
trap 'rm -rf "$again"' EXIT

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/pyproject.toml")
if [[ $tag != "v$version" ]]; then
    echo "the tag is $tag, the version in pyproject.toml is $version" >&2
    exit 1
fi

SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct)
export SOURCE_DATE_EPOCH
mkdir -p "$into"
into=$(cd "$into" && pwd)
for folder in "$into" "$again"; do
    uv build --quiet --out-dir "$folder" "$root"
done
rm -f "$into/.gitignore" "$again/.gitignore"
if ! diff -r "$into" "$again"; then
    echo "two builds of one commit differ" >&2
    rm -f "$into"/*.whl "$into"/*.tar.gz
    exit 1
fi

# What an installation with all extras would bring today.
uv venv --quiet "$again/venv"
uv pip install --quiet --python "$again/venv" "$(echo "$into"/*.whl)[fleet,forgejo,github,gitlab,lsp,online,serve,watch]"
uv tool run --quiet --from cyclonedx-bom==7.5.0 cyclonedx-py environment --output-reproducible \
    --output-file "$into/sbom.cdx.json" "$again/venv/bin/python"
(cd "$into" && sha256sum -- *.whl *.tar.gz sbom.cdx.json >SHA256SUMS)
