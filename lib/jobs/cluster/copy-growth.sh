# Sends what a file has grown by. bash -c THIS rounds FILE INODE OFFSET MAXIMUM
# First a line "rounds-growth INODE START BYTES", then so many bytes of the file from START on; START is 0 where the
# file is another one than INODE, or has become shorter. "rounds-growth none" where there is no file.
set -u
if [ ! -e "$1" ]; then echo 'rounds-growth none' && exit; fi
[ -f "$1" ] || { echo "$1 is no file" >&2 && exit 1; }
exec 3<"$1" || exit 1
read -r inode size < <(stat -L -c '%i %s' /dev/fd/3)
start=$3
if [ "$inode" != "$2" ] || [ "$size" -lt "$start" ]; then start=0; fi
bytes=$((size - start))
if [ "$bytes" -gt "$4" ]; then bytes=$4; fi
echo "rounds-growth $inode $start $bytes"
if [ "$bytes" -gt 0 ]; then tail -c "+$((start + 1))" <&3 | head -c "$bytes"; fi
exit 0
