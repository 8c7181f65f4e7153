"""The `cpt` method: continue plain text (continued pre-training), every token of which is trained."""

from engine.jobs.train.methods.sft import build_trainer, prepare

__all__ = ["build_trainer", "prepare"]
