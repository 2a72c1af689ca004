# Keeps a checkpoint for a follow-up, whatever the trainer's policy removes: bash -c THIS rounds FOLDER STEP
# A folder pinned/STEP of hard links, whole or not there. Ends with 3 where the checkpoint is gone already.
set -u
umask 077
cd "$1" || exit 1
[ ! -e "pinned/$2" ] || exit 0
mkdir -p pinned && rm -rf "pinned/$2.$$" || exit 1
cp -al "checkpoints/$2" "pinned/$2.$$" 2>/dev/null
# The trainer takes COMPLETE away first: while it is there, everything was.
if [ ! -e "checkpoints/$2/COMPLETE" ] || [ ! -e "pinned/$2.$$/COMPLETE" ]; then
  rm -rf "pinned/$2.$$"
  exit 3
fi
mv -T "pinned/$2.$$" "pinned/$2" 2>/dev/null || rm -rf "pinned/$2.$$"
[ -e "pinned/$2" ]
