# Sends the small files of a run: bash -c THIS rounds FOLDER [MORE]...
# For each a line "rounds-file NAME BYTES", its bytes, and a newline; then the line "rounds-file end".
set -u
cd "$1" 2>/dev/null || { echo 'rounds-file end'; exit 0; }
shift
shopt -s nullglob
for file in "$@" submitted.json exit.json stopped.json attempts/*.json checkpoints/*/COMPLETE; do
  [ -f "$file" ] || continue
  bytes=$(stat -c %s "$file")
  [ "$bytes" -le 1000000 ] || continue
  printf 'rounds-file %s %d\n' "$file" "$bytes"
  head -c "$bytes" "$file"
  echo
done
echo 'rounds-file end'
