"""The Chat pane: it finds or starts a chat with the run that is watched, asks, and shows both answers as they come."""

from dataclasses import replace
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from engine import chat_state
from engine.chat_state import ChatState, Exchange
from engine.job import JobFolder, JobView, send
from engine.project import Project
from engine.protocol import AnyCommand, Ask, Stop, StopReply
from tui.feed import Feed, JobTold
from tui.figures import plural
from tui.messages import ToldUser
from tui.panes.chat import started
from tui.panes.chat.outbox import Outbox
from tui.panes.chat.prompt import PromptField
from tui.panes.chat.ready import LEAST_TOKENS, AtHand, ChatFound, ChatStarted, ReadyFound, look, read_ready, start
from tui.panes.chat.status import Shown, Status
from tui.panes.chat.transcript import Asked, Transcript, with_expected
from tui.panes.chat.words import HELP
from tui.panes.pane import Pane
from tui.run_words import name

SAMPLED = 0.7
"""Temperature of sampled answers: what many services take by default."""
LOOK_S = 3.0
"""How often the disk is looked at for chats that were started elsewhere."""


class ChatPane(Pane):
    """One prompt, two answers."""

    NAME = "Chat"
    HELP = HELP
    DEFAULT_CSS = """
    ChatPane {
        Status { padding-bottom: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cut", "cut short", tooltip="End the answers that are coming"),
        Binding("escape", "leave_field", "leave field", tooltip="Out of the field: the studio's keys work again"),
        Binding("i,enter", "enter_field", "type", tooltip="Back to the field"),
        Binding("ctrl+n", "ready_prompt", "ready prompt", tooltip="The next of the recipe's chat.prompts"),
        Binding("ctrl+o", "held_out", "held-out row", tooltip="The next held-out row, with what is expected"),
        Binding("ctrl+t", "temperature", "sampling", tooltip="The likeliest token each time, or a draw"),
        Binding("ctrl+l", "load", "load", tooltip="Load both models before there is a prompt"),
        Binding("ctrl+l", "unload", "end chat", tooltip="End the chat and free its memory"),
    ]

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self._shown = Shown()
        self._run: JobFolder | None = None
        self._feed: Feed | None = None
        self._at_hand: AtHand | None = None
        self._earlier: tuple[Exchange, ...] = ()
        """What was said in chats with this run that have ended."""
        self._outbox = Outbox()
        self._asked = 0
        self._offered: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """Who is talked to, what was said, and the field."""
        yield Status()
        yield Transcript()
        yield PromptField()

    def on_mount(self) -> None:
        """Say what will be here, and keep an eye on what others start."""
        self._show()
        self.set_interval(LOOK_S, self._look_again)

    def on_unmount(self) -> None:
        """The models go when the studio does; not when only this screen is left, where one may come back."""
        if self.app.return_code is not None:
            started.stop_all()

    def opened(self) -> None:
        """Give the field the focus, and look for a chat that another studio has started."""
        self.query_one(PromptField).focus()
        self._look()

    def summary(self) -> str:
        """How many prompts."""
        asked = len(self._earlier) + len(self._shown.state.exchanges)
        return plural(asked, "prompt") if asked else ""

    # The run, and the chat with it

    def watch_view(self, before: JobView | None, view: JobView | None) -> None:
        """Another run, or one that has ended and so left an adapter: look what there is."""
        run = view.folder if view else None
        changed = run != self._run
        if changed:
            self._forget(run)
        if changed or (before and view and before.live != view.live):
            self._look()

    def _forget(self, run: JobFolder | None) -> None:
        self._run, self._at_hand = run, None
        self._follow(None)
        self._earlier, self._outbox = (), Outbox()
        self._shown = Shown(usual_s=self._shown.usual_s, temperature=self._shown.temperature)
        if run is not None:
            self._shown = replace(self._shown, run=name(run.spec.project, run.spec.number))
        self._show()

    def _look_again(self) -> None:
        if self.display and not self._shown.live:
            self._look()

    def _look(self) -> None:
        if self._run is not None and self.is_mounted:
            self._read_disk(self._run)

    @work(thread=True, exclusive=True, group="look")
    def _read_disk(self, run: JobFolder) -> None:
        self.post_message(look(self.project, run, self._shown.usual_s))
        if self._at_hand is None:
            self.post_message(read_ready(self.project, run))

    def on_chat_found(self, message: ChatFound) -> None:
        """Take part in the chat that lives."""
        message.stop()
        if message.run != self._run:
            return
        self._shown = replace(self._shown, trained=message.trained, usual_s=message.usual_s)
        if message.chat is not None and not self._shown.live:
            self._follow(message.chat)
        self._show()

    def on_ready_found(self, message: ReadyFound) -> None:
        """Prompts at hand."""
        message.stop()
        if message.run == self._run and self._at_hand is None:
            self._at_hand = AtHand(message.ready)
            self._show()

    def _follow(self, chat: JobFolder | None) -> None:
        if self._feed is not None:
            self._feed.stop()
            self._earlier += self._shown.state.exchanges
        self._shown = replace(self._shown, view=None, state=ChatState())
        self._feed = Feed(chat, self, events=True, group="chat") if chat is not None else None
        if self._feed is not None:
            self._feed.start()

    def on_job_told(self, message: JobTold) -> None:
        """Fold in what is new; send what has waited for it."""
        message.stop()
        if self._feed is None or message.view.folder != self._feed.folder:
            return
        state = chat_state.fold(self._shown.state, message.events)
        self._shown = replace(self._shown, view=message.view, state=state)
        for ask, refusal in self._outbox.settle(state):
            self.query_one(PromptField).put_back(ask.prompt)
            self.post_message(ToldUser(f"The prompt was not taken: {refusal}", error=True))
        if state.ready and message.view.live:
            for ask in self._outbox.release():
                self._send(ask)
        elif not message.view.live:
            self._notice_end(message.view)
        self._show()

    def _notice_end(self, view: JobView) -> None:
        """The chat has ended with prompts left: one that ended by itself is started again, else they are given back."""
        left = self._outbox.empty()
        if left and view.condition == "completed":
            self._outbox.waiting = left
            self._start_chat()
        elif left:
            self.query_one(PromptField).put_back(left[-1].prompt)

    # Asking

    def on_prompt_field_sent(self, message: PromptField.Sent) -> None:
        """Ask both."""
        message.stop()
        if not self._shown.trained:
            self.query_one(PromptField).put_back(message.text)
            self.post_message(ToldUser("There is nothing to talk to yet: train a run first."))
            return
        self._asked += 1
        limit = self._at_hand.ready.max_new_tokens if self._at_hand else LEAST_TOKENS
        ask = Ask(
            prompt=message.text, max_new_tokens=limit, temperature=self._shown.temperature, seed=3407 + self._asked
        )
        if self._shown.view is not None and self._shown.view.live and self._shown.state.ready:
            self._send(ask)
        else:
            self._outbox.waiting.append(ask)
            if not self._shown.live:
                self._start_chat()
        self._shown = replace(self._shown, note="", problem="")
        self._show()
        self.query_one(Transcript).scroll_end(animate=False, force=True)

    def _send(self, ask: Ask) -> None:
        sent = self._command(ask)
        if sent is not None:
            self._outbox.sent[sent] = ask

    def _command(self, command: AnyCommand) -> str | None:
        """Tell the chat's engine; None when its folder cannot be written to, which is said."""
        if self._feed is None:
            return None
        try:
            return send(self._feed.folder, command)
        except OSError as error:
            folder = self._feed.folder
            self.post_message(ToldUser(f"{folder.commands}: {error.strerror}: it could not be asked", error=True))
            return None

    def _start_chat(self) -> None:
        if self._run is not None:
            self._shown = replace(self._shown, starting=True, problem="")
            self._show()
            self._launch(self._run)

    @work(thread=True, exclusive=True, group="start")
    def _launch(self, run: JobFolder) -> None:
        self.post_message(start(self.project, run))

    def on_chat_started(self, message: ChatStarted) -> None:
        """Follow it; a chat with another run that this studio has started makes room."""
        message.stop()
        if message.chat is not None:
            started.remember(message.chat)
            started.stop_all(but=message.chat)
        if message.run != self._run:
            return
        self._shown = replace(self._shown, starting=False, problem=message.problem)
        if message.chat is not None:
            self._follow(message.chat)
        elif left := self._outbox.empty():
            self.query_one(PromptField).put_back(left[-1].prompt)
        self._show()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing are left to others, and out of the footer."""
        typing = self.query_one(PromptField).has_focus
        match action:
            case "cut":
                return self._shown.state.answering is not None
            case "leave_field":
                return typing and self._shown.state.answering is None
            case "enter_field":
                return not typing
            case "ready_prompt":
                return self._at_hand is not None and bool(self._at_hand.ready.prompts)
            case "held_out":
                return self._at_hand is not None
            case "load":
                return self._shown.trained and not self._shown.live
            case "unload":
                return self._shown.view is not None and self._shown.view.live
        return super().check_action(action, parameters)

    def action_cut(self) -> None:
        """End the answers that are coming."""
        self._command(StopReply())

    def action_leave_field(self) -> None:
        """Let the studio's keys work."""
        self.query_one(Transcript).focus()

    def action_enter_field(self) -> None:
        """Type again."""
        self.query_one(PromptField).focus()

    def action_ready_prompt(self) -> None:
        """Fill the field with the next of the recipe's prompts."""
        if self._at_hand is not None and (found := self._at_hand.next_prompt()):
            self._fill(*found)

    def action_held_out(self) -> None:
        """Fill the field with the next held-out row."""
        if self._at_hand is None:
            return
        if found := self._at_hand.next_row():
            self._fill(*found)
        else:
            self.post_message(ToldUser(self._at_hand.ready.problem))

    def _fill(self, text: str, note: str) -> None:
        field = self.query_one(PromptField)
        field.fill(text)
        field.focus()
        self._shown = replace(self._shown, note=f"In the field: {note}.")
        self._show()

    def action_temperature(self) -> None:
        """Change how tokens are taken."""
        greedy = self._shown.temperature == 0
        self._shown = replace(self._shown, temperature=SAMPLED if greedy else 0.0)
        self.post_message(ToldUser("Answers are sampled from now on." if greedy else "Answers are greedy from now on."))
        self._show()

    def action_load(self) -> None:
        """Load the models before there is a prompt."""
        self._start_chat()

    def action_unload(self) -> None:
        """End the chat."""
        self._command(Stop())

    def on_prompt_field_paged(self, message: PromptField.Paged) -> None:
        """Scroll the answers from within the field."""
        message.stop()
        self.query_one(Transcript).action_page(message.pages)

    # Showing

    def _show(self) -> None:
        if not self.is_mounted:
            return
        self.query_one(Status).show(self._shown)
        self.query_one(Transcript).show_asked(self._all_asked())
        answering = self._shown.state.answering is not None
        offered = (answering, self._shown.live, self._shown.trained, self._at_hand is None)
        if offered != self._offered:
            self._offered = offered
            self.refresh_bindings()

    def _all_asked(self) -> list[Asked]:
        """What was said, what is being answered, and what waits."""
        live = self._shown.view is not None and self._shown.view.live
        expected = self._at_hand.expected if self._at_hand else {}
        said = with_expected(self._earlier, expected, "the chat ended before this was answered")
        said += with_expected(self._shown.state.exchanges, expected, "" if live else "the chat has ended")
        why = "waits for the answers before it" if self._shown.state.ready else "waits for the models to be loaded"
        system = said[-1].exchange.system if said else ""
        return said + with_expected(self._outbox.exchanges(system), expected, why)
