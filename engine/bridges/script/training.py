"""Blocks of the script that set up the trainer, train, and keep what came of it."""

from engine.bridges.script.settings import Facts

STEPS = """\
# --- The training --------------------------------------------------------------------------------------------------
per_epoch = max(1, math.ceil(math.ceil(len(train) / MICRO_BATCH) / ACCUMULATION))
steps = MAX_STEPS if MAX_STEPS > 0 else math.ceil(EPOCHS * per_epoch)
warmup = round(WARMUP * steps) if WARMUP < 1 else min(steps, round(WARMUP))
every = max(1, min(steps, round(EVALUATE_EVERY * steps if EVALUATE_EVERY < 1 else EVALUATE_EVERY)))
"""


_ANSWERS = """\
prompts = MICRO_BATCH * ACCUMULATION // %d  # of one step; an epoch has whole steps only
answers = LEN_TRAIN // prompts * MICRO_BATCH * ACCUMULATION
"""


def arguments(facts: Facts) -> str:
    """The arguments that every trainer shares."""
    training = facts.recipe.training
    checkpointing = "GPU" if training.gradient_checkpointing != "off" else "False"
    trackers = list(facts.recipe.trackers.use)
    report = repr(trackers).replace("'", '"') if trackers else '"none"'
    grpo = facts.recipe.method.kind == "grpo"
    code = _ANSWERS % facts.recipe.method.grpo.generations + STEPS if grpo else STEPS
    code = code.replace("len(train)", "answers").replace("LEN_TRAIN", "len(train)") if grpo else code
    if training.schedule == "constant":
        code += 'SCHEDULE = "constant_with_warmup" if warmup else SCHEDULE  # transformers\' own knows no warm-up\n'
    if training.save_every is not None:
        code += _saving(facts)
    saved = "saved" if training.save_every is not None else "every"
    return code + (
        "arguments = dict(\n"
        '    output_dir=str(HERE / "checkpoints"), num_train_epochs=EPOCHS, max_steps=MAX_STEPS,\n'
        "    per_device_train_batch_size=MICRO_BATCH, per_device_eval_batch_size=MICRO_BATCH,\n"
        f"    gradient_accumulation_steps=ACCUMULATION, learning_rate=RATE, lr_scheduler_type=SCHEDULE,\n"
        "    warmup_steps=warmup, weight_decay=WEIGHT_DECAY, max_grad_norm=MAX_GRAD_NORM, optim=OPTIMISER,\n"
        f"    seed=SEED, data_seed=SEED, gradient_checkpointing={checkpointing}, use_cpu=not GPU,\n"
        "    bf16=GPU and dtype == torch.bfloat16, fp16=GPU and dtype == torch.float16,\n"
        f"{_measuring(facts)}"
        f'    save_strategy="steps", save_steps={saved}, save_total_limit={training.keep_checkpoints},\n'
        "    logging_steps=1, logging_nan_inf_filter=False,\n"
        f"    report_to={report}, disable_tqdm=True, remove_unused_columns=False, dataloader_pin_memory=GPU,\n"
        ")\n"
    )


def _measuring(facts: Facts) -> str:
    if not facts.measured:
        return ""
    return (
        '    eval_strategy="steps", eval_steps=every, prediction_loss_only=True, load_best_model_at_end=True,\n'
        '    metric_for_best_model="eval_loss", greater_is_better=False,\n'
    )


def _saving(facts: Facts) -> str:
    """How many steps lie between checkpoints: a multiple of those between evaluations."""
    every, saved = facts.recipe.training.evaluate_every, facts.recipe.training.save_every
    assert saved is not None
    if (every < 1) == (saved < 1):
        return f"saved = every * {max(1, round(saved / every))}\n"
    return f"saved = max(1, min(steps, round({saved!r} * steps if {saved!r} < 1 else {saved!r})))\n"


SFT = '''\

class Sft(SFTTrainer):
    """trl's trainer with transformers' own loss: trl's, which is the same sum, needs a GPU."""

    def compute_loss(self, model, inputs, *args, **kwargs):
        return Trainer.compute_loss(self, model, inputs | {"use_cache": False}, *args, **kwargs)


trainer = (SFTTrainer if GPU else Sft)(
    model=model,
    args=SFTConfig(**arguments, dataset_kwargs={"skip_prepare_dataset": True}, max_length=None, packing=False),
    train_dataset=Dataset.from_list(train),
    processing_class=tokenizer,
    data_collator=%s,%s
)
'''

_OF_SAVED = """\
determine = trainer._determine_best_metric  # only of saved steps: of others there is nothing to go back to
trainer._determine_best_metric = lambda *args, **kwargs: trainer.control.should_save and determine(*args, **kwargs)
"""


def ending(facts: Facts) -> str:
    """What is added to the trainer, and the run itself."""
    training = facts.recipe.training
    code = ""
    if facts.measured and training.patience:
        code += f"trainer.add_callback(EarlyStoppingCallback({training.patience}))\n"
    if facts.measured and training.save_every is not None:
        code += _OF_SAVED
    code += "" if facts.recipe.method.kind == "grpo" else "trainer._get_train_sampler = lambda dataset=None: Order()\n"
    return code + (
        "trainer.train()\n"
        'trainer.save_model(str(HERE / "trained"))\n'
        '(HERE / "log.json").write_text(json.dumps(trainer.state.log_history, indent=1))\n'
    )
