"""What is known of a patient, and what could not be known.

Values only: reading them is the business of `effects`. Everything is frozen, with tuples in place of lists and dicts.
A patient known from a pasted log alone is a `Facts` with fewer of its fields filled: names and versions, no paths.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from packaging.utils import NormalizedName, canonicalize_name

from tts_doctor.model.gap import Gap as Gap
from tts_doctor.model.linkage import Linkage
from tts_doctor.model.surroundings import (
    BadBytecode,
    Callee,
    ForeignCopy,
    HiddenFolder,
    MisencodedFile,
    MovedProject,
    Orphan,
)
from tts_doctor.model.text import Text


@dataclass(frozen=True)
class Interpreter:
    """The patient's Python. Empty strings and tuples where it is unknown."""

    version: str = ""
    """Full version such as `3.10.13`; only `3.10` where the full one is unknown."""
    executable: str = ""
    """Absolute path as the user gave it (not resolved through symbolic links)."""
    prefix: str = ""
    base_prefix: str = ""
    stdlib: str = ""
    purelib: str = ""
    platlib: str = ""
    scripts: str = ""
    sys_path: tuple[str, ...] = ()
    """As a plain run of the interpreter sees it in the caller's environment, without the script's folder."""
    user_site: str = ""
    user_site_enabled: bool = False
    soabi: str = ""
    ext_suffixes: tuple[str, ...] = ()
    machine: str = ""
    platform: str = ""
    libc: str = ""
    """`glibc 2.36`, `musl 1.2.4` or empty."""
    externally_managed: bool = False
    alive: bool = True
    """False where the executable cannot be run (dangling link, foreign binary)."""

    @property
    def minor(self) -> tuple[int, int]:
        """`(3, 10)`; `(0, 0)` where unknown."""
        parts = self.version.split(".")
        try:
            return int(parts[0]), int(parts[1])
        except (ValueError, IndexError):
            return 0, 0

    @property
    def is_venv(self) -> bool:
        return bool(self.prefix) and self.prefix != self.base_prefix


class RecordEntry(NamedTuple):
    """A line of RECORD: path relative to site-packages, `sha256=…` or empty, size or None. There are ten thousands."""

    path: str
    digest: str = ""
    size: int | None = None


@dataclass(frozen=True)
class Distribution:
    """An installed distribution; `metadata_path` is empty where only name and version are known (from a log)."""

    name: str
    """As its metadata spells it."""
    version: str
    """Empty where the metadata gives none."""
    site: str = ""
    """The folder on sys.path that holds it."""
    metadata_path: str = ""
    requires: tuple[str, ...] = ()
    """Requires-Dist lines."""
    extras: tuple[str, ...] = ()
    requires_python: str = ""
    top_level: tuple[str, ...] = ()
    """Import names, from RECORD (or top_level.txt)."""
    records: tuple[RecordEntry, ...] = ()
    has_record: bool = False
    installer: str = ""
    requested: bool = False
    """REQUESTED mark: the user named it."""
    editable: str = ""
    """The project folder of an editable installation."""
    direct_url: str = ""
    tags: tuple[str, ...] = ()
    """Wheel tags of its WHEEL file."""
    damage: str = ""
    """What is wrong with the metadata (`no METADATA`, `no Version`); name and version are then the folder's."""
    in_user_site: bool = False
    installed_at: float = 0.0
    """Modification time of the metadata folder, seconds since 1970; tells only which of two came later."""

    @cached_property
    def key(self) -> NormalizedName:
        return canonicalize_name(self.name)

    @property
    def is_private(self) -> bool:
        """Whether it came from a project's folder or repository: what the index has under its name may be somebody
        else's. Archives do not count: wheels of public projects are installed from files and other pages every day.
        """
        return bool(self.editable) or bool(self.direct_url and self.installer != "conda" and not self._is_archive)

    @property
    def is_from_file(self) -> bool:
        """Whether it came from a wheel or source archive on this machine: public or not, only the index knows."""
        return self._is_archive and self.direct_url.startswith("file:")

    @property
    def _is_archive(self) -> bool:
        return self.direct_url.split("#")[0].endswith((".whl", ".zip", ".gz", ".bz2"))


@dataclass(frozen=True)
class FileProblem:
    """A file that contradicts its RECORD.

    kind `missing`, `size`, `hash`: detail says found against recorded. `two-owners`: `dist` is the one whose file was
    overwritten, `other` the one whose file lies there (both empty-handed where neither fits). `unowned-extension`: an
    extension module that no RECORD owns and that comes before a module which `dist` does own. `not-executable`: a
    program that nobody may run.
    """

    dist: str
    """Canonical name."""
    path: str
    """Relative to the site folder."""
    kind: str
    detail: str = ""
    other: str = ""
    shared: int = 1
    """For `two-owners`: how many files the two share with other contents (one problem stands for all)."""


@dataclass(frozen=True)
class SharedObject:
    """An extension module or library of the environment, as its own header describes it."""

    path: str
    """Relative to the site folder."""
    dist: str = ""
    """Canonical name of its owner; empty where no RECORD owns it."""
    format: str = "elf"
    """`elf`, `mach-o`, `pe`, `empty` or `malformed`."""
    machine: str = ""
    """As uname spells it: `x86_64`, `aarch64`."""
    needed: tuple[str, ...] = ()
    missing_needed: tuple[str, ...] = ()
    """Sonames that neither the loader nor the rest of the environment provides."""
    missing_versions: tuple[str, ...] = ()
    """As `GLIBC_2.34 of libc.so.6`."""
    execstack: bool = False
    tag_suffix: str = ""
    """`cpython-310-x86_64-linux-gnu`, `abi3` or empty."""
    is_extension: bool = False
    """True for what an import statement can load (not a mere library)."""
    numpy_abi: str = ""
    """Empty where it does not use NumPy's C API; `1`: only NumPy 1 loads it; `2`: built with NumPy 2, loads in both."""
    numpy_api: int = 0
    """C API feature version that it was compiled for (0x10 is NumPy 1.23), 0 where unknown."""
    problem: str = ""
    """Why it could not be read."""


@dataclass(frozen=True)
class MissingImport:
    """A module or name that executing an import would not find."""

    consumer: str
    """Canonical distribution name of the importing file; empty where it is the user's own code."""
    file: str
    """Relative to site-packages for a distribution, else absolute."""
    line: int
    module: str
    """The module that is missing, or that lacks `name`."""
    name: str = ""
    provider: str = ""
    """Canonical name of the distribution that should provide it; `python` for the standard library; empty: unknown."""
    kind: str = "module"
    """`module`, `name` (of a from-import) or `attribute` (read from an imported module)."""
    root: str = ""
    """The import that leads there, such as `librosa.util` or a script's path."""
    deferred: bool = False
    """Only calling a function gets there."""
    optional: bool = False
    """The provider is not installed, and what wants it is not the distribution's own main import."""
    certainty: float = 0.9


@dataclass(frozen=True)
class Definition:
    """Where a class lies that something was missing of."""

    name: str
    module: str
    owner: str
    """Canonical name of the distribution; where the class that was spoken of is the consumer's own, this is the nearest
    class that it inherits from another distribution.
    """


@dataclass(frozen=True)
class Facts:
    """Everything that a sign may look at."""

    interpreter: Interpreter = field(default_factory=Interpreter)
    distributions: tuple[Distribution, ...] = ()
    """In the order in which sys.path finds them: of two with one key the first one counts."""
    environment: tuple[tuple[str, str], ...] = ()
    """The environment variables of the run that matter to Python, the loader and the libraries."""
    cwd: str = ""
    host: tuple[tuple[str, str], ...] = ()
    """`os` (as `Debian 12 (bookworm), x86_64`), `libc`, …"""
    gaps: tuple[Gap, ...] = ()
    leftovers: tuple[str, ...] = ()
    """Paths of folders that an interrupted installation left behind (`~umpy`, `-umpy-1.0.dist-info`)."""
    fatal_variables: tuple[tuple[str, Text], ...] = ()
    """Variables with which this interpreter does not start, and what it says or lacks."""
    stdlib_shadows: tuple[tuple[str, str], ...] = ()
    """Standard-library module, and the file on PYTHONPATH that comes before it."""
    local_shadows: tuple[tuple[str, str], ...] = ()
    """Import name of the standard library or of a distribution, and what comes before it beside the script."""
    definitions: tuple[Definition, ...] = ()
    """Where the classes that the symptom speaks of are defined."""
    orphans: tuple[Orphan, ...] = ()
    moved_projects: tuple[MovedProject, ...] = ()
    foreign_copies: tuple[ForeignCopy, ...] = ()
    hidden_folders: tuple[HiddenFolder, ...] = ()
    bad_bytecode: tuple[BadBytecode, ...] = ()
    misencoded_files: tuple[MisencodedFile, ...] = ()
    off_path: tuple[tuple[str, str], ...] = ()
    """Modules of the user's own that the failure misses: import name, and the folder that is not searched."""
    callees: tuple[Callee, ...] = ()
    """The functions whose arguments the symptom complains of."""
    lost_config: str = ""
    """The folder of the virtual environment whose pyvenv.cfg is gone, so that another Python's packages were read."""
    own_settings: tuple[tuple[str, str, str], ...] = ()
    """Variables that the failure asks for: name, the value that a file of the project gives it, and that file."""
    own_imports: tuple[str, ...] = ()
    """Canonical names of the distributions that the user's own code imports, in that order."""
    file_problems: tuple[FileProblem, ...] | None = None
    """None where the files were not looked at."""
    shared_objects: tuple[SharedObject, ...] | None = None
    """None where they were not looked at."""
    linkage: tuple[Linkage, ...] = ()
    """What the files say of the loader's complaints in the symptom."""
    missing_imports: tuple[MissingImport, ...] | None = None
    """None where imports were not followed."""
    root: str = ""
    """The folder that stands for `/`: where an image was unpacked; empty for this machine."""
    from_text: bool = False
    """True where only a log and its context are known: no file may be looked at."""

    @cached_property
    def by_key(self) -> dict[str, Distribution]:
        """Canonical name -> the distribution that counts."""
        found: dict[str, Distribution] = {}
        for dist in self.distributions:
            found.setdefault(dist.key, dist)
        return found

    @cached_property
    def variables(self) -> dict[str, str]:
        return dict(self.environment)

    @cached_property
    def owners(self) -> dict[str, tuple[Distribution, ...]]:
        """Import name -> distributions that provide it."""
        found: dict[str, list[Distribution]] = {}
        for dist in self.distributions:
            for name in dist.top_level:
                found.setdefault(name, []).append(dist)
        return {name: tuple(dists) for name, dists in found.items()}

    def get(self, name: str) -> Distribution | None:
        return self.by_key.get(canonicalize_name(name))

    def version(self, name: str) -> str:
        """Installed version, or an empty string."""
        dist = self.get(name)
        return dist.version if dist else ""
