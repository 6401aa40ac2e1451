"""The boundary search on the real index: published versions do not change, so neither do these answers."""

from __future__ import annotations

import os

import pytest

from tts_doctor.effects.index import open_index
from tts_doctor.model.facts import Distribution, Facts, Interpreter
from tts_doctor.model.finding import Need
from tts_doctor.propose import settle

CASES = {
    "url_quote": ("3.10", "flask 2.2.2", "flask/app.py", "werkzeug 3.1.3", "werkzeug.urls", "url_quote", "<3"),
    "metadata_patterns": (
        "3.10", "modelscope 1.23.0", "modelscope/msdatasets/utils/hf_datasets_util.py",
        "datasets 3.4.0", "datasets.data_files", "get_metadata_patterns", "<3.4",
    ),
    "logsumexp": ("3.7", "spatialde 1.1.0", "SpatialDE/base.py", "scipy 1.5.4", "scipy.misc", "logsumexp", "<1.3"),
    "top_k": (
        "3.11", "trl 0.7.11", "trl/core.py", "transformers 4.40.0", "transformers", "top_k_top_p_filtering", "<4.39",
    ),
    "cffi": (
        "3.9", "pyopenssl 20.0.1", "OpenSSL/crypto.py",
        "cryptography 41.0.0", "lib", "X509_V_FLAG_CB_ISSUER_CHECK", "<37",
    ),
    "np.string_": ("3.10", "", "", "numpy 2.0.2", "numpy", "string_", "<2"),
    "np.complex": ("3.10", "", "", "numpy 1.24.4", "numpy", "complex", "<1.24"),
    "too-old": ("3.10", "", "", "typing-extensions 4.5.0", "typing_extensions", "TypeAliasType", ">=4.6"),
    "scipy.interp": ("3.10", "", "", "scipy 1.13.1", "scipy", "interp", "<1.12"),
}  # fmt: skip


@pytest.mark.network
@pytest.mark.parametrize("case", CASES)
def test_the_boundary_of_a_real_name(case: str) -> None:
    python, consumer, file, provider, module, name, expected = CASES[case]
    dists = tuple(Distribution(*text.split()) for text in (consumer, provider) if text)
    facts = Facts(Interpreter(version=f"{python}.9", machine="x86_64", libc="glibc 2.36"), dists)
    need = Need("name", consumer.split(" ")[0], file, provider.split()[0], module, name)
    assert expected == settle(need, facts, open_index(facts, os.environ))[0][0].spec


@pytest.mark.network
def test_the_boundary_of_a_real_keyword() -> None:
    facts = Facts(Interpreter(version="3.10.9", machine="x86_64"), (Distribution("yapf", "0.43.0"),))
    need = Need("keyword", "", "", "yapf", "yapf.yapflib.yapf_api", "FormatCode", "verify")
    repairs = settle(need, facts, open_index(facts, os.environ))
    assert ("yapf", "<0.40.2") == (repairs[0][0].target, repairs[0][0].spec)
