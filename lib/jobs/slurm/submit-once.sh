# Submits one job, once for its token, whatever was tried before and whoever else tries now.
# bash -c THIS rounds ROOT ID JOBNAME SPECFINGERPRINT PACKAGE [DEPENDENCY:CONDITION]...
#   with the run's files on stdin, each as a line "NAME BYTES" and so many bytes.
# Its last line: "rounds-submit known|found|submitted JOBID", "rounds-submit conflict|refused|unknown WHY",
# "rounds-submit package" where the code is not there yet, "rounds-submit cancelled" where it is not wanted any more.
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
is_number() { [[ $1 =~ ^[0-9]+$ ]]; }

# text_of FILE: its beginning, on one line, in $text.
text_of() {
  text=
  [ ! -e "$1" ] || IFS= read -r -d '' -n 2000 text <"$1"
  text=${text//[$'\n\r']/ }
}
# job_of FOLDER: Slurm's number of the job of a run, in $job: the one that works, else the one submitted.
job_of() {
  text_of "$1/claim"
  job=${text%%[!0-9]*}
  is_number "$job" && return
  text_of "$1/submitted.json"
  text=${text#*'"jobId":"'}
  job=${text%%[!0-9]*}
  is_number "$job"
}
# receive_files: "NAME BYTES" and so many bytes each, until "end 0".
receive_files() {
  local LC_ALL=C file bytes content
  while read -r file bytes && [[ $file =~ ^[a-z.]+$ ]] && is_number "$bytes"; do
    [ "$file" != end ] || return 0
    IFS= read -r -N "$bytes" content && [ "${#content}" = "$bytes" ] && printf %s "$content" >"$file" || return 1
  done
  return 1
}
submitted() {
  local time
  printf -v time '%(%Y-%m-%dT%H:%M:%SZ)T' -1
  printf '{"jobId":"%s","token":"%s","specFingerprint":"%s","time":"%s"}\n' "$2" "$id" "$spec" "$time" >submitted.json.tmp &&
    mv -f submitted.json.tmp submitted.json || answer "unknown job $2 cannot be written down"
  answer "$1 $2"
}

[ -e "$root/packages/$package/COMPLETE" ] || answer package
folder=$root/runs/$id
# Whoever makes the folder is the first: before that no submission of this token can have been tried.
is_first=
if mkdir "$folder" 2>/dev/null; then is_first=yes; elif [ ! -d "$folder" ]; then mkdir -p "$folder"; fi
cd -P "$folder" || answer "refused the folder $folder cannot be made"
# The scheduler's records name the folder as it really lies; another user or project may have a job of this name.
folder=$PWD
exec 9>>submit.lock || answer "refused $folder cannot be written to"
flock -w 50 9 || answer "unknown another submission of this token is under way"

# An earlier answer stands; another request must have another token.
text_of spec.fingerprint
[ -z "$text" ] || [ "${text%% *}" = "$spec" ] || answer conflict
text_of submitted.json
if [ -n "$text" ] && job_of .; then answer "known $job"; fi

# A job that has begun says so itself, even if the scheduler has forgotten it.
if job_of .; then submitted found "$job"; fi
for claim in tasks/*/claim; do
  text_of "$claim"
  is_number "${text%%[!0-9]*}" && submitted found "${text%%[!0-9]*}"
done
[ ! -e cancel ] || answer cancelled
[ -e sending ] && is_first=

if [ -z "$is_first" ]; then
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
    text_of sending
    rows=$(timeout -k 5 60 sacct -n -X -P --name="$name" -S "${text:0:19}" -o JobIDRaw,NodeList,WorkDir 2>&1)
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
fi

dependencies=singleton
for each in "$@"; do
  other=$root/runs/${each%:*}
  text_of "$other/exit.json"
  if [ -n "$text" ]; then
    [ "${each##*:}" = end ] || [[ ${text// /} == *'"exitCode":0'[,}]* ]] ||
      answer "refused job ${each%:*}, which must succeed first, did not"
    continue
  fi
  # Slurm starts a job at once that waits for one it has never heard of.
  job_of "$other" || answer "refused job ${each%:*}, which must come first, was not submitted here"
  timeout -k 5 30 squeue -h -t all -j "$job" -o %F 2>/dev/null | grep -qx "$job" ||
    answer "refused job ${each%:*} (Slurm $job), which must come first, is not known to the scheduler and left no exit.json"
  case ${each##*:} in
  success) dependencies+=,afterok:$job ;;
  end) dependencies+=,afterany:$job ;;
  esac
done

# Nobody reads these before the job is submitted; a connection that broke meanwhile left half of them.
[ ! -e job.sbatch ] || rm -f job.sbatch
receive_files || answer "unknown the run's files did not arrive whole"
printf -v time '%(%Y-%m-%dT%H:%M:%S)T' -1
printf '%s\n' "$spec" >spec.fingerprint && printf '%s\n' "$time" >sending || answer "refused $folder cannot be written to"

job=$(timeout -k 5 45 sbatch --parsable --job-name="$name" --chdir="$folder" --dependency="$dependencies" \
  --kill-on-invalid-dep=yes job.sbatch 2>sbatch.err)
code=$?
job=${job%%;*}
[ $code = 0 ] && is_number "$job" && submitted submitted "$job"
text_of sbatch.err
# A scheduler that has understood and will not; whatever else it says, the job may yet have come through.
refusals='Batch job submission failed: (Invalid|Requested|Required|Access|Job violates|Job dependency|User|Node count|More processors|Too many|Memory|Time limit|Partition|Batch script|Pathname|Line break)'
refusals+='|unrecognized option|sbatch: fatal: |sbatch: error: Invalid |sbatch: error: Unable to open'
[[ $text =~ $refusals ]] && answer "refused ${text:0:1000}"
answer "unknown sbatch ended with $code: ${text:0:1000}"
