"""Blocks of the script that load the model and put an adapter on it."""

from engine.bridges.script.settings import Facts

_DTYPES = {
    "auto": "torch.float32 if not GPU else torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16",
    "bf16": "torch.bfloat16",
    "fp16": "torch.float16",
    "fp32": "torch.float32",
}

_STRETCH = """\
config = AutoConfig.from_pretrained(MODEL%s)
text_config = config.get_text_config(decoder=True)
native = text_config.max_position_embeddings
if MAX_LENGTH > native:  # positions beyond the model's own length are scaled
    own = {"original_max_position_embeddings": native} if ROPE_SCALING == "yarn" else {}
    stretched = {"rope_type": ROPE_SCALING, "factor": MAX_LENGTH / native, **own}
    rope = text_config.rope_parameters
    if "full_attention" in rope:
        rope["full_attention"] = rope["full_attention"] | stretched
    else:
        text_config.rope_parameters = rope | stretched
    text_config.max_position_embeddings = MAX_LENGTH
"""

_FOUR_BIT = """\
    quantization_config=BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=dtype
    ),
"""

_ADAPTER = """\
model = get_peft_model(
    model,
    LoraConfig(
        r=RANK, lora_alpha=ALPHA, lora_dropout=DROPOUT, target_modules=TARGETS, task_type="CAUSAL_LM",%s
    ),
)
"""

_WIDEN = """\
for parameter in model.parameters():  # gradients of fp16 are scaled, for which fp16 has no room
    if parameter.requires_grad and parameter.dtype == torch.float16:
        parameter.data = parameter.data.float()
"""

_UNSLOTH = """\
width = -(-MAX_LENGTH // 8) * 8  # of padded batches: Unsloth would cut longer ones without their labels
model, _ = FastLanguageModel.from_pretrained(
    MODEL, max_seq_length=width, dtype=dtype, load_in_4bit=%s, full_finetuning=%s,%s
    use_gradient_checkpointing=CHECKPOINTING, random_state=SEED,
)
"""

_UNSLOTH_ADAPTER = """\
model = FastLanguageModel.get_peft_model(
    model, r=RANK, target_modules=TARGETS, lora_alpha=ALPHA, lora_dropout=DROPOUT, bias="none", max_seq_length=width,
    use_gradient_checkpointing=CHECKPOINTING, random_state=SEED, use_rslora=%s,
)
"""

_CONTINUE = """\
set_peft_model_state_dict(model, load_file(f"{ADAPTER}/adapter_model.safetensors"))  # goes on from where it was
"""

_NAMES_THERE = """\
linear = {name.rpartition(".")[2] for name, module in model.named_modules() if isinstance(module, torch.nn.Linear)}
TARGETS = [name for name in TARGETS if name in linear]  # Phi 3 has qkv_proj for q, k and v; others do not
"""


def model(facts: Facts) -> str:
    """Load the base and put the adapter on it, as the run did."""
    head = "# --- The model " + "-" * 101 + "\nset_seed(SEED)  # decides where the adapter starts\n"
    head += f"dtype = {_DTYPES[facts.recipe.training.precision]}\n"
    return head + (_unsloth(facts) if facts.unsloth else _hf(facts))


def _hf(facts: Facts) -> str:
    adapter = facts.recipe.adapter
    code = ""
    if adapter.kind == "full":
        code += (
            "dtype = torch.float32 if dtype == torch.float16 else dtype  # sums in fp16 are scaled back into weights\n"
        )
    code += _STRETCH % facts.revision if facts.stretches else ""
    config = " config=config," if facts.stretches else ""
    code += (
        f"model = AutoModelForCausalLM.from_pretrained(\n    MODEL{facts.revision},{config} dtype=dtype, "
        'attn_implementation="sdpa", device_map={"": 0} if GPU else None,\n'
        + (_FOUR_BIT if adapter.kind == "qlora" else "") + ")\n"
    )  # fmt: skip
    if adapter.kind == "full":
        return code
    code += _NAMES_THERE + _ADAPTER % _variants(facts) + (_CONTINUE if facts.adapter_path else "")
    return code + (_WIDEN if facts.recipe.training.precision in ("auto", "fp16") else "")


def _variants(facts: Facts) -> str:
    """What an adapter is beside its size, as arguments."""
    adapter = facts.recipe.adapter
    more = ["use_rslora=True"] if adapter.rslora else []
    more += ["use_dora=True"] if adapter.dora else []
    more += ['init_lora_weights="pissa_niter_16"'] if adapter.init == "pissa" else []
    if adapter.also_train:
        more += [f"modules_to_save={list(adapter.also_train)!r}".replace("'", '"')]
        more += ["ensure_weight_tying=model.config.get_text_config(decoder=True).tie_word_embeddings"]
    return "".join(f"\n        {argument}," for argument in more)


def _unsloth(facts: Facts) -> str:
    adapter = facts.recipe.adapter
    code = _UNSLOTH % (adapter.kind == "qlora", adapter.kind == "full", _of_unsloth(facts))
    if adapter.kind == "full":
        return code
    also = f"TARGETS += {list(adapter.also_train)!r}\n".replace("'", '"') if adapter.also_train else ""
    code += _NAMES_THERE + also + _UNSLOTH_ADAPTER % adapter.rslora
    return code + (_CONTINUE if facts.adapter_path else "")


def _of_unsloth(facts: Facts) -> str:
    """Arguments that only some recipes need."""
    training, native = facts.recipe.training, facts.native
    more = facts.revision.removeprefix(",") + "," if facts.revision else ""
    if native and training.max_length > native and training.rope_scaling != "off":
        factor = training.max_length / native
        own = f', "original_max_position_embeddings": {native}' if training.rope_scaling == "yarn" else ""
        kind = "yarn" if training.rope_scaling == "yarn" else "linear"
        more += f'\n    rope_scaling={{"rope_type": "{kind}", "factor": {factor!r}{own}}},'
    return more
