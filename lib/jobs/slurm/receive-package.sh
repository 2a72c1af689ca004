# Receives a package in pieces, from any number of clients, and unpacks it once it is whole.
# bash -c THIS rounds ROOT SHA256 BYTES OFFSET   with the bytes from OFFSET on, perhaps none, on stdin.
# Its last line: "rounds-package complete", "rounds-package partial BYTES" or "rounds-package failed WHY".
set -u
umask 077
root=$1 sha=$2 bytes=$3 offset=$4
answer() {
  local line="rounds-package $*"
  printf '%s\n' "${line//[$'\n\r']/ }"
  exit 0
}

mkdir -p "$root/packages" && cd "$root/packages" || answer "failed $root/packages cannot be made"
[ ! -e "$sha/COMPLETE" ] || answer complete
exec 9>>"$sha.lock" || answer "failed $root/packages cannot be written to"
flock -w 300 9 || answer "failed another client has been sending it for five minutes"
[ ! -e "$sha/COMPLETE" ] || answer complete

size=$(stat -c %s "$sha.partial" 2>/dev/null || echo 0)
if [ "$size" = "$offset" ]; then
  cat >>"$sha.partial" || answer "failed the file system of $root is full or read-only"
  size=$(stat -c %s "$sha.partial")
fi
[ "$size" -ge "$bytes" ] || answer "partial $size"
if [ "$(sha256sum <"$sha.partial")" != "$sha  -" ]; then
  rm -f "$sha.partial"
  answer "partial 0"
fi
rm -rf "$sha.unpacking" "$sha" && mkdir "$sha.unpacking" && tar -x -C "$sha.unpacking" -f "$sha.partial" 2>&1 ||
  answer "failed the package cannot be unpacked"
sync -f "$sha.unpacking" && : >"$sha.unpacking/COMPLETE" && mv "$sha.unpacking" "$sha" && rm -f "$sha.partial" ||
  answer "failed $root/packages cannot be written to"
answer complete
