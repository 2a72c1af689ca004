"""Continued pretraining, instruct fine-tuning and NEFTune of Mistral and Mixtral on PyTorch FSDP2.

One run is one folder: `train.config.json` goes in, `metrics.jsonl` and `checkpoints/` come out.
Read in this order: training.py (the loop), rows.py (which tokens), language_model.py (which loss),
sharding.py and checkpoints.py (how it scales and survives).
"""
