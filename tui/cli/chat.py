"""`ttune chat RUN`: one prompt, two answers: base and tuned. The chat's engine ends with the command."""

import sys
from collections.abc import Iterator
from typing import Any

from engine.home import open_home
from engine.job import JobFolder, JobView, send
from engine.protocol import Ask, Side, Stop
from tui.cli import ending
from tui.cli.conversation import ChatEnded, Conversation
from tui.cli.parser import Options, Parser, UsageError, add_run, non_negative, positive
from tui.cli.printing import complain, print_json, say, say_piece
from tui.figures import plural

SIDES: tuple[Side, ...] = ("base", "tuned")


def add_arguments(parser: Parser) -> None:
    """The run, and a single prompt or none for a conversation."""
    add_run(parser)
    parser.add_argument(
        "--prompt", metavar="TEXT", help="answer this and leave; without it prompts are read line by line"
    )
    parser.add_argument("--max-new-tokens", type=positive, default=256, metavar="N", help="cut answers off here (256)")
    parser.add_argument(
        "--temperature", type=non_negative, default=0.0, metavar="T", help="0 takes the likeliest token (0)"
    )


def run(options: Options) -> int:
    """Launch a chat, ask, and stop it."""
    from engine.project import Project, find_run
    from engine.start import start_chat

    if options.json and options.prompt is None:
        raise UsageError("ttune chat: --json goes with one prompt: add --prompt TEXT")
    of = find_run(open_home(), options.run)
    job = start_chat(Project(of.path.parent.parent), of)
    try:
        _talk(job, of, options)
        return 0
    except ChatEnded as ended:
        return _tell_end(of, ended.seen, options)
    except KeyboardInterrupt:
        complain("")
        return 0
    finally:
        send(job, Stop())


def _talk(job: JobFolder, of: JobFolder, options: Options) -> None:
    conversation = Conversation(job)
    if not options.json:
        complain(f"loading base and tuned of {ending.label(of)} …")
    conversation.wait_until_ready()
    for prompt in _prompts(options):
        ask = Ask(prompt=prompt, max_new_tokens=options.max_new_tokens, temperature=options.temperature)
        document = _ask(conversation, ask, streamed=not options.json)
        if options.json:
            print_json({"run": of.id, "prompt": prompt} | document)


def _tell_end(of: JobFolder, seen: JobView, options: Options) -> int:
    """Say why there is no answer; the work itself has failed."""
    if options.json:
        document = {"run": of.id, "prompt": options.prompt, "answers": None}
        print_json(document | {"state": seen.condition, "reason": ending.reason(seen), "mend": ending.mend(seen)})
    else:
        complain("")  # below a half-told answer
        for line in ending.lines(seen):
            complain(line)
    return 1


def _prompts(options: Options) -> Iterator[str]:
    if options.prompt is not None:
        yield options.prompt
        return
    terminal = sys.stdin.isatty()
    if terminal:
        complain("A line is a prompt; an empty one, or Ctrl+D, leaves.")
    while True:
        try:
            prompt = input("> " if terminal else "")
        except EOFError:
            return
        if prompt.strip():
            yield prompt
        elif terminal:
            return


def _ask(conversation: Conversation, ask: Ask, *, streamed: bool) -> dict[str, Any]:
    """Put a prompt and tell both answers, the base's first: on a terminal as they come."""
    sent = conversation.ask(ask)
    for side in SIDES:
        if streamed:
            say(f"{side}:")
        for piece in conversation.pieces(sent, side):
            if streamed:
                say_piece(piece)
        if streamed:
            say(f"\n({_pace(conversation, sent, side)})\n")
    exchange = conversation.exchange(sent)
    assert exchange is not None  # both sides have told their pieces to the end
    return {
        "answers": {side: exchange.reply(side).text for side in SIDES},
        "details": {side: _details(conversation, sent, side) for side in SIDES},
    }


def _pace(conversation: Conversation, sent: str, side: Side) -> str:
    exchange = conversation.exchange(sent)
    done = exchange.reply(side).done if exchange else None
    if done is None:
        return "cut short"
    end = {"eos": "", "length": ", cut off at its length", "stopped": ", stopped"}[done.ended]
    speed = f", {done.tokens / done.seconds:.0f} a second" if done.seconds else ""
    return f"{plural(done.tokens, 'token')}{speed}{end}"


def _details(conversation: Conversation, sent: str, side: Side) -> dict[str, Any] | None:
    exchange = conversation.exchange(sent)
    done = exchange.reply(side).done if exchange else None
    if done is None:
        return None
    return {
        "tokens": done.tokens, "seconds": done.seconds, "first_token_s": done.first_token_s, "ended": done.ended,
    }  # fmt: skip
