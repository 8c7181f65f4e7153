"""A resident pair of models that answers prompts, base and tuned side by side, until it is stopped.

text.py turns tokens into text as they come, reply.py lets both sides answer in turns, job.py takes the prompts.
"""
