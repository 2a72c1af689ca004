# Tells what a login node has of what jobs need. bash -c THIS rounds ROOT [SECRETSFILE]
# Lines "rounds-setup CHECK ok|failed|unchecked DETAIL".
set -u
root=$1
line() {
  local text="$*"
  printf 'rounds-setup %s\n' "${text//[$'\n\r']/ }"
}
((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 402)) && line "bash ok $BASH_VERSION" || line "bash failed $BASH_VERSION; 4.2 or newer is needed"
missing=
for program in flock tar sha256sum stat sync tail timeout; do command -v "$program" >/dev/null || missing+=" $program"; done
[ -z "$missing" ] && line "programs ok flock, tar and coreutils" || line "programs failed not found:$missing"
missing=
for program in sbatch squeue sinfo scontrol scancel srun; do command -v "$program" >/dev/null || missing+=" $program"; done
if [ -n "$missing" ]; then
  line "slurm failed not found:$missing; name their folder in programsFolder"
elif version=$(timeout -k 5 30 sinfo --version 2>&1) && answer=$(timeout -k 5 30 squeue -h -t all -u "$(id -un)" 2>&1 >/dev/null); then
  line "slurm ok $version"
else
  line "slurm failed ${answer:-$version}"
fi
if timeout -k 5 30 sacct -n -X -S now-1hours >/dev/null 2>&1; then
  line "accounting ok the scheduler's records are kept"
else
  line "accounting ok none; what jobs write themselves is enough"
fi
if problem=$(umask 077 && mkdir -p "$root/packages" "$root/runs" 2>&1 && : 2>&1 >"$root/.rounds-setup"); then
  line "root ok $root, $(df -Ph "$root" | awk 'NR == 2 { print $4 " free" }')"
else
  line "root failed $root: $problem"
fi
# Another process must see the lock.
if (flock -n 9 && ! flock -n "$root/.rounds-setup" true) 9>>"$root/.rounds-setup" 2>/dev/null; then
  line "locks ok two processes do not hold one lock on $root"
else
  line "locks failed flock does not lock on $root: two submissions at once could not be told apart"
fi
if [ $# -gt 1 ]; then
  mode=$(stat -L -c '%a %u' "$2" 2>/dev/null)
  [[ $mode == *00\ $(id -u) ]] && line "secrets ok $2" || line "secrets failed $2 must be there and readable by you alone (mode 600)"
fi
line "architecture ok $(uname -s)-$(uname -m)"
line "end ok"
