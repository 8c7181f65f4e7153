"""Templates: editions, files inside them, what stays behind, sharing, pins."""

import io
import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import projects as starter_projects
from engine import recipe_file
from engine.errors import ProjectError, RecipeError, UserError
from engine.home import Home, open_home
from engine.project import create_project, find_project
from engine.templates import (
    COPY_NAME,
    delete_template,
    editions,
    find_template,
    next_number,
    save_template,
    start_project,
    templates,
)
from engine.templates.files import is_inside, pack, unpack
from engine.templates.pins import changes, pin_of, projects_behind, update_project
from engine.templates.sharing import MOST_TEMPLATE_BYTES, check_shared, keep_shared, shareable
from tui.cli.main import main

RECIPE = """\
# what it is for
version = 2
description = "tone" # one line

[model]
base = "Qwen/Qwen3-4B" # why this one

[data]
source = "/home/me/rows.jsonl"
held_out = "rows/held-out.jsonl"

[training]
epochs = 3 # three
learning_rate = 1e-4 # low

[chat]
prompts = ["Hello"]
"""
REWARD = '\n[[rewards]]\nkind = "python"\nfile = "rewards/mine.py"\n'
CODE = "def score(prompt, answer, row):\n\n    return 1.0\t# one\n"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("TTUNE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return open_home()


def project_of(home: Home, name: str = "tone", more: str = "", **files: str):
    return create_project(home, name, RECIPE + more, {name.replace("__", "/"): text for name, text in files.items()})


def with_code(home: Home, name: str = "tone", code: str = CODE):
    return create_project(home, name, RECIPE + REWARD, {"rewards/mine.py": code})


def printed(capsys, *words: str, code: int = 0) -> str:
    assert main(list(words)) == code
    shown = capsys.readouterr()
    return shown.err if code else shown.out


# --- editions


def test_saving_again_makes_the_next_edition_and_keeps_the_first(home):
    project = project_of(home)
    first = save_template(home, project, "tone")
    kept = first.text()
    recipe_file.save(project.recipe_path, {"training.epochs": 1})
    second = save_template(home, project, "tone")
    assert (first.reference, second.reference) == ("tone@1", "tone@2")
    assert first.text() == kept
    assert [each.edition for each in editions(home, "tone")] == [1, 2]
    assert [each.reference for each in templates(home)][-1] == "tone@2"
    assert find_template(home, "tone") == second
    assert find_template(home, "tone@1") == first
    with pytest.raises(ProjectError, match=r"tone@3: no such edition \(there: tone@1, tone@2\)"):
        find_template(home, "tone@3")


def test_a_template_of_one_file_as_they_once_were_is_the_first_edition(home):
    (home.templates / "old.toml").write_text(RECIPE)
    assert find_template(home, "old@1").path.name == "old.toml"
    assert save_template(home, project_of(home), "old").path.name == "old@2.toml"
    assert [each.path.name for each in editions(home, "old")] == ["old.toml", "old@2.toml"]


def test_a_project_names_its_edition_and_keeps_its_template(home):
    template = save_template(home, project_of(home), "mine")
    made = start_project(home, "next", template, {"training.epochs": 1})
    assert made.recipe().template == "mine@1"
    assert (made.path / COPY_NAME).read_text() == template.text()
    assert made.recipe_path.read_text().startswith("# what it is for")
    shipped = start_project(home, "triage", find_template(home, "quickstart"), {})
    assert shipped.recipe().template == "quickstart@1"


def save_changed(home: Home, project, name: str):
    """The next edition: the recipe says something else each time."""
    recipe_file.save(project.recipe_path, {"training.seed": project.recipe().training.seed + 1})
    return save_template(home, project, name)


def test_editions_are_deleted_one_by_one_or_all(home):
    project = project_of(home)
    for _ in range(3):
        save_changed(home, project, "tone")
    delete_template(home, "tone@2")
    assert [each.edition for each in editions(home, "tone")] == [1, 3]
    assert save_changed(home, project, "tone").edition == 4
    assert len(delete_template(home, "tone")) == 3
    assert editions(home, "tone") == []


def test_no_number_is_given_twice(home, capsys):
    project = project_of(home)
    save_changed(home, project, "tone")
    save_changed(home, project, "tone")
    delete_template(home, "tone@2")
    assert save_changed(home, project, "tone").edition == 3, "a project of edition 2 must not find another"
    shared = check_shared(shareable(find_template(home, "tone")).replace("epochs = 3", "epochs = 1"), "it")
    delete_template(home, "tone")
    assert save_changed(home, project, "tone").edition == 4
    with pytest.raises(ProjectError, match="--new-edition keeps it as tone@5"):
        keep_shared(home, shared, "tone")
    printed(capsys, "templates", "delete", "tone")
    assert "tone@5 saved" in printed(capsys, "templates", "save", "tone")


def test_a_number_that_another_process_gave_and_took_meanwhile_is_not_given_again(home, monkeypatch):
    project = project_of(home)
    save_changed(home, project, "tone")
    monkeypatch.setattr("engine.templates.next_number", after_another(home, project))
    assert save_template(home, project, "tone").edition == 3
    assert [each.edition for each in editions(home, "tone")] == [1, 3]


def after_another(home: Home, project):
    """Numbers as they are read, the first just before another process saves that edition and deletes it."""
    real, read = next_number, []

    def number(at: Home, name: str) -> int:
        found = real(at, name)
        if not read:
            read.append(found)
            recipe_file.save(project.recipe_path, {"training.epochs": 9})
            assert save_template(home, project, name).edition == found
            delete_template(home, f"{name}@{found}")
        return found

    recipe_file.save(project.recipe_path, {"training.epochs": 5})
    return number


def test_a_template_that_says_the_same_already_is_not_saved_again(home, capsys):
    source = project_of(home)
    assert "stay" not in printed(capsys, "templates", "save", "tone")
    told = printed(capsys, "templates", "save", "tone")
    assert "tone@1 says the same already: nothing was saved" in told
    assert not json.loads(printed(capsys, "templates", "save", "tone", "--json"))["kept"]
    assert [each.edition for each in editions(home, "tone")] == [1]
    source.recipe_path.write_text(source.recipe_path.read_text().replace("# low", "# lower than usual"))
    assert "stay" not in printed(capsys, "templates", "save", "tone"), "no project is of an earlier edition"
    assert "# lower than usual" in find_template(home, "tone@2").text()
    start_project(home, "next", find_template(home, "tone@1"), {})
    recipe_file.save(source.recipe_path, {"training.epochs": 2})
    told = printed(capsys, "templates", "save", "tone")
    assert "next stays at its earlier edition; `ttune templates update next` brings one up to it" in told
    recipe_file.save(source.recipe_path, {"training.epochs": 3})
    assert save_template(home, source, "tone").edition == 4, "what an older one said is new again"


def test_an_own_template_stands_before_a_shipped_one_and_none_is_saved_over_it(home):
    with pytest.raises(ProjectError, match="comes with ttune: choose another name"):
        save_template(home, project_of(home), "sft")
    (home.templates / "sft.toml").write_text(RECIPE)
    assert not find_template(home, "sft").builtin
    assert [each.name for each in templates(home)].count("sft") == 1


def test_rows_and_what_was_measured_on_them_stay_behind(home):
    more = """
[readiness]
task = "style"
prompt_score = 61.0

[advice.accepted]
few_rows = "it is a trial"

[[data.curate]]
step = "drop_duplicates" # the exact ones

[[data.curate]]
step = "edit_row"
row = 3
record = '{"prompt": "private", "completion": "words"}'

[[data.curate]]
step = "mix"
source = "/home/me/general.jsonl"

[[data.curate]]
step = "mix"
source = "hub:someone/instructions"
"""
    text = save_template(home, project_of(home, more=more), "tone").text()
    recipe = recipe_file.parse(text)
    assert [step.step for step in recipe.data.curate] == ["drop_duplicates", "mix"]
    assert "/home/me" not in text
    assert "private" not in text
    assert (recipe.readiness.task, recipe.readiness.prompt_score, recipe.advice.accepted) == ("style", None, {})
    assert "# the exact ones" in text
    assert "# why this one" in text


def test_a_commit_is_no_secret_and_a_key_is_one(home):
    commit = "0123456789abcdef0123456789abcdef01234567"
    pinned = RECIPE.replace("[data]", f'revision = "{commit}"\n\n[data]')
    assert save_template(home, create_project(home, "pinned", pinned), "pinned").edition == 1
    with pytest.raises(ProjectError, match="line 1 looks like it holds a secret"):
        save_template(home, with_code(home, code=f"KEY = '{commit}'\n"), "coded")


# --- files inside


def test_a_reward_travels_inside_and_comes_out_the_same(home):
    template = save_template(home, with_code(home), "maths")
    recipe_file.parse(template.text())  # to a reader of TOML they are comments
    made = start_project(home, "next", template, {})
    assert (made.path / "rewards" / "mine.py").read_text() == CODE
    assert "---" not in made.recipe_path.read_text()
    assert save_template(home, made, "maths").parts()[1] == {"rewards/mine.py": CODE}


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("/etc/hostname", "outside the project"),
        ("../other.py", "outside the project"),
        ("none.py", "put it there"),
        ("project.toml", "outside the project"),
        ("Jobs/x.py", "outside the project"),
        (".git/hooks/post-commit", "outside the project"),
        ("rewards/.hidden.py", "outside the project"),
    ],
)
def test_a_file_that_cannot_travel_is_named(home, file, told):
    project = create_project(home, "tone", RECIPE + REWARD.replace("rewards/mine.py", file))
    with pytest.raises(ProjectError, match=told) as refused:
        save_template(home, project, "mine")
    assert str(refused.value).startswith("rewards.0.file: ")
    assert list(home.templates.iterdir()) == []


def test_code_and_schemas_of_ttunes_own_stay_inside_it():
    reward = '\n[[rewards]]\nkind = "json_schema"\nschema_file = "ttune:quickstart/../../../../etc/passwd"\n'
    with pytest.raises(RecipeError, match=r"rewards\.0\.schema_file: .* leaves what comes with ttune"):
        check_shared(RECIPE.replace("/home/me/rows.jsonl", "hub:a/b") + reward, "it")
    own = '\n[[rewards]]\nkind = "python"\nfile = "ttune:quickstart/make_model.py"\n'
    assert check_shared(RECIPE.replace("/home/me/rows.jsonl", "hub:a/b") + own, "it").code == {}


def test_what_never_ends_is_not_read(tmp_path, home, capsys):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
        with pytest.raises(RecipeError, match="is no file"):
            recipe_file.read_text(path)
        assert "is no file: name one, or pipe it" in printed(capsys, "templates", "import", str(path), code=2)
    project = with_code(home)
    (project.path / "rewards/mine.py").unlink()
    os.mkfifo(project.path / "rewards/mine.py")
    with pytest.raises(ProjectError, match=r"rewards.0.file: .* is no file"):
        save_template(home, project, "mine")


def test_no_more_is_read_than_a_template_holds(tmp_path, monkeypatch, capsys):
    assert "no such file: name the one that" in printed(capsys, "templates", "import", "/nonexistent.toml", code=2)
    (tmp_path / "large.toml").write_bytes(b"#" * (MOST_TEMPLATE_BYTES + 1))
    assert "larger than" in printed(capsys, "templates", "import", "large.toml", code=2)
    with open("/dev/zero", "rb") as endless:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(endless))
        assert "larger than" in printed(capsys, "templates", "import", "-", code=2)


@pytest.mark.parametrize(
    "name",
    [".vscode/tasks.json", ".git/hooks/post-commit", "a/.b/c.json", "project.toml", "jobs/x.py", "data/.made/x.json",
     "Template.TOML", "exports/train/train.py", "../x.py", "/x.py", "~/x.py", "a\\b.py", ""],
)  # fmt: skip
def test_no_file_of_a_shared_template_is_hidden_or_ttunes_own(home, name):
    assert not is_inside(name)
    if name:
        reward = f"\n[[rewards]]\nkind = \"json_schema\"\nschema_file = '{name}'\n"
        text = pack(RECIPE.replace("/home/me/rows.jsonl", "hub:a/b") + reward, {name: "{}\n"})
        with pytest.raises(RecipeError, match="is hidden, ttune's own or outside the project"):
            check_shared(text, "it")


LINES = st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.just("\t"), max_size=20), max_size=5)


@settings(deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-z]{1,5}\.py", fullmatch=True), LINES, max_size=3))
def test_what_is_packed_is_unpacked(files):
    held = {name: "".join(f"{line}\n" for line in lines) for name, lines in files.items()}
    text = pack(RECIPE, held)
    assert unpack(text, "it") == (RECIPE, held)
    recipe_file.parse(text)


def test_a_file_that_was_cut_off_is_told(home):
    text = pack(RECIPE, {"mine.py": CODE}).rsplit("# --- end", 1)[0]
    with pytest.raises(ProjectError, match=r"it: line 19: the file mine\.py does not end"):
        unpack(text, "it")


# --- sharing


def test_a_template_is_given_away_and_taken_in(home, tmp_path, capsys, monkeypatch):
    save_template(home, with_code(home), "maths")
    assert "maths@1 written" in printed(capsys, "templates", "export", "maths", "given.toml")
    assert "exists already" in printed(capsys, "templates", "export", "maths", "given.toml", code=2)
    monkeypatch.setenv("TTUNE_HOME", str(tmp_path / "other"))
    told = printed(capsys, "templates", "import", "given.toml", code=2)
    assert "brings code that its runs execute with your rights: rewards/mine.py (3 lines): read it, then" in told
    told = json.loads(printed(capsys, "templates", "import", "given.toml", "--trust", "--json"))
    assert (told["name"], told["edition"], told["kept"], told["code"]) == ("maths", 1, True, ["rewards/mine.py"])
    assert "is there already" in printed(capsys, "templates", "import", "given.toml")
    printed(capsys, "new", "sums", "--template", "maths")
    assert (find_project(open_home(), "sums").path / "rewards" / "mine.py").read_text() == CODE


def test_a_taken_name_is_refused_or_gets_an_edition(home):
    save_template(home, project_of(home), "tone")
    other = check_shared(
        RECIPE.replace("epochs = 3", "epochs = 1").split("[data]")[0] + "[training]\nepochs = 1\n", "it"
    )
    with pytest.raises(ProjectError, match="another template has this name: --new-edition keeps it as tone@2, or"):
        keep_shared(home, other, "tone")
    assert keep_shared(home, other, "tone", new_edition=True).reference == "tone@2"
    assert keep_shared(home, other, "tone").reference == "tone@2"
    with pytest.raises(ProjectError, match="give it another with --name"):
        keep_shared(home, other, "sft")


def test_every_mistake_of_a_shared_template_is_listed():
    text = """
template = "theirs@4"
[model]
base = "../secrets/model"
adapter = "tone#3"
[data]
source = "/etc/passwd"
held_out = "ttune:../engine/home.py"
[[rewards]]
kind = "python"
file = "../../.bashrc.py"
[[rewards]]
kind = "python"
file = "mine.py"
[trackers]
project = "hf_aaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
"""
    with pytest.raises(RecipeError) as refused:
        check_shared(pack(text, {"other.py": "import os\n"}), "it")
    told = str(refused.value)
    for part in (
        "it: model.base: ../secrets/model is a place on one machine",
        "it: model.adapter: tone#3 is a run of one machine",
        "it: data.source: /etc/passwd is a place on one machine",
        "it: data.held_out: ttune:../engine/home.py leaves what comes with ttune",
        "it: rewards.0.file: ../../.bashrc.py is not in the template",
        "it: rewards.1.file: mine.py is not in the template",
        "it: the file other.py is in it and no setting names it",
        "it: line 16 looks like it holds a secret",
    ):
        assert part in told
    assert len(refused.value.problems) == 8


def test_unknown_keys_of_a_shared_template_are_told_with_its_secrets():
    with pytest.raises(RecipeError) as refused:
        check_shared('[model]\nbase = "a/b"\nkey = "hf_aaaaaaaaaaaaaaaaaaaaaaaaaaaaa"\n[trainin]\nepochs = 1\n', "it")
    assert [problem.split(":")[1].strip() for problem in refused.value.problems] == [
        "model.key", "trainin", "line 3 looks like it holds a secret",
    ]  # fmt: skip


@pytest.mark.parametrize("base", ["model", "./model", "models/small/model"])
def test_a_folder_is_not_given_away(base):
    with pytest.raises(RecipeError, match=f"model.base: {re.escape(base)} is a folder of one machine"):
        check_shared(f'[model]\nbase = "{base}"\n', "it")


def test_what_only_this_machine_has_is_not_given_away(home):
    template = save_template(home, create_project(home, "local", RECIPE.replace("Qwen/Qwen3-4B", "/models/m")), "local")
    with pytest.raises(RecipeError, match=r"model\.base: /models/m is a place on one machine: name a Hub id"):
        shareable(template)


class Typed(io.StringIO):
    """A terminal at which somebody types an answer."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("answer", "kept"), [("y\n", True), ("\n", False), ("no\n", False)])
def test_code_is_shown_and_asked_about(home, tmp_path, capsys, monkeypatch, answer, kept):
    (tmp_path / "given.toml").write_text(shareable(save_template(home, with_code(home), "maths")))
    monkeypatch.setattr("sys.stdin", Typed(answer))
    assert main(["templates", "import", "given.toml", "--name", "theirs"]) == (0 if kept else 2)
    told = capsys.readouterr().err
    assert "return 1.0" in told
    assert "Keep it? [y/N]" in told
    assert bool(editions(home, "theirs")) is kept


def test_a_template_is_piped_in(home, capsys, monkeypatch):
    text = shareable(save_template(home, project_of(home), "tone"))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert "theirs@1 kept" in printed(capsys, "templates", "import", "-", "--name", "theirs")
    assert printed(capsys, "templates", "export", "theirs", "-") == find_template(home, "theirs").text()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe")))
    assert "is no UTF-8 text" in printed(capsys, "templates", "import", "-", code=2)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"[model]\nbase = 'a/b'\n")))
    assert "add --name NAME" in printed(capsys, "templates", "import", "-", code=2)


@pytest.mark.parametrize("name", ["quickstart", "sft"])
def test_shipped_templates_can_be_given_away(home, name):
    shared = check_shared(shareable(find_template(home, name)), "it")
    assert keep_shared(home, shared, "other").reference == "other@1"


# --- pins


def test_a_project_stays_at_its_edition_until_asked(home):
    source = project_of(home)
    save_template(home, source, "tone")
    made = start_project(home, "next", find_template(home, "tone"), {"data.source": "own.csv"})
    assert not pin_of(home, made).behind
    recipe_file.save(source.recipe_path, {"training.epochs": 2, "training.learning_rate": 5e-5, "adapter.rank": 8})
    save_template(home, source, "tone")
    assert pin_of(home, made).behind
    assert projects_behind(home) == {"tone": ["next"]}
    recipe_file.save(made.recipe_path, {"training.learning_rate": 3e-4})

    update = update_project(home, made)
    assert [(it.key, it.yours, it.theirs) for it in update.taken] == [
        ("adapter.rank", 16, 8), ("training.epochs", 3, 2),
    ]  # fmt: skip
    assert [(it.key, it.before, it.yours, it.theirs) for it in update.conflicts] == [
        ("training.learning_rate", 1e-4, 3e-4, 5e-5)
    ]
    recipe = made.recipe()
    assert (recipe.template, recipe.data.source) == ("tone@2", "own.csv")
    assert (recipe.training.epochs, recipe.training.learning_rate, recipe.adapter.rank) == (2, 3e-4, 8)
    assert "# three" in made.recipe_path.read_text()
    assert (made.path / COPY_NAME).read_text() == find_template(home, "tone").text()
    again = changes(home, made)
    assert (again.taken, again.conflicts) == ((), ())


def test_a_setting_that_goes_back_to_its_default_follows(home):
    source = project_of(home)
    save_template(home, source, "tone")
    made = start_project(home, "next", find_template(home, "tone"), {})
    recipe_file.save(source.recipe_path, {"training.learning_rate": None, "chat.prompts": None})
    save_template(home, source, "tone")
    update_project(home, made)
    assert "prompts" not in made.recipe_path.read_text()
    assert made.recipe().chat.prompts == ()


def test_files_follow_too_and_changed_ones_stay(home):
    source = with_code(home)
    save_template(home, source, "tone")
    left, changed = (start_project(home, name, find_template(home, "tone"), {}) for name in ("left", "changed"))
    (changed.path / "rewards" / "mine.py").write_text("# mine\n")
    (source.path / "rewards" / "mine.py").write_text("# theirs\n")
    save_template(home, source, "tone")
    assert [it.key for it in update_project(home, left).taken] == ["rewards/mine.py"]
    assert (left.path / "rewards" / "mine.py").read_text() == "# theirs\n"
    assert [it.key for it in update_project(home, changed).conflicts] == ["rewards/mine.py"]
    assert (changed.path / "rewards" / "mine.py").read_text() == "# mine\n"


def both_changed(home):
    """A project that has another rate than its template; so has the newer edition, with other epochs, file and rank."""
    source = with_code(home)
    project = start_project(home, "next", save_template(home, source, "tone"), {"training.learning_rate": 5e-5})
    recipe_file.save(source.recipe_path, {"training.learning_rate": 2e-4, "training.epochs": 2, "adapter.rank": 8})
    (source.path / "rewards/mine.py").write_text(CODE + "# newer\n")
    save_template(home, source, "tone")
    (project.path / "rewards/mine.py").write_text("# ours\n")
    return project


def keys(found):
    return [change.key for change in found]


@pytest.mark.parametrize(
    ("theirs", "mine", "taken"),
    [
        ((), (), ["adapter.rank", "training.epochs"]),
        (("training.learning_rate",), (), ["adapter.rank", "training.epochs", "training.learning_rate"]),
        (("rewards/mine.py",), ("adapter.rank",), ["rewards/mine.py", "training.epochs"]),
        (("all",), (), ["adapter.rank", "rewards/mine.py", "training.epochs", "training.learning_rate"]),
        (("all",), ("training.epochs",), ["adapter.rank", "rewards/mine.py", "training.learning_rate"]),
        (("training.epochs",), ("all",), ["training.epochs"]),
        ((), ("all",), []),
    ],
)
def test_where_both_changed_either_value_is_taken_as_asked(home, theirs, mine, taken):
    project = both_changed(home)
    update = update_project(home, project, theirs=theirs, mine=mine)
    assert sorted(keys(update.taken)) == taken
    assert len(update.taken) + len(update.conflicts) == 4
    assert {it.key for it in (*update.taken, *update.conflicts) if it.both} == {
        "training.learning_rate", "rewards/mine.py"
    }  # fmt: skip
    recipe = project.recipe()
    assert recipe.training.learning_rate == (2e-4 if "training.learning_rate" in taken else 5e-5)
    assert recipe.training.epochs == (2 if "training.epochs" in taken else 3)
    assert recipe.adapter.rank == (8 if "adapter.rank" in taken else 16)
    newer = "rewards/mine.py" in taken
    assert (project.path / "rewards/mine.py").read_text() == (CODE + "# newer\n" if newer else "# ours\n")
    assert not pin_of(home, project).behind
    assert "# why this one" in project.recipe_path.read_text()


def test_an_update_keeps_the_line_ends_of_the_file(home):
    project = both_changed(home)
    project.recipe_path.write_bytes(project.recipe_path.read_bytes().replace(b"\n", b"\r\n"))
    update_project(home, project)
    text = project.recipe_path.read_bytes()
    assert b"epochs = 2" in text
    assert text.count(b"\r\n") == text.count(b"\n")


def test_a_key_that_the_newer_edition_does_not_change_is_told(home):
    project = both_changed(home)
    before = project.recipe_path.read_text()
    with pytest.raises(UserError, match=r"training.seed: tone@2 says nothing else .* it changes .*training.epochs"):
        update_project(home, project, theirs=["training.seed"])
    assert project.recipe_path.read_text() == before


def test_an_update_that_was_cut_short_is_completed(home):
    source = project_of(home)
    save_template(home, source, "tone")
    made = start_project(home, "next", find_template(home, "tone"), {})
    copy = (made.path / COPY_NAME).read_text()
    recipe_file.save(source.recipe_path, {"training.epochs": 2})
    save_template(home, source, "tone")
    update_project(home, made)
    (made.path / COPY_NAME).write_text(copy)
    update = update_project(home, made)
    assert (update.taken, update.conflicts) == ((), ())
    assert (made.path / COPY_NAME).read_text() != copy


def test_what_cannot_be_updated_says_why(home):
    own = project_of(home)
    with pytest.raises(UserError, match="names no template"):
        update_project(home, own)
    made = start_project(home, "next", save_template(home, own, "tone"), {})
    delete_template(home, "tone")
    assert pin_of(home, made).newest is None
    with pytest.raises(UserError, match="no such template"):
        update_project(home, made)


def remade(home):
    """A project of `tone@1`, of which there is another text now, as if its file had been written by hand."""
    source = project_of(home)
    project = start_project(home, "next", save_template(home, source, "tone"), {})
    path = find_template(home, "tone@1").path
    path.write_text(path.read_text().replace("epochs = 3", "epochs = 7"))
    return project


def test_an_edition_that_was_changed_is_noticed_and_said_before_it_is_followed(home, capsys):
    project = remade(home)
    assert pin_of(home, project).rewritten
    told = printed(capsys, "templates", "status", "next")
    assert "next is of tone@1, whose text is not the one that it was made from" in told
    assert re.search(r"training.epochs +3 +3 +7 +would follow", told)
    assert json.loads(printed(capsys, "templates", "status", "next", "--json"))["rewritten"]
    told = printed(capsys, "templates", "update", "next")
    assert "whose text is not the one that it was made from" in told
    assert "next is now of tone@1 as it is here" in told
    assert re.search(r"training.epochs +3 +3 +7 +follows", told)
    assert project.recipe().training.epochs == 7
    assert not pin_of(home, project).rewritten
    assert "its newest edition" in printed(capsys, "templates", "status", "next")


def test_comments_are_no_other_edition_and_files_are(home):
    project = start_project(home, "next", save_template(home, with_code(home), "tone"), {})
    path = find_template(home, "tone").path
    was = path.read_text()
    path.write_text(was.replace("# low", "# lower"))
    assert not pin_of(home, project).rewritten
    path.write_text(was.replace("return 1.0", "return 2.0"))
    assert pin_of(home, project).rewritten


def test_a_project_of_a_deleted_edition_is_not_led_back_to_an_older_one(home, capsys):
    source = project_of(home)
    save_changed(home, source, "tone")
    project = start_project(home, "next", save_changed(home, source, "tone"), {})
    delete_template(home, "tone@2")
    assert not pin_of(home, project).behind
    assert "tone@2, which is not here any more; there is none newer" in printed(capsys, "templates", "status", "next")
    assert "tone@1 is older" in printed(capsys, "templates", "update", "next", code=2)
    save_changed(home, source, "tone")
    assert "tone@3 is there" in printed(capsys, "templates", "status", "next")
    update_project(home, project)
    assert project.recipe().template == "tone@3"


def test_an_update_says_what_stood_in_the_files_before(home):
    project = both_changed(home)
    before = project.recipe_path.read_text(), (project.path / COPY_NAME).read_text()
    was = update_project(home, project, theirs=["all"]).was
    assert was == {"project.toml": before[0], COPY_NAME: before[1], "rewards/mine.py": "# ours\n"}


# --- the command line


def test_differences_are_printed(home, capsys):
    source = project_of(home)
    printed(capsys, "templates", "save", "tone")
    recipe_file.save(source.recipe_path, {"training.epochs": 2})
    printed(capsys, "templates", "save", "tone")
    told = json.loads(printed(capsys, "templates", "diff", "tone@1", "tone", "--json"))
    assert told == {"a": "tone@1", "b": "tone@2", "differences": [{"key": "training.epochs", "a": 3.0, "b": 2.0}]}
    assert "data.source" in printed(capsys, "templates", "diff", "tone", "tone")
    assert "say the same" in printed(capsys, "templates", "diff", "tone@2", "tone@2")
    assert "no such project" in printed(capsys, "templates", "diff", "tone", "tnoe", code=2)
    assert "no such template" in printed(capsys, "templates", "diff", "tnoe", "tone", code=2)


def test_status_and_update_are_printed(home, capsys):
    source = project_of(home)
    printed(capsys, "templates", "save", "tone")
    printed(capsys, "new", "next", "--template", "tone@1")
    assert "its newest edition" in printed(capsys, "templates", "status", "next")
    recipe_file.save(source.recipe_path, {"training.epochs": 2})
    printed(capsys, "templates", "save", "tone")
    listed = {it["name"]: it for it in json.loads(printed(capsys, "templates", "--json"))}
    assert (listed["tone"]["edition"], listed["tone"]["editions"]) == (2, [1, 2])
    assert "yours, @2 of 2 editions" in printed(capsys, "templates")
    told = printed(capsys, "templates", "status", "next")
    assert "next is of tone@1; tone@2 is there" in told
    assert "training.epochs" in told
    told = json.loads(printed(capsys, "templates", "status", "next", "--json"))
    assert (told["behind"], told["newest"]) == (True, "tone@2")
    assert told["taken"] == [{"key": "training.epochs", "before": 3.0, "yours": 3.0, "theirs": 2.0}]
    assert "next is now of tone@2" in printed(capsys, "templates", "update", "next")
    assert find_project(home, "next").recipe().training.epochs == 2


def test_theirs_and_mine_are_said_on_the_command_line(home, capsys):
    project = both_changed(home)
    told = printed(capsys, "templates", "status", "next")
    assert "--theirs KEY takes the template's" in told
    told = json.loads(printed(capsys, "templates", "status", "next", "--mine", "all", "--json"))
    assert (told["taken"], len(told["conflicts"])) == ([], 4)
    assert "says nothing else" in printed(capsys, "templates", "update", "next", "--theirs", "adapter.alpha", code=2)
    told = printed(
        capsys, "templates", "update", "next", "--theirs", "training.learning_rate", "--mine", "adapter.rank"
    )
    assert re.search(r"training.learning_rate .*follows", told)
    assert re.search(r"adapter.rank .*stays yours", told)
    assert (project.recipe().training.learning_rate, project.recipe().adapter.rank) == (2e-4, 16)


def test_line_ends_make_no_new_edition(home):
    project = start_project(home, "a", find_template(home, "quickstart"), {})
    first = save_template(home, project, "mine")
    project.recipe_path.write_bytes(project.recipe_path.read_bytes().replace(b"\n", b"\r\n"))
    assert save_template(home, project, "mine") == first


def test_a_project_of_a_template_with_own_rows_of_the_same_fields_is_no_new_edition(home, tmp_path, capsys):
    sample = starter_projects.ROOT / "ticket-triage" / "data"
    (tmp_path / "rows.jsonl").write_bytes(next(sample.glob("*.jsonl")).read_bytes())
    first = save_template(home, start_project(home, "a", find_template(home, "ticket-triage"), {}), "mine")
    assert main(["new", "b", "--template", "mine", "--data", str(tmp_path / "rows.jsonl")]) == 0
    assert main(["templates", "save", "b", "mine"]) == 0
    assert "says the same already" in capsys.readouterr().out
    assert editions(home, "mine") == [first]
