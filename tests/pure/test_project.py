"""Projects, runs by name, and templates."""

from pathlib import Path

import pytest

from engine import recipe_file
from engine.errors import JobError, ProjectError, RecipeError
from engine.home import Home
from engine.job import JobFolder, JobSpec, create, new_id
from engine.project import Project, create_project, find_project, find_run, is_hub_id, resolve
from engine.templates import delete_template, find_template, save_template, start_project, templates
from projects import ROOT
from tests.support import quickstart

RECIPE = '# mine\n[model]\nbase = "m" # small\n[data]\nsource = "rows.csv"\nheld_out = "test.csv"\n'


def run_of(project: Project, number: int, created: float = 1.0) -> JobFolder:
    spec = JobSpec(
        id=new_id(project.jobs_path, "train", project.name), kind="train", project=project.name,
        project_path=str(project.path), number=number, created=created, recipe={"model": {"base": "m"}},
    )  # fmt: skip
    return create(project.jobs_path, spec)


def test_a_project_is_made_whole_and_only_once(home: Home) -> None:
    project = create_project(home, "tone", RECIPE)
    assert sorted(path.name for path in project.path.iterdir()) == ["data", "exports", "jobs", "project.toml"]
    assert project.path.stat().st_mode & 0o077 == 0
    with pytest.raises(ProjectError, match="exists already"):
        create_project(home, "tone", RECIPE)
    assert find_project(home, "tone").recipe().model.base == "m"
    assert list(home.projects.glob(".tone*")) == []


@pytest.mark.parametrize("name", ["", "../x", "a b", ".hidden", "x" * 65, "a/b", "a\x1b[31m"])
def test_an_unfit_name_is_refused(home: Home, name: str) -> None:
    with pytest.raises(ProjectError, match="not a usable name"):
        create_project(home, name, RECIPE)


def test_a_run_is_found_by_what_a_person_would_type(home: Home) -> None:
    project = create_project(home, "tone", RECIPE)
    first, second = run_of(project, 1), run_of(project, 2)
    assert project.next_number() == 3
    assert find_run(home, "tone") == second
    assert find_run(home, "tone#1") == first
    assert find_run(home, first.id) == first
    assert find_run(home, str(second.path)) == second
    with pytest.raises(JobError, match="several runs"):
        find_run(home, first.id[:8])
    with pytest.raises(JobError, match=r"tone#9: no such run \(there: tone#2, tone#1\)"):
        find_run(home, "tone#9")
    create_project(home, "bare", RECIPE)
    with pytest.raises(JobError, match="bare has none yet"):
        find_run(home, "bare")
    with pytest.raises(ProjectError, match="is a run, and a project is wanted"):
        find_project(home, "tone#1")


def test_a_run_that_cannot_be_read_hides_no_other(home: Home) -> None:
    project = create_project(home, "tone", RECIPE)
    good, torn, newer = run_of(project, 1), run_of(project, 2), run_of(project, 3)
    (torn.path / "job.toml").write_bytes(b"kind = \xff")
    (newer.path / "job.toml").write_text('kind = "of a newer version"\n')
    assert project.runs() == [good]
    assert project.next_number() == 2
    assert find_run(home, "tone") == good


def test_a_missing_project_names_those_there_are(home: Home) -> None:
    create_project(home, "tone", RECIPE)
    with pytest.raises(ProjectError, match="there: tone"):
        find_project(home, "tnoe")
    for number in range(9):
        create_project(home, f"tickets-{number}", RECIPE)
    with pytest.raises(
        ProjectError, match=r"\(there: tone, (tickets-\d, ){3}tickets-\d and 5 more\): did you mean tone"
    ):
        find_project(home, "tnoe")


def test_what_a_path_means(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "model").mkdir()
    assert resolve("ttune:quickstart/model", tmp_path) == ROOT / "quickstart" / "model"
    assert resolve("own/model", tmp_path) == tmp_path / "own" / "model"
    assert resolve("/abs", tmp_path) == Path("/abs")
    assert is_hub_id("Qwen/Qwen3-4B", tmp_path)
    assert not is_hub_id("own/model", tmp_path)
    assert not is_hub_id("./own/nothing", tmp_path)
    assert not is_hub_id("model", tmp_path)


def test_a_template_keeps_the_recipe_and_leaves_the_data(home: Home) -> None:
    template = save_template(home, create_project(home, "tone", RECIPE), "mine")
    text = template.text()
    assert "# mine" in text
    assert "rows.csv" not in text
    assert "test.csv" not in text
    assert [found.name for found in templates(home)][-1] == "mine"
    again = start_project(home, "next", template, {"data.source": "other.csv", "training.epochs": 1})
    assert (again.recipe().data.source, again.recipe().training.epochs) == ("other.csv", 1)
    delete_template(home, "mine")
    with pytest.raises(ProjectError, match="no such template"):
        find_template(home, "mine")


def test_templates_that_come_with_ttune_stay(home: Home) -> None:
    assert find_template(home, "quickstart").description
    with pytest.raises(ProjectError, match="cannot be deleted"):
        delete_template(home, "quickstart")


SECRETS = [
    "hf_" + "a" * 34,
    "sk-" + "b" * 40,
    "ghp_" + "c" * 36,
    "https://me:word@box/models",
    "0123456789abcdef" * 2 + "01234567",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_recipe_with_a_secret_is_no_template(home: Home, secret: str) -> None:
    project = create_project(home, "tone", RECIPE + f"# {secret}\n")
    with pytest.raises(ProjectError, match="line 7 looks like it holds a secret"):
        save_template(home, project, "mine")
    assert list(home.templates.iterdir()) == []


def test_wrong_settings_make_no_project(home: Home) -> None:
    with pytest.raises(RecipeError, match=r"did you mean training\.epochs"):
        start_project(home, "next", find_template(home, "quickstart"), {"training.epoch": 1})
    assert not (home.projects / "next").exists()


def test_a_mistake_leaves_the_file_as_it_was(home: Home) -> None:
    project = quickstart(home)
    before = project.recipe_path.read_text()
    with pytest.raises(RecipeError, match="rank"):
        recipe_file.save(project.recipe_path, {"adapter.rank": -1})
    assert project.recipe_path.read_text() == before
    recipe_file.save(project.recipe_path, {"adapter.rank": 8})
    assert project.recipe_path.read_text() == before.replace("rank = 16", "rank = 8")


def test_a_key_given_twice_is_told_with_its_place(home: Home) -> None:
    project = create_project(home, "tone", RECIPE)
    project.recipe_path.write_text("[training]\nepochs = 1\nepochs = 2\n")
    with pytest.raises(RecipeError, match=r"project\.toml: line 3: epochs is there a second time"):
        recipe_file.edit(project.recipe_path.read_text(), {"adapter.rank": 8}, str(project.recipe_path))
