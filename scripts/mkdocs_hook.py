"""Called by MkDocs: writes the generated pages before the site is built, and puts them into the navigation.

They are written below docs/, because translated pages have to lie there, only where they changed, and are not
committed. A page whose source is gone is removed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from mkdocs.plugins import event_priority
from reference_pages import ROOT, all_pages, navigation

DOCS = ROOT / "docs"
SECTIONS = {"signs/index.md": "Signs", "playbooks/index.md": "Playbooks", "deployments/index.md": "Services"}


def on_config(config: Any) -> Any:
    """Write the pages and extend the navigation; called once for each language."""
    write_pages()
    inside = navigation()
    config.nav = [
        {SECTIONS[item]: [item, *inside[item]]} if isinstance(item, str) and item in SECTIONS else item
        for item in config.nav
    ]
    return config


def write_pages() -> None:
    pages = all_pages()
    for section in SECTIONS:
        for old in (DOCS / section).parent.glob("*.md"):
            if str(old.relative_to(DOCS)) not in pages:
                old.unlink()
    for name, text in pages.items():
        path = DOCS / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")


@event_priority(-200)
def on_page_context(context: Any, page: Any, config: Any, nav: Any) -> Any:
    """Home pages switch languages by relative links, as all others do: the site may lie in any folder of a server."""
    for language in config.extra.alternate:
        if language["link"].startswith("/"):
            language["link"] = language["link"].lstrip("/") or "."
    return context


def on_page_content(html: str, page: Any, config: Any, files: Any) -> str:
    """GitHub wants the bars of code in a table escaped; Python-Markdown shows the escapes."""
    return html.replace("\\|", "|")
