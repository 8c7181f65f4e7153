"""What the studio remembers between sessions, in the home's `settings.toml`. Comments in the file are kept."""

from pathlib import Path
from typing import Any

from engine.errors import HomeError


def read_settings(path: Path) -> dict[str, Any]:
    """Everything remembered; {} when there is nothing yet. Raises HomeError for a file that cannot be read."""
    import tomli

    try:
        return tomli.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomli.TOMLDecodeError) as error:
        raise HomeError(f"{path}: cannot be read: {error}: mend it, or delete it to start afresh") from error


def remember(path: Path, key: str, value: Any) -> None:
    """Change one setting. Raises HomeError when the file cannot be read or written."""
    import tomlkit

    from engine.files import write_atomic

    read_settings(path)
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
        document[key] = value
        write_atomic(path, tomlkit.dumps(document))
    except OSError as error:
        raise HomeError(f"{path}: {error.strerror}: the choice lasts for this session only") from error
