"""A recipe as a plain `train.py` that needs no ttune: blocks of code, put together by what the recipe asks for.

The values stand at the top of the script as constants; the blocks below are the same for every recipe that needs them.
"""
