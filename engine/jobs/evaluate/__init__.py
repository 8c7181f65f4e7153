"""The comparison of base and tuned: both answer the held-out rows, metrics score them, statistics say how sure it is.

questions.py picks and renders rows, answers.py generates, metrics/ scores, job.py runs them from top to bottom.
"""
