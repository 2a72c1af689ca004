# What a job does on the cluster. The lines above this one set what it is to do; all state is in the run folder:
#
#   claim                which job of the scheduler may work; another one that landed late does nothing
#   attempt              number of the start that works now; an older one that was cut off, not ended, stops by it
#   attempts/<n>.json    each start: nodes, beginning, and its end where it saw one
#   attempts/<n>.stop    asks start n to save and end
#   cancel               written from outside: do not start again
#   stopped.json         written by what runs: it was asked to stop, and has saved
#   unhealthy            when which node failed the check, to be left out for a day
#   exit.json            written last, once it is over for good
set -uo pipefail

note() { printf 'rounds: %s\n' "$*"; }
now() { date -u +%Y-%m-%dT%H:%M:%S.%3NZ; }

# write_file PATH: standard input becomes the file, whole or not at all.
write_file() { cat > "$1.$$" && sync "$1.$$" 2> /dev/null && mv -f "$1.$$" "$1"; }

# finish CODE REASON DETAIL: over for good. DETAIL is the inside of a JSON text.
finish() {
  note "over: $2${3:+: $3}"
  end_attempt "$2"
  printf '{"exitCode":%d,"reason":"%s","time":"%s","detail":"%s"}\n' "$1" "$2" "$(now)" "$3" |
    write_file "$run_folder/exit.json"
  exit "$1"
}

begin_attempt() {
  nodes=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | sed 's/.*/"&"/' | paste -sd,)
  started=$(now)
  printf '%s\n' "$attempt" > "$run_folder/attempt"
  attempt_file | write_file "$run_folder/attempts/$attempt.json"
}

end_attempt() { attempt_file ",\"endedAt\":\"$(now)\",\"reason\":\"$1\"" | write_file "$run_folder/attempts/$attempt.json"; }

attempt_file() {
  printf '{"attempt":%d,"jobId":"%s","nodes":[%s],"startedAt":"%s"%s}\n' \
    "$attempt" "$SLURM_JOB_ID" "$nodes" "$started" "${1:-}"
}

# The claim appears with its content or not at all.
claims_the_run() {
  local owner="${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}" holder=''
  printf '%s\n' "$owner" > "$run_folder/claim.$SLURM_JOB_ID"
  ln "$run_folder/claim.$SLURM_JOB_ID" "$run_folder/claim" 2> /dev/null
  rm -f "$run_folder/claim.$SLURM_JOB_ID"
  read -r holder < "$run_folder/claim"
  [ "$holder" = "$owner" ] && return
  note "the work of this run belongs to job $holder; job $SLURM_JOB_ID does nothing"
  return 1
}

# Whether the scheduler still means this start: a node it had given up may come back with an old one on it.
# Sets job_state, and limit_reached where the scheduler ends the job for its time.
is_current() {
  local current='' job='' tries restarts began
  read -r current < "$run_folder/attempt"
  [ "$current" = "$attempt" ] || return 1
  job_state=UNKNOWN limit_reached=''
  for tries in 1 2 3 4 5 6; do
    job=$(timeout 20 scontrol -o show job "$SLURM_JOB_ID" 2> /dev/null) && break
    sleep "$tries"
  done
  [ -n "$job" ] || return 0
  job_state=$(sed -n 's/.* JobState=\([A-Z_]*\).*/\1/p' <<< "$job")
  restarts=$(sed -n 's/.* Restarts=\([0-9]*\).*/\1/p' <<< "$job")
  began=$(date -d "$(sed -n 's/.* StartTime=\([^ ]*\).*/\1/p' <<< "$job")" +%s)
  [ "$job_state" = RUNNING ] || [ "$(($(date +%s) - began))" -lt "$((time_limit_minutes * 60))" ] || limit_reached=yes
  [ "$job_state" != PENDING ] && [ "$restarts" = "${SLURM_RESTART_COUNT:-0}" ]
}

# restart REASON DETAIL [CODE]: begin again in the queue, or end with CODE where that may not be.
restart() {
  local reason="$1" detail="$2" code="${3:-1}"
  if [ "${SLURM_RESTART_COUNT:-0}" -ge "$restarts_maximum" ]; then
    [ "$restarts_maximum" -gt 0 ] && finish "$code" restarts_exhausted "restarted $restarts_maximum times; then $reason${detail:+: $detail}"
    finish "$code" "$reason" "$detail"
  fi
  note "starting again ($reason${detail:+: $detail})"
  end_attempt "$reason"
  # The scheduler ends this shell as soon as the job is in the queue; what follows must live until it is killed.
  trap '' TERM
  local tries
  for tries in 1 2 3 4 5; do
    timeout 20 scontrol requeue "$SLURM_JOB_ID" && break
    [ "$tries" = 5 ] && finish "$code" "$reason" "the scheduler refused to start it again"
    sleep "$tries"
  done
  # Slurm lets no job that runs leave nodes out.
  local left_out
  left_out=$(awk -v now="$(date +%s)" '$1 + 86400 > now { print $2 }' "$run_folder/unhealthy" 2> /dev/null | sort -u | paste -sd,)
  for tries in 1 2 3 4 5; do
    [ -n "$left_out" ] || break
    timeout 20 scontrol update "JobId=$SLURM_JOB_ID" "ExcNodeList=$left_out" && break
    sleep 0.2
  done
  sleep 600
  exit 0
}

# On every node, before the work: prints NODE and what is wrong with it.
check_node() {
  local node="${SLURMD_NODENAME:-$(hostname -s)}" counted
  fault() { printf '%s %s\n' "$node" "$*"; exit 0; }
  [ -w "$RUN_FOLDER" ] || fault 'cannot write to the run folder'
  [ "$GPUS_PER_NODE" -gt 0 ] || exit 0
  if ! command -v nvidia-smi > /dev/null; then
    counted=$(tr ',' '\n' <<< "${CUDA_VISIBLE_DEVICES:-}" | grep -c .)
    [ "$counted" -ge "$GPUS_PER_NODE" ] || fault "$counted GPUs of $GPUS_PER_NODE"
    exit 0
  fi
  counted=$(timeout 60 nvidia-smi --query-gpu=uuid --format=csv,noheader | grep -c '^GPU-')
  [ "$counted" -ge "$GPUS_PER_NODE" ] || fault "$counted GPUs of $GPUS_PER_NODE"
  timeout 60 nvidia-smi --query-gpu=ecc.errors.uncorrected.volatile.total --format=csv,noheader,nounits |
    grep -q '[1-9]' && fault 'uncorrected memory errors on a GPU'
  timeout 60 nvidia-smi --query-remapped-rows=remapped_rows.failure --format=csv,noheader,nounits 2> /dev/null |
    grep -q '[1-9]' && fault 'a GPU has no rows left to remap'
  # Errors of the last hour after which a GPU is not to be trusted; where the kernel's log may be read.
  dmesg 2> /dev/null | awk -F'[][]' -v uptime="$(cut -d. -f1 /proc/uptime)" '
    /NVRM: Xid/ && $2 + 3600 > uptime && match($0, /: (48|63|64|74|79|94|95|119|120),/) { found = 1 }
    END { exit !found }' && fault 'a fatal GPU error (Xid) within the last hour'
  exit 0
}

# On every node: keep the work, ask it to save when the run is asked to stop, end it when a later start has begun.
run_node() {
  local current processes work
  trap : TERM
  # The trainer listens once it has begun; a signal that comes before must not end it, and comes again.
  [ "$WORK" = command ] || trap '' USR1
  PET_NODE_RANK="$SLURM_NODEID" "$@" &
  work=$!
  while kill -0 "$work" 2> /dev/null; do
    sleep 1
    current=''
    processes=("$work")
    {
      # torchrun would call it a failure to be asked itself.
      if [ "$WORK" = torchrun ]; then processes=() && read -r -a processes < "/proc/$work/task/$work/children"; fi
      read -r current < "$RUN_FOLDER/attempt"
      if [ -n "$current" ] && [ "$current" != "$ATTEMPT" ]; then
        kill -KILL "$work" "${processes[@]}"
      elif [ -e "$RUN_FOLDER/attempts/$ATTEMPT.stop" ] && [ "${#processes[@]}" -gt 0 ]; then
        kill -USR1 "${processes[@]}"
      fi
    } 2> /dev/null
  done
  wait "$work"
}

# torchrun on every node, one process a GPU; a single process needs none.
set_up_training() {
  local head address port tries
  export PYTHONPATH="$package_folder" PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HF_HUB_OFFLINE=1
  export TOKENIZERS_PARALLELISM="${TOKENIZERS_PARALLELISM:-false}" OMP_NUM_THREADS="${OMP_NUM_THREADS:-$threads}"
  export TORCH_NCCL_ASYNC_ERROR_HANDLING="${TORCH_NCCL_ASYNC_ERROR_HANDLING:-1}" NCCL_DEBUG="${NCCL_DEBUG:-WARN}"
  work=(trainer train --run "$run_folder")
  if compgen -G "$run_folder/checkpoints/*/COMPLETE" > /dev/null; then work+=(--resume); fi
  if [ "$WORK" = trainer ]; then
    work=(python3 -m "${work[@]}")
    return
  fi
  # By address: the nodes' names need not resolve.
  head=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
  address=$(scontrol -o show node "$head" | sed -n 's/.* NodeAddr=\([^ ]*\).*/\1/p')
  # This shell is on the head node: a port that somebody listens on there is not taken.
  port=$((20000 + (SLURM_JOB_ID * 17 + attempt * 101) % 12000))
  for tries in 1 2 3 4 5 6 7 8; do
    (exec 3<> "/dev/tcp/${address:-$head}/$port") 2> /dev/null || break
    port=$((port + tries))
  done
  work=(python3 -m torch.distributed.run --nnodes="$SLURM_NNODES" --nproc-per-node="$processes_per_node"
    --master-addr="${address:-$head}" --master-port="$port"
    --max-restarts=0 --shutdown-timeout=1800 -m -- "${work[@]}")
}

if ! claims_the_run; then
  # It ends as the work did, for what depends on this number; singleton let it begin after that.
  code=$(sed -n 's/.*"exitCode":\([0-9]*\).*/\1/p' "$run_folder/exit.json" 2> /dev/null)
  exit "${code:-1}"
fi
cancel_file="$run_folder/cancel"
if [ -n "${SLURM_ARRAY_TASK_ID:-}" ]; then run_folder="$run_folder/tasks/$SLURM_ARRAY_TASK_ID"; fi
mkdir -p "$run_folder/attempts" || exit 1
if [ -e "$run_folder/exit.json" ]; then
  note 'this run is over (exit.json); nothing to do'
  exit 0
fi

attempt=1
for file in "$run_folder"/attempts/*.json; do
  number=$(basename "$file" .json)
  [[ "$number" =~ ^[0-9]+$ ]] && [ "$number" -ge "$attempt" ] && attempt=$((number + 1))
done
begin_attempt
note "attempt $attempt of job $SLURM_JOB_ID on ${nodes//\"/}"
[ "${SLURM_RESTART_COUNT:-0}" -le "$restarts_maximum" ] ||
  finish 1 restarts_exhausted "started again by the scheduler after $restarts_maximum restarts"
[ ! -e "$cancel_file" ] || finish 130 cancelled 'cancelled before it started'

stop_cause=''
ask_to_stop() {
  stop_cause="$1"
  note "$1: asking the work to save"
  : > "$run_folder/attempts/$attempt.stop"
}
trap 'ask_to_stop timeout' USR1
# The scheduler ends the job: it tells every process, so that the work saves by itself if it has the time.
end_comes() {
  stop_cause=ended
  if is_current && [ -n "$limit_reached" ]; then restart timeout 'not saved within the time limit'; fi
}
trap end_comes TERM

export RUN_FOLDER="$run_folder" ATTEMPT="$attempt"
export SRUN_CPUS_PER_TASK="${SLURM_CPUS_PER_TASK:-1}"

unhealthy=$(timeout 300 srun --ntasks-per-node=1 --ntasks="$SLURM_NNODES" --mpi=none \
  bash -c "$(declare -f check_node); check_node") || note 'the check of the nodes did not end well'
if [ -n "$unhealthy" ]; then
  while read -r line; do printf '%s %s\n' "$(date +%s)" "$line"; done <<< "$unhealthy" >> "$run_folder/unhealthy"
  restart node_fail "$(tr -d '\042\134' <<< "$unhealthy" | paste -sd';')"
fi

# Where it cannot be set up it ends the shell that does it.
(set_up_environment) || finish 1 failed 'the environment cannot be set up'
set_up_environment
if [ "$WORK" != command ]; then set_up_training; fi
rm -f "$run_folder/stopped.json"
log_size=$(stat -c %s "$log_file" 2> /dev/null || echo 0)
srun --ntasks-per-node="$tasks_per_node" --ntasks="$((SLURM_NNODES * tasks_per_node))" --kill-on-bad-exit=1 --mpi=none \
  --chdir="$package_folder" ${srun_options[@]+"${srun_options[@]}"} \
  ${container[@]+"${container[@]}"} bash -c "$(declare -f run_node); run_node \"\$@\"" run_node "${work[@]}" &
step=$!
# A signal ends `wait` before the step does.
while kill -0 "$step" 2> /dev/null; do wait "$step"; done
wait "$step"
code=$?

is_current || { note 'a later start of this job has taken over'; exit 0; }
if [ "$code" = 0 ] && [ ! -e "$run_folder/stopped.json" ]; then finish 0 completed ''; fi
saved=$([ -e "$run_folder/stopped.json" ] && echo 'after a save' || echo 'without a save')
# A job that is being ended while this shell lives was cancelled, by its owner or for another's job.
if [ -e "$cancel_file" ] || [[ "$job_state" != @(RUNNING|UNKNOWN) ]]; then finish 130 cancelled "$saved"; fi
if [ -e "$run_folder/stopped.json" ] || [ "$stop_cause" = timeout ]; then restart timeout "$saved"; fi

# What the trainer said went wrong, without what JSON would have to escape.
errors=$(tail -c "+$((log_size + 1))" "$log_file" 2> /dev/null |
  sed -n 's/.*{"error": {"name": "\([A-Za-z]*\)", "message": "\(\([^"\\]\|\\.\)*\)".*/\1: \2/p' |
  sed "s/\\\\u[0-9a-fA-F]\{4\}/?/g; s/\\\\[\"\\\\]/'/g; s/\\\\./ /g" | cut -c1-2000)
# Started again, these would be the same.
if cause=$(grep -m1 -E '^(ConfigError|DataError|DivergedError): ' <<< "$errors"); then finish 1 failed "$cause"; fi
restart failed "exit code $code${errors:+: $(tail -n 1 <<< "$errors")}" "$code"
