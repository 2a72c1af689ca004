# Cancels a job. bash -c THIS rounds FOLDER JOB SAVE   with Slurm's number or "-", and SAVE yes or no.
# Its last line: "rounds-cancel over", "rounds-cancel asked", "rounds-cancel cancelled" or "rounds-cancel unknown WHY".
set -u
umask 077
folder=$1 job=$2 save=$3
answer() {
  local line="rounds-cancel $*"
  printf '%s\n' "${line//[$'\n\r']/ }"
  exit 0
}
mkdir -p "$folder" && cd "$folder" || answer "unknown $folder cannot be made"
[ ! -e exit.json ] || answer over
: >cancel || answer "unknown $folder cannot be written to"

# What has not begun never will: the claim goes to nobody.
if [ ! -e claim ]; then
  echo cancelled >"claim.$$" && ln "claim.$$" claim 2>/dev/null
  rm -f "claim.$$"
fi
owner=$(head -c 100 claim)
end() {
  printf '{"exitCode":130,"reason":"cancelled","time":"%s","detail":"%s"}\n' "$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)" "$1" >"exit.json.$$" &&
    mv -f "exit.json.$$" exit.json
}
call() { timeout -k 5 30 "$@" 2>&1; }

if [ "$owner" = cancelled ]; then
  if [ "$job" != - ]; then said=$(call scancel "$job") || answer "unknown scancel: $said"; fi
  end 'cancelled before it started'
  answer cancelled
fi
rows=$(call squeue -h -t all -j "$owner" -o '%T') || answer "unknown squeue: $rows"
case $rows in
*RUNNING*)
  # Tasks of an array that wait are let go; those that run are asked to save.
  if [ "$save" = yes ]; then
    said=$(call scancel --batch --signal=USR1 "$owner" && call scancel --state=PENDING "$owner") || answer "unknown scancel: $said"
  else
    said=$(call scancel "$owner") || answer "unknown scancel: $said"
  fi
  answer asked
  ;;
*COMPLETING*) answer asked ;;
esac
said=$(call scancel "$owner") || answer "unknown scancel: $said"
end 'cancelled while it waited to be started again'
answer cancelled
