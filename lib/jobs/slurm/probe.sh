# Tells what a plan must know of a cluster; changes nothing but the folder of the runs, which it makes.
# bash -c THIS rounds ROOT [path PATH | manifest PATH | job ID]...
set -u
root=$1
shift
line() {
  local text="$*"
  printf 'rounds-probe %s\n' "${text//[$'\n\r']/ }"
}

if problem=$(mkdir -p "$root/runs" 2>&1 && [ -w "$root/runs" ]); then line root ok; else line "root bad ${problem:0:300}"; fi
if rows=$(timeout -k 5 30 sinfo -h -o '%P|%a|%D|%c|%m|%G|%l' 2>&1); then
  while IFS= read -r row; do line "partition $row"; done <<<"${rows:0:20000}"
else
  line "scheduler bad ${rows:0:300}"
fi
while [ $# -gt 1 ]; do
  kind=$1 value=$2
  shift 2
  case $kind in
  path) if [ -e "$value" ]; then line "path yes $value"; else line "path no $value"; fi ;;
  manifest) if [ -r "$value" ]; then line "manifest $(sha256sum <"$value" | cut -c1-64) $value"; else line "manifest no $value"; fi ;;
  job)
    text=
    if [ -e "$root/runs/$value/exit.json" ]; then
      text=$(tr -d '\n' <"$root/runs/$value/exit.json" | head -c 2000)
      line "job $value ended $text"
    elif [ -e "$root/runs/$value/submitted.json" ]; then
      text=$(tr -d '\n' <"$root/runs/$value/submitted.json" | head -c 2000)
      job=${text#*'"jobId":"'}
      job=${job%%[!0-9]*}
      [ ! -s "$root/runs/$value/claim" ] || job=$(head -c 20 "$root/runs/$value/claim" | tr -dc 0-9)
      if timeout -k 5 30 squeue -h -t all -j "$job" -o %F 2>/dev/null | grep -qx "$job"; then
        line "job $value known $job"
      else
        line "job $value gone $job"
      fi
    else
      line "job $value none"
    fi
    ;;
  array)
    line "array $(timeout -k 5 30 scontrol show config 2>/dev/null | sed -n 's/^MaxArraySize *= *\([0-9]*\).*/\1/p')"
    ;;
  esac
done
line end
