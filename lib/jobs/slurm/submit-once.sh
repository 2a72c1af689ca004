# Submits one job, once for its token, whatever was tried before and whoever else tries now.
# bash -c THIS rounds ROOT ID JOBNAME SPECFINGERPRINT PACKAGE [DEPENDENCY:CONDITION]...   with a tar of the run's files on stdin.
# Its last line: "rounds-submit known|found|submitted JOBID", "rounds-submit conflict|refused|unknown WHY",
# "rounds-submit package" where the code is not there yet.
set -u
umask 077
root=$1 id=$2 name=$3 spec=$4 package=$5
shift 5
# The connection may break; what was begun is brought to its end all the same.
trap '' HUP PIPE

answer() {
  local line="rounds-submit $*"
  printf '%s\n' "${line//[$'\n\r']/ }" 2>/dev/null
  exit 0
}

# put FILE: standard input under that name, whole or not at all, and on the disk.
put() {
  cat >"$1.$$.tmp" && sync "$1.$$.tmp" && mv -f "$1.$$.tmp" "$1"
}

[ -e "$root/packages/$package/COMPLETE" ] || answer package

folder=$root/runs/$id
mkdir -p "$folder" && cd "$folder" || answer "refused the folder $folder cannot be made"
# The scheduler's records name the folder as it really lies; another user or project may have a job of this name.
folder=$(pwd -P)
exec 9>>submit.lock || answer "refused $folder cannot be written to"
flock -w 50 9 || answer "unknown another submission of this token is under way"

# An earlier answer stands; another request must have another token.
if [ -e spec.fingerprint ] && [ "$(head -c 200 spec.fingerprint)" != "$spec" ]; then
  answer "conflict the token belongs to another request"
fi
known() {
  local text
  text=$(head -c 2000 submitted.json)
  text=${text#*'"jobId":"'}
  printf %s "${text%%'"'*}"
}
[ ! -e submitted.json ] || answer "known $(known)"
printf %s "$spec" | put spec.fingerprint || answer "refused $folder cannot be written to"

submitted() {
  printf '{"jobId":"%s","token":"%s","specFingerprint":"%s","time":"%s"}\n' \
    "$2" "$id" "$spec" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" | put submitted.json || answer "unknown job $2 cannot be written down"
  sync . 2>/dev/null
  answer "$1 $2"
}
is_number() { [[ $1 =~ ^[0-9]+$ ]]; }

# A job that has begun says so itself, even if the scheduler has forgotten it.
if [ -e claim ]; then
  owner=$(head -c 100 claim)
  is_number "${owner%%[!0-9]*}" && submitted found "${owner%%[!0-9]*}"
  answer "refused the job was cancelled before it was submitted"
fi

# A rejected sbatch leaves a record of a job that never was.
rows=$(timeout -k 5 30 squeue -h -t all -n "$name" -o '%F|%T|%r|%Z' 2>&1) || answer "unknown squeue: ${rows:0:500}"
oldest=
while IFS='|' read -r job state reason place; do
  is_number "$job" && [ "$place" = "$folder" ] || continue
  [ "$state|$reason" = 'FAILED|BadConstraints' ] && continue
  [ -n "$oldest" ] && [ "$oldest" -le "$job" ] || oldest=$job
done <<<"$rows"
[ -z "$oldest" ] || submitted found "$oldest"

# The scheduler forgets a job minutes after its end; accounting, where there is one, does not.
if [ -e sending ]; then
  rows=$(timeout -k 5 60 sacct -n -X -P --name="$name" -S "$(head -c 40 sending)" -o JobIDRaw,NodeList,WorkDir 2>&1)
  case $?:$rows in
  0:*)
    while IFS='|' read -r job nodes place; do
      is_number "$job" && [ "$place" = "$folder" ] && [ "$nodes" != 'None assigned' ] && submitted found "$job"
    done <<<"$rows"
    ;;
  *disabled* | 127:*) ;;
  *) answer "unknown sacct: ${rows:0:500}" ;;
  esac
fi

dependencies=singleton
for each in "$@"; do
  other=$root/runs/${each%:*}
  if [ -e "$other/exit.json" ]; then
    text=$(tr -d ' \n' <"$other/exit.json" | head -c 2000)
    [ "${each##*:}" = end ] || [[ $text == *'"exitCode":0'[,}]* ]] || answer "refused job ${each%:*}, which must succeed first, did not"
    continue
  fi
  # Slurm starts a job at once that waits for one it has never heard of.
  job=$(cd "$other" 2>/dev/null && { [ ! -s claim ] || head -c 20 claim; [ -s claim ] || known; } 2>/dev/null)
  job=${job%%[!0-9]*}
  is_number "$job" || answer "refused job ${each%:*}, which must come first, was not submitted here"
  timeout -k 5 30 squeue -h -t all -j "$job" -o %F 2>/dev/null | grep -qx "$job" ||
    answer "refused job ${each%:*} (Slurm $job), which must come first, is not known to the scheduler and left no exit.json"
  case ${each##*:} in
  success) dependencies+=,afterok:$job ;;
  end) dependencies+=,afterany:$job ;;
  esac
done

rm -rf incoming && mkdir incoming && tar -x -C incoming -f - || answer "unknown the run's files did not arrive whole"
[ -s incoming/job.sbatch ] || answer "unknown the run's files did not arrive whole"
find incoming -type f -exec sync {} + && mv -f incoming/* . && rmdir incoming || answer "refused $folder cannot be written to"
date -u +%Y-%m-%dT%H:%M:%S | put sending || answer "refused $folder cannot be written to"

errors=$folder/sbatch.err
job=$(timeout -k 5 45 sbatch --parsable --job-name="$name" --chdir="$folder" --dependency="$dependencies" --kill-on-invalid-dep=yes job.sbatch 2>"$errors")
code=$?
job=${job%%;*}
[ $code = 0 ] && is_number "$job" && submitted submitted "$job"
why=$(head -c 1000 "$errors")
# A scheduler that has understood and will not; whatever else it says, the job may yet have come through.
refusals='Batch job submission failed: (Invalid|Requested|Required|Access|Job violates|Job dependency|User|Node count|More processors|Too many|Memory|Time limit|Partition|Batch script|Pathname|Line break)'
refusals+='|unrecognized option|sbatch: fatal: |sbatch: error: Invalid |sbatch: error: Unable to open'
[[ $why =~ $refusals ]] && answer "refused $why"
answer "unknown sbatch ended with $code: $why"
