"""What only the patient's interpreter knows: run as `PYTHON -I -S probe.py OUTFILE`, writes JSON to OUTFILE.

Standard library only, CPython 3.6 to 3.14. Decides nothing. Runs no code of the patient: with -S neither sitecustomize
nor .pth files are executed, so the site folders are computed here as `site` would. Never writes to standard output,
which belongs to whatever the interpreter itself says.
"""

import json
import os
import site
import sys

NAMES = {"cpython": "CPython", "pypy": "PyPy"}
"""As `platform` has them, whose import takes as long as all the rest."""


def find_config(executable):
    """Lines of pyvenv.cfg beside the executable or one folder up, as a dict, and the environment's folder."""
    here = os.path.dirname(os.path.abspath(executable))
    for folder in (here, os.path.dirname(here)):
        try:
            with open(os.path.join(folder, "pyvenv.cfg"), encoding="utf-8", errors="replace") as lines:
                pairs = [line.split("=", 1) for line in lines if "=" in line]
        except OSError:
            continue
        return os.path.dirname(here), {key.strip().lower(): value.strip() for key, value in pairs}
    return None, {}


def libc():
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, ValueError, OSError):
        pass
    return ""


def user_site_enabled(config):
    """As `site.check_enableusersite` in a run without -s, for this environment."""
    if os.environ.get("PYTHONNOUSERSITE"):
        return False
    if config and config.get("include-system-site-packages", "true").lower() != "true":
        return False
    return not (hasattr(os, "getuid") and (os.geteuid() != os.getuid() or os.getegid() != os.getgid()))


def describe():
    executable = sys.argv[2] if len(sys.argv) > 2 else sys.executable
    prefix, config = find_config(executable)
    if prefix:
        sys.prefix = sys.exec_prefix = prefix
    import sysconfig
    from importlib.machinery import EXTENSION_SUFFIXES

    sites = site.getsitepackages([sys.prefix])
    if prefix and config.get("include-system-site-packages", "").lower() == "true":
        sys.prefix = sys.base_prefix
        sites += [s for s in site.getsitepackages([sys.base_prefix]) if s not in sites]
        sys.prefix = prefix
    paths = sysconfig.get_paths()
    return {
        "version": sys.version.split()[0],
        "implementation": NAMES.get(sys.implementation.name, sys.implementation.name),
        "executable": sys.executable,
        "prefix": sys.prefix,
        "base_prefix": sys.base_prefix,
        "stdlib": paths["stdlib"],
        "purelib": paths["purelib"],
        "platlib": paths["platlib"],
        "scripts": paths["scripts"],
        "bare_path": [os.path.abspath(p) for p in sys.path[0 if sys.flags.isolated else 1 :] if p],
        "sites": sites,
        "user_site": os.path.abspath(site.getusersitepackages()),
        "user_site_enabled": user_site_enabled(config),
        "soabi": sysconfig.get_config_var("SOABI") or "",
        "ext_suffixes": EXTENSION_SUFFIXES,
        "machine": os.uname().machine,
        "platform": sys.platform,
        "libc": libc(),
        "externally_managed": os.path.exists(os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")),
    }


def main():
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        json.dump(describe(), out)


if __name__ == "__main__":
    main()
