"""Joins its standard input and output to the carrier of a session on this node: `python -c THIS FOLDER`.

It ends when either side does. Where there is no session any more it says so, in a frame of the carrier's kind.
"""

import os
import socket
import sys
import threading

PIECE_BYTES = 1 << 16


def write_all(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]


def copy_input(carrier: socket.socket) -> None:
    try:
        while data := os.read(0, PIECE_BYTES):
            carrier.sendall(data)
    except OSError:
        pass
    # The other thread waits for bytes that nobody wants any more.
    os._exit(0)


def main() -> None:
    carrier = socket.socket(socket.AF_UNIX)
    try:
        carrier.connect(os.path.join(sys.argv[1], "carrier.sock"))
    except OSError:
        write_all(b"S 0 0 eyJzdGF0ZSI6ICJlbmRlZCJ9\n")  # {"state": "ended"}
        return
    threading.Thread(target=copy_input, args=[carrier], daemon=True).start()
    try:
        while data := carrier.recv(PIECE_BYTES):
            write_all(data)
    except OSError:
        pass


main()
