"""The audit: a real engine renders and tokenises every row with the code that training uses, once for each state."""

import json
import os
import shutil
import signal

import pytest

from engine.data.audit import BATCH_ROWS, TABLE, AuditTable, audit_key, find_audit, is_complete, totals
from engine.data.audit_flags import Flag
from engine.data.audit_table import counts_path
from engine.data.dataset import open_dataset
from engine.errors import DataError, ModelError
from engine.job import send
from engine.jobs.masking import tokenise
from engine.jobs.tokenizer import load_tokenizer
from engine.protocol import AuditDone, PhaseProgress, PhaseStarted, Stop
from engine.start import start_audit
from projects import resource
from tests.support import finished, follow, log_of, quickstart, until
from tui.cli.main import main


def phases_at(events, phase):
    """Where a phase begins."""
    return next(at for at, event in enumerate(events) if isinstance(event, PhaseStarted) and event.phase == phase)


def write_rows(project, count, **more):
    """A source of `count` short conversations, and the recipe that names it."""
    rows = [
        {"prompt": f"Question {number}?", "completion": f"Answer {number}. " + "word " * (number % 50)}
        for number in range(count)
    ]
    path = project.path / "data" / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def own_data(home, count, **settings):
    project = quickstart(home, data__source="data/rows.jsonl", data__held_out=None, **settings)
    write_rows(project, count)
    return project


def test_every_row_is_what_the_trainer_will_see(home):
    project = own_data(home, BATCH_ROWS + 200, training__max_length=40)
    recipe = project.recipe()
    folder = start_audit(project, recipe)
    view, events = finished(folder)
    assert view.condition == "completed", log_of(folder)
    examples = open_dataset(recipe, project.path).examples
    tokenizer = load_tokenizer(str(resource("ttune:quickstart/model"))).tokenizer
    expected = list(tokenise(tokenizer, examples, answers_only=True, max_length=40))
    table = AuditTable(folder.path / TABLE)
    assert table.count == len(expected) == BATCH_ROWS + 200
    for number in (0, 1, 49, BATCH_ROWS - 1, BATCH_ROWS, BATCH_ROWS + 199):
        row, there = table.row(number), expected[number]
        assert (row.text, row.ids, row.starts, row.trained) == (there.text, there.ids, there.starts, there.trained)
        assert (row.cut, row.end, row.problem) == (there.cut, there.end, there.problem)
        counts = table.counts(number)
        assert (counts.tokens, counts.trained, counts.cut) == (len(there.ids), sum(there.trained), there.cut)
    assert table.tokens().tolist() == [len(row.ids) for row in expected]
    assert table.trained_tokens().tolist() == [sum(row.trained) for row in expected]
    assert table.flags().tolist() == [row.flags for row in expected]
    cut = [number for number, row in enumerate(expected) if row.cut]
    assert table.rows_with(Flag.CUT).tolist() == cut
    assert table.odd_rows() == [number for number, row in enumerate(expected) if row.cut or not any(row.trained)]
    done = totals(folder)
    assert isinstance(done, AuditDone)
    assert (done.rows, done.tokens) == (len(expected), sum(len(row.ids) for row in expected))
    assert (done.trained_tokens, done.cut_rows) == (
        sum(sum(row.trained) for row in expected),
        sum(row.cut for row in expected),
    )
    assert (done.masked_rows, done.failed_rows) == (0, 0)
    lengths = sorted(len(row.ids) for row in expected if any(row.trained))
    assert done.kinds == {"conversation": len(expected)}
    assert done.findings["cut"] == len(cut) == done.findings["answer_cut"] + done.findings.get("answer_lost", 0)
    assert done.findings["no_end"] == len(cut)
    assert done.lengths["100"] == lengths[-1]
    assert done.lengths["50"] == lengths[(len(lengths) + 1) // 2 - 1]
    assert 0 < done.padding_grouped < done.padding_random < 0.5
    assert sum(lengths) <= done.packed_rows * 40
    assert done.packing_gain > 0.8
    phases = [event.phase for event in events if isinstance(event, PhaseStarted)]
    assert phases == ["starting", "loading", "reading", "checking", "loading", "tokenising", "saving"]
    told = [event.done for event in events[phases_at(events, "tokenising") :] if isinstance(event, PhaseProgress)]
    assert told == [BATCH_ROWS, BATCH_ROWS + 200]


def test_rows_of_every_kind_are_audited(home):
    sources = {
        "text": [{"text": "The blender arrived broken."}],
        "segments": [{"segments": [{"label": False, "text": "Q: "}, {"label": True, "text": "A"}]}],
        "preference": [{"prompt": "Where?", "chosen": "Here, in the post.", "rejected": "No."}],
        "unpaired": [{"prompt": "Where?", "completion": "Here.", "label": True}],
        "question": [{"prompt": "2 + 2?", "solution": "4"}],
    }
    project = own_data(home, 1)
    for kind, rows in sources.items():
        (project.path / "data" / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows * 30))
        folder = start_audit(project, project.recipe())
        view, _ = finished(folder)
        assert view.condition == "completed", log_of(folder)
        done, table = totals(folder), AuditTable(folder.path / TABLE)
        assert done.kinds == {kind: 30}
        assert (done.masked_rows, done.failed_rows) == (0, 0)
        assert (table.counts(0).rejected_tokens is not None) == (kind == "preference")
        assert bool(table.counts(0).trained) == (kind != "question")
        assert (done.rejected_tokens > 0) == (kind == "preference")


def test_the_method_decides_what_is_trained(home):
    turns = [("user", "Where?"), ("assistant", "Which one?"), ("user", "The blender."), ("assistant", "In the post.")]
    chat = [{"role": role, "content": content} for role, content in turns]
    text = "The blender arrived broken. " * 60
    sources = {
        "dpo": ({"prompt": chat[:3], "chosen": chat[3:], "rejected": [chat[3] | {"content": "No."}]}, "In the post."),
        "kto": ({"prompt": chat[:3], "completion": chat[3:], "label": True}, "In the post."),
        "cpt": ({"text": text}, text.strip()),
        "grpo": ({"messages": chat}, ""),
    }
    project, keys = own_data(home, 1), set()
    for method, (row, trained) in sources.items():
        (project.path / "data" / "rows.jsonl").write_text("\n".join([json.dumps(row)] * 30))
        recipe = project.recipe()
        recipe = recipe.model_copy(update={"method": recipe.method.model_copy(update={"kind": method})})
        keys.add(audit_key(recipe, project.path))
        folder = start_audit(project, recipe)
        view, _ = finished(folder)
        assert view.condition == "completed", log_of(folder)
        done, shown = totals(folder), AuditTable(folder.path / TABLE).row(0)
        told = "".join(
            shown.text[start:end]
            for start, end, carries in zip(shown.starts, [*shown.starts[1:], shown.end], shown.trained, strict=True)
            if carries
        )
        assert told.startswith(trained)
        assert len(told) < len(trained) + 15, "an end token and no more"
        assert (done.cut_rows, done.failed_rows, done.masked_rows, done.findings) == (0, 0, 0, {}), method
        assert "Which one?" in shown.text or method == "cpt"
        if method == "cpt":  # texts that are longer than a sequence are told of as texts, and packed as their pieces
            assert done.lengths["100"] == len(shown.ids) > recipe.training.max_length
            assert done.packed_rows * recipe.training.max_length >= done.tokens
    assert len(keys) == len(sources)


def test_pieces_of_a_text_do_not_hang_on_where_they_are_cut(home):
    project = own_data(home, 5)
    recipe = project.recipe()
    recipe = recipe.model_copy(update={"method": recipe.method.model_copy(update={"kind": "cpt"})})
    shorter = recipe.model_copy(update={"training": recipe.training.model_copy(update={"max_length": 99})})
    assert (
        audit_key(recipe, project.path) == audit_key(shorter, project.path) != audit_key(project.recipe(), project.path)
    )


def test_an_audit_is_found_again_while_nothing_it_depends_on_changed(home):
    project = own_data(home, 20)
    recipe = project.recipe()
    key = audit_key(recipe, project.path)
    assert find_audit(project, key) is None
    folder = start_audit(project, recipe)
    finished(folder)
    assert find_audit(project, key) == folder
    assert is_complete(folder)
    split = recipe.data.model_copy(update={"split": recipe.data.split.model_copy(update={"seed": 1})})
    assert audit_key(recipe.model_copy(update={"data": split}), project.path) == key, "the split moves no token"
    shorter = recipe.model_copy(update={"training": recipe.training.model_copy(update={"max_length": 99})})
    assert audit_key(shorter, project.path) != key
    write_rows(project, 21)
    assert find_audit(project, audit_key(recipe, project.path)) is None


def test_the_newest_three_are_kept(home):
    project = own_data(home, 5)
    first = start_audit(project, project.recipe())
    finished(first)
    until(lambda: not first.is_alive(), "the end of its engine")
    for day in range(1, 5):
        shutil.copytree(first.path, first.path.with_name(f"2020010{day}-120000-audit-tickets"))
    for folder in project.jobs("audit")[1:]:
        job = folder.path / "job.toml"
        job.write_text(_aged(job.read_text()))
    newest = start_audit(project, project.recipe())
    finished(newest)
    until(lambda: not newest.is_alive(), "the end of its engine")
    assert [folder.id for folder in project.jobs("audit")] == [newest.id, first.id, "20200104-120000-audit-tickets"]


def test_a_row_that_the_template_refuses_is_counted_and_named(home, tmp_path):
    from tests.small_tokenizers import save_tokenizer

    model = save_tokenizer(tmp_path / "model", "chatml")
    template = model / "chat_template.jinja"
    template.write_text(
        "{% if messages[0]['content'] == 'Question 3?' %}{{ raise_exception('not this one') }}{% endif %}"
        + template.read_text()
    )
    project = own_data(home, 6, model__base=str(model))
    folder = start_audit(project, project.recipe())
    view, _ = finished(folder)
    assert view.condition == "completed", log_of(folder)
    table = AuditTable(folder.path / TABLE)
    assert table.odd_rows() == [3]
    assert "not this one" in table.row(3).problem
    assert totals(folder).failed_rows == 1


def test_a_stop_ends_it_and_leaves_no_half_table(home):
    project = own_data(home, 60_000)
    folder = start_audit(project, project.recipe())
    follow(folder, lambda view: view.state.phase is not None and view.state.phase.done > 0, "progress")
    send(folder, Stop())
    view, _ = finished(folder)
    assert view.condition == "stopped"
    assert not is_complete(folder)
    assert not list(folder.path.glob(".*arrow"))
    until(lambda: not folder.is_alive(), "the end of its engine")
    key = audit_key(project.recipe(), project.path)
    assert find_audit(project, key) is None
    assert find_audit(project, key, ended=True) == folder


def test_an_engine_that_is_killed_leaves_no_table(home):
    project = own_data(home, 60_000)
    folder = start_audit(project, project.recipe())
    view, _ = follow(folder, lambda view: view.state.phase is not None and view.state.phase.done > 0, "progress")
    os.kill(view.state.pid, signal.SIGKILL)
    follow(folder, lambda view: view.condition == "dead", "its death to be noticed")
    assert not is_complete(folder)


def test_what_cannot_be_audited_is_told(home):
    project = own_data(home, 5, model__base="no/such/model/here")
    with pytest.raises(ModelError, match="no model folder there"):
        start_audit(project, project.recipe())
    (project.path / "empty").mkdir()
    (project.path / "empty" / "config.json").write_text("{}")
    recipe = project.recipe()
    broken = recipe.model_copy(update={"model": recipe.model.model_copy(update={"base": "./empty"})})
    view, _ = finished_or_failed(start_audit(project, broken))
    assert view.condition == "failed"
    assert "its tokenizer cannot be loaded" in view.state.finished.reason


def test_a_torn_table_is_refused_in_one_line(home, tmp_path):
    path = tmp_path / TABLE
    path.write_bytes(b"ARROW1\0\0 and no more")
    with pytest.raises(DataError, match="not a whole audit"):
        AuditTable(path)
    whole = start_audit(own := own_data(home, 5), own.recipe())
    finished(whole)
    counts = counts_path(whole.path / TABLE)
    counts.write_bytes(counts.read_bytes() * 1000)
    with pytest.raises(DataError, match="rows are missing"):
        AuditTable(whole.path / TABLE)
    counts.unlink()
    with pytest.raises(DataError, match="not a whole audit"):
        AuditTable(whole.path / TABLE)


def finished_or_failed(folder):
    return follow(folder, lambda view: view.condition == "failed", "failure")


def _aged(text):
    """A job.toml whose job is an hour older."""
    lines = text.splitlines()
    place = next(place for place, line in enumerate(lines) if line.startswith("created"))
    lines[place] = f"created = {float(lines[place].partition('=')[2]) - 3600}"
    return "\n".join(lines) + "\n"


def test_the_command_line_says_what_the_audit_counted(home, capsys):
    quickstart(home)
    assert main(["data", "audit", "tickets"]) == 0
    told = capsys.readouterr().out
    assert "1,000" in told
    assert "grouped by length" in told
    assert "sequences would hold all rows" in told
    assert main(["data", "audit", "tickets", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["rows"], document["failed_rows"], document["findings"]) == (1000, 0, {})
    assert document["packing_gain"] > 0
    assert document["path"].endswith(TABLE)
