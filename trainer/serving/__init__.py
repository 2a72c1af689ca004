"""The local model server: what `trainer/serve.py` starts."""
