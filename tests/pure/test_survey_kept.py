"""A survey that several threads keep at once, as two panes of a studio do."""

from concurrent.futures import ThreadPoolExecutor

from engine.data import survey
from engine.data.dataset import open_dataset
from tests.support import quickstart


def test_the_same_survey_is_kept_by_several_threads_at_once(home, tmp_path):
    project = quickstart(home)
    made = open_dataset(project.recipe(), project.path).survey
    with ThreadPoolExecutor(8) as pool:
        for turn in range(20):
            key = f"turn-{turn}"
            for done in [pool.submit(survey.keep, made, tmp_path, key) for _ in range(8)]:
                done.result()
            found = survey.find(tmp_path, key)
            assert found is not None and found.layout == made.layout
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]
