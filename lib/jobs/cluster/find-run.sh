# Finds a run by its id or by Slurm's number: bash -c THIS rounds ROOT ID
# Its last line: "rounds-run ID JOB", or "rounds-run none WHY".
set -u
cd "$1/runs" 2>/dev/null || { echo "rounds-run none $1/runs is not there"; exit 0; }
number() { sed -n 's/.*"jobId":"\([0-9]*\)".*/\1/p' "$1/submitted.json" 2>/dev/null | head -n 1; }
if [ -d "$2" ]; then
  job=$(number "$2")
  echo "rounds-run $2 ${job:--}"
  exit 0
fi
if ! [[ $2 =~ ^[0-9]+$ ]]; then
  echo "rounds-run none no run $2 is in $1/runs"
  exit 0
fi
for file in */submitted.json; do
  if [ "$(number "${file%/*}")" = "$2" ]; then
    echo "rounds-run ${file%/*} $2"
    exit 0
  fi
done
name=$(timeout -k 5 30 squeue -h -t all -j "$2" -o %j 2>/dev/null)
echo "rounds-run none job $2${name:+ ($name)} is none of Rounds in $1"
