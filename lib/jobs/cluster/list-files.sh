# Lists the files of a path in a run folder: bash -c THIS rounds FOLDER PATH
# Lines "rounds-entry BYTES NAME", NAME relative to PATH ("." where PATH is a file); then "rounds-entry end".
set -u
cd "$1" || exit 1
if [ -f "$2" ]; then
  echo "rounds-entry $(stat -c %s "$2") ."
elif [ -d "$2" ]; then
  cd "$2" && find . -type f -printf 'rounds-entry %s %P\n' | LC_ALL=C sort -k3
else
  echo "$1/$2 is not there" >&2
  exit 1
fi
echo 'rounds-entry end'
