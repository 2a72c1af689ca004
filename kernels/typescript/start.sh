#!/bin/sh
# Start the kernel (the program and its parameters are ours) with pipes for standard output and error that the
# kernel reads itself: so what native code and foreign processes write shows in the cell. Node cannot make such
# pipes. Descriptor 3 stays the server's log; 4 and 5 are the ends to read.
if [ ! -x "$1" ]; then
  echo "the kernel cannot start: $1 is missing; run the project's set-up (npm run setup)" >&2
  exit 127
fi
# Each thread would keep an arena of its own, with what it once took: 30 MB more. The kernel takes the variable
# out of its environment again, for its children.
export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-2}"
pipes="${TMPDIR:-/tmp}/rounds-kernel-$$"
if mkfifo -m 600 "$pipes.out" "$pipes.err"; then
  exec 3>&2 4<>"$pipes.out" 5<>"$pipes.err" >"$pipes.out" 2>"$pipes.err"
  rm "$pipes.out" "$pipes.err"
  exec "$@" --captured
fi
exec "$@"
