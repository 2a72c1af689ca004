# Tells what is to be seen of a user's jobs: one call of the scheduler for all, and what they wrote themselves.
# bash -c THIS rounds ROOT   with one run's id a line on stdin.
set -u
mapfile -t ids
cd -P "$1/runs" 2>/dev/null || { echo "rounds-observe scheduler bad $1/runs is not there"; echo "rounds-observe end"; exit 0; }
runs=$PWD
line() {
  local text="$*"
  printf 'rounds-observe %s\n' "${text//[$'\n\r']/ }"
}

declare -A seen
# Slurm's own time limits end it; whoever asks has another.
if rows=$(squeue -h -t all -u "$UID" -o '%F|%j|%T|%r|%Z' 2>&1); then
  line scheduler ok
  while IFS='|' read -r job name state reason place; do
    [[ $name == rounds-* && $place == "$runs/${name#rounds-}" ]] || continue
    seen[${name#rounds-}]=1
    line "job ${name#rounds-} $job $state $reason"
  done <<<"$rows"
else
  line "scheduler bad ${rows:0:300}"
  rows=bad
fi

# The files, without a process for each.
shopt -s nullglob
gone=
for id in "${ids[@]}"; do
  attempts=("$id"/attempts/*.json)
  claim='' exit=''
  if [ -e "$id/claim" ]; then read -r -n 100 claim <"$id/claim"; fi
  if [ -e "$id/exit.json" ]; then IFS= read -r -d '' -n 4000 exit <"$id/exit.json"; fi
  ended=0 failed=0
  for file in "$id"/tasks/*/exit.json; do
    IFS= read -r -d '' -n 4000 task <"$file"
    ended=$((ended + 1))
    [[ ${task// /} == *'"exitCode":0'[,}]* ]] || failed=$((failed + 1))
  done
  line "files $id ${#attempts[@]} ${claim:--} $ended $failed $exit"
  if [ -z "$exit" ] && [ -z "${seen[$id]:-}" ]; then gone+=${gone:+,}rounds-$id; fi
done

# Accounting, where there is one, remembers what the scheduler has forgotten.
if [ -n "$gone" ] && [ "$rows" != bad ] && rows=$(timeout -k 5 60 sacct -n -X -P --name="$gone" -S now-30days -o JobIDRaw,JobName,State,ExitCode,WorkDir 2>/dev/null); then
  while IFS='|' read -r job name state code place; do
    [[ $name == rounds-* && $place == "$runs/${name#rounds-}" ]] && line "account ${name#rounds-} $job ${state%% *} $code"
  done <<<"$rows"
fi
line end
