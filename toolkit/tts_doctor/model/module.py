"""What one Python source file does when it is imported, as far as its text alone tells."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ImportUse:
    """One import statement. `names` is empty for `import module`, `("*",)` for a star import."""

    module: str
    """Absolute dotted name; relative imports are resolved against the importing module."""
    names: tuple[str, ...] = ()
    line: int = 0
    guarded: bool = False
    """Its failure is caught, or it stands under a condition that cannot be decided from the text."""
    deferred: bool = False
    """Inside a function's body: importing the module does not run it."""


@dataclass(frozen=True)
class AttributeUse:
    """`attribute` (dotted) read from what `module` names: an imported module, or a name imported from one."""

    module: str
    attribute: str
    line: int = 0
    guarded: bool = False
    deferred: bool = False


@dataclass(frozen=True)
class LazyName:
    """A name that a lazy loader fetches from `module` at its first use."""

    name: str
    module: str
    guarded: bool = False


@dataclass(frozen=True)
class ModuleFacts:
    """Everything read from one file."""

    name: str
    is_package: bool = False
    defines: frozenset[str] = frozenset()
    """Names bound at import time, also those bound only under some condition."""
    stars: tuple[str, ...] = ()
    uses: tuple[ImportUse, ...] = ()
    attributes: tuple[AttributeUse, ...] = ()
    lazy: tuple[LazyName, ...] = ()
    dynamic: bool = False
    """Names beyond `defines` and `lazy` may appear (`__getattr__`, globals(), a replaced module, unreadable syntax)."""
    stub: bool = False
    """Its lazy names are those of the `.pyi` file beside it."""
    all: tuple[str, ...] | None = None
    """`__all__`; None where there is none or it cannot be told."""
    has_all: bool = False
    patches: tuple[tuple[str, str], ...] = ()
    """Names that it sets on other modules: (module, name)."""
    moves_path: bool = False
    """Changes `sys.path` or its own `__path__`: what it imports may lie anywhere."""
    parsed: bool = True
    """False where the file's syntax could not be read and its lines were read instead."""


@dataclass(frozen=True)
class Located:
    """Where the import system finds a module. `kind`: `source`, `extension`, `namespace`, `standard`, `missing`, or
    `unknown` where only running could tell."""

    kind: str
    path: str = ""
    is_package: bool = False


@dataclass(frozen=True)
class Root:
    """An import to start from. `main`: what its distribution, or the user's command, exists for."""

    module: str
    main: bool = True
    label: str = ""
    """How to name it to the user, where that is not the module's name."""
