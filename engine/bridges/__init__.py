"""Bridges to other tools: their configurations as recipes, and recipes as Axolotl's YAML or a script without ttune.

`tools/` holds a mapping table for each tool, made of `rules`; `importing` applies one to a file and says what became of
every key. `exporting` writes the other way, and finds what was not carried by reading it back.
"""

from engine.bridges.exporting import FORMS, Form, Written, export_recipe
from engine.bridges.importing import TOOLS, Imported, import_recipe
from engine.bridges.starting import start_imported

__all__ = ["FORMS", "TOOLS", "Form", "Imported", "Written", "export_recipe", "import_recipe", "start_imported"]
